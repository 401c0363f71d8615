"""terraform(1), tofu(1), terragrunt(1), packer, pulumi, cdk: code of a configuration that runs on this machine.

`external` data sources run at every plan, `local-exec` provisioners at apply, Terragrunt's hooks and `run_cmd` whenever
it is asked anything, a Pulumi or CDK program when it is previewed.
"""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.effect import Resource
from jackline.lower.catalogue.roles import run_file
from jackline.lower.catalogue.special.opening import NOT_COMMITTED, Opened, author, not_followed, opened, there
from jackline.lower.catalogue.special.terraform_plan import Applied, applied, code_of, note_made
from jackline.lower.catalogue.special.world import World
from jackline.lower.manifests import hcl
from jackline.lower.places import environment_of
from jackline.lower.scope import Place
from jackline.lower.word import Word, weakest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.words import Authorship
    from jackline.lower.catalogue.call import Call
    from jackline.lower.manifests.hcl import Block
    from jackline.lower.manifests.parts import Parts

_ENDINGS: Final = (".tf", ".tofu", ".tf.json", ".tofu.json")
_MAX_FILES: Final = 48
_MAX_MODULES: Final = 12
_PER_STEP: Final = 256
"""Characters that are read for one step of the bounds."""
_PLANS: Final = "plan"
_APPLIES: Final = "apply"
_CHANGES: Final = frozenset({"apply", "destroy", "apply-all", "destroy-all"})
_EVALUATES: Final = _CHANGES | frozenset({"plan-all", "plan", "refresh", "console", "import", "test", "query"})
_PROGRAMS: Final = {
    "__main__.py": "python",
    "index.ts": "javascript",
    "index.js": "javascript",
    "main.go": "go",
    "Program.cs": "csharp",
}


def terraform(call: Call) -> None:
    """What the configuration runs here for this command, and the environment that it names by itself."""
    asked = {*call.command_words(), call.text("act"), call.text("what")}
    if _PLANS in asked:
        note_made(call)
    apply = applied(call) if _APPLIES in asked else Applied()
    for facts in apply.plans:
        for version in code_of(call, facts):
            _file(call, version, _parsed(version), changes=True)
    if asked & _EVALUATES and call.scope.place.here and not apply.sure:
        for version, file in _configuration(call):
            _file(call, version, file, changes=bool(asked & _CHANGES))
    _environment(call, apply)


def _configuration(call: Call) -> Iterator[tuple[Opened, Block | None]]:
    """The files of the directory and of the modules that lie here, as far as they may run anything; None: one that is no HCL."""
    pending, seen, read = [call.cwd], set[str](), 0
    authors: set[Authorship] = set()
    while pending:
        directory = pending.pop(0)
        if directory in seen or len(seen) > _MAX_MODULES:
            continue
        seen.add(directory)
        for path in _files(call, directory):
            read += 1
            if read > _MAX_FILES or len(seen) > _MAX_MODULES:
                authors.add(author(call, path))
                continue
            for version in opened(call, path):
                call.scope.bounds.step(1 + len(version.text) // _PER_STEP)
                if hcl.telling(version.text):
                    file = _parsed(version)
                    yield version, file
                    pending += _modules(version, file)
    if authors:
        not_followed(call, "more of the configuration", weakest(authors))


def _parsed(version: Opened) -> Block | None:
    return hcl.json_blocks(version.text) if version.path.endswith(".json") else hcl.blocks(version.text)


def _files(call: Call, directory: str) -> list[str]:
    names = {*(call.scope.surroundings.listing(directory) or ()), *call.scope.overlay.below(directory)}
    return [posixpath.join(directory, name) for name in sorted(names) if name.endswith(_ENDINGS)]


def _modules(version: Opened, file: Block | None) -> list[str]:
    modules = [block for block in file.blocks if block.kind == "module"] if file is not None else []
    sources = [Word(block.text("source") or ("",)).text or "" for block in modules]
    here = posixpath.dirname(version.path)
    return [posixpath.normpath(posixpath.join(here, source)) for source in sources if source.startswith(("./", "../"))]


def _file(call: Call, version: Opened, file: Block | None, *, changes: bool) -> None:
    if file is None:
        not_followed(call, version.path, version.content.authorship)
        return
    world = World(call, version.content.authorship, version.path, version.content.digest)
    for block in file.walk():
        if block.kind == "data" and block.labels[:1] == ("external",):
            _program(call, world, block.texts("program"))
        elif changes and block.kind == "provisioner":
            _provisioner(call, world, block)


def _program(call: Call, world: World, words: list[Parts | None] | None) -> None:
    """A program by its words, without a shell."""
    if not words or words[0] is None:
        not_followed(call, world.path, world.authorship)
        return
    command = [Word(_here(parts, world), origin="trusted") if parts is not None else _unknown(world) for parts in words]
    inner = replace(call.inner(), authorship=world.authorship)
    call.run(command, inner)


def _here(parts: Parts, world: World) -> Parts:
    """`${path.module}` is where the file lies; other holes are the file's author's."""
    own: list[object] = []
    for part in parts:
        if isinstance(part, str):
            own.append(part)
        elif part.what in {"${path.module}", "${path.root}", "${path.cwd}"}:
            own.append(posixpath.dirname(world.path))
        else:
            own.append(replace(part, authorship=world.authorship))
    texts = tuple(own)
    return ("".join(map(str, texts)),) if all(isinstance(part, str) for part in texts) else texts  # type: ignore[return-value]


def _unknown(world: World) -> Word:
    return Word(_here((hcl.hole("expression"),), world))


def _provisioner(call: Call, world: World, block: Block) -> None:
    """A provisioner runs when its resource is made (or destroyed), which a configuration alone does not tell."""
    scope = call.scope
    call.scope = scope.possible()
    try:
        if block.labels[:1] == ("local-exec",):
            _local(call, world, block)
        elif block.labels[:1] == ("remote-exec",):
            place = Place(here=False, name="terraform/remote-exec", environment="unknown", reach="remote")
            for line in block.texts("inline") or [block.text("inline")]:
                if line is not None:
                    call.code("shell", Word(_here(line, world)), scope=call.inner(place=place))
    finally:
        call.scope = scope


def _local(call: Call, world: World, block: Block) -> None:
    command, interpreter = block.text("command"), block.texts("interpreter")
    shell = [Word(parts or ("",)).text for parts in interpreter or ()]
    if command is None:
        not_followed(call, world.path, world.authorship)
    elif interpreter is not None and not (shell[0] or "").endswith("sh"):
        _program(call, world, [*interpreter, command])
    else:
        cwd, given = call.cwd, block.text("working_dir")
        call.cwd = call.path(Word(_here(given, world))) if given is not None else cwd
        world.run(_here(command, world))
        call.cwd = cwd


def _environment(call: Call, apply: Applied) -> None:
    """`-var environment=prod`, `-var-file prod.tfvars`, and a backend's key make it production, whatever the workspace is
    called; those that a plan was made with likewise."""
    given = [word.text or "" for name in ("var", "var-file", "backend-config", "state") for word in call.values(name)]
    context = call.scope.surroundings.context(f"terraform:{call.cwd}") if call.scope.place.here else {}
    given += [context.get(key, "") for key in ("key", "prefix", "bucket", "path", "name", "container_name")]
    planned = any(facts.production for facts in apply.plans)
    if not planned and "production" not in {environment_of(text) for text in given if text}:
        return
    effects = call.scope.effects
    for index in range(call.first_effect, len(effects)):
        resource = effects[index].resource
        if resource.kind == "infrastructure":
            raised = Resource(resource.kind, resource.name, "production", resource.reach, resource.labels)
            effects[index] = replace(effects[index], resource=raised)


def terragrunt(call: Call) -> None:
    """Hooks of terragrunt.hcl, and the code that its `run_cmd` names."""
    for version in opened(call, posixpath.join(call.cwd, "terragrunt.hcl")) if call.scope.place.here else ():
        file = hcl.blocks(version.text)
        world = World(call, version.content.authorship, version.path, version.content.digest)
        if file is None or any("run_cmd" in block.calls for block in file.walk()):
            not_followed(call, version.path, version.content.authorship)
        for block in file.walk() if file is not None else ():
            if block.kind in {"before_hook", "after_hook", "error_hook"}:
                _program(call, world, block.texts("execute"))
    terraform(call)


def pulumi(call: Call) -> None:
    """The program beside Pulumi.yaml, where this session wrote it."""
    for name, language in _PROGRAMS.items():
        path = posixpath.join(call.cwd, name)
        if not there(call, path) or author(call, path) not in NOT_COMMITTED:
            continue
        if language in {"python", "javascript"}:
            run_file(call, Word((path,), *call.command.at), language)
        else:
            not_followed(call, path, author(call, path))


def cdk(call: Call) -> None:
    """`cdk.json` says which command makes the templates; `--app` does so, too."""
    given = call.value("app")
    if given is not None:
        call.code("shell", given)
        return
    for version in opened(call, posixpath.join(call.cwd, "cdk.json")) if call.scope.place.here else ():
        try:
            document = json.loads(version.text)
        except (ValueError, RecursionError):
            document = None
        app = document.get("app") if isinstance(document, dict) else None
        if isinstance(app, str):
            World(call, version.content.authorship, version.path, version.content.digest).run((app,))
