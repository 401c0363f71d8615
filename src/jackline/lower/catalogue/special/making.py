"""make(1): the recipes that its goals run, each line as the shell would read it."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.catalogue.acts import emit_acts
from jackline.lower.catalogue.arguments import drop
from jackline.lower.catalogue.contents import Content, contents
from jackline.lower.catalogue.special.opening import first_of, known_text, not_followed
from jackline.lower.catalogue.special.world import World
from jackline.lower.manifests.makefile import Plan
from jackline.lower.overlay import authorship_of, pieces
from jackline.lower.word import Hole, Word, weakest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.lower.catalogue.call import Call
    from jackline.lower.manifests.makefile import Line
    from jackline.lower.manifests.parts import Parts

_MAKEFILES: Final = ("GNUmakefile", "makefile", "Makefile")
_VARIABLE: Final = re.compile(r"[\w.-]+[:+?]{0,3}")
_SHELLS: Final = re.compile(
    r"(?:(?:/usr)?(?:/local)?/bin/|/opt/homebrew/bin/)?(?:env )?(?:ba|z|da|k|a)?sh(?: -[eux]+)*|/usr/bin/env (?:ba|z)?sh"
)
_PYTHON: Final = re.compile(r"(?:/usr/bin/)?(?:env )?python3?")
_MAX_ALTERNATIVES: Final = 4


class _Asked(Inner):
    """What the command line and `MAKEFLAGS` ask for."""

    given: dict[str, Parts] = field(default_factory=dict)
    goals: list[str | None] = field(default_factory=list)
    evaluated: list[Word] = field(default_factory=list)
    dry: bool = False


def make(call: Call) -> None:
    """Run the recipes of the goals and of what they need; variables on the command line come first."""
    asked = _asked(call)
    read = False
    for version in _versions(call):
        read = True
        _make(call, version, asked)
    if not read and not asked.dry:  # by then it may be there: the goals are called after what they do
        emit_acts(call.program, call.operands.get("target", []), call.scope, call.command.at)


def _asked(call: Call) -> _Asked:
    asked = _Asked(dry=any(call.has(option) for option in ("--just-print", "--question", "--touch")))
    flags = call.environment.get("MAKEFLAGS")
    if flags is not None and flags.text is None:
        asked.goals.append(None)
    words = re.split(r"(?<!\\)\s+", (flags.text or "").strip()) if flags is not None else []
    for index, text in enumerate(re.sub(r"\\(.)", r"\1", word) for word in words if word):
        if text.startswith("--eval="):
            asked.evaluated.append(Word((text.removeprefix("--eval="),)))
        elif "=" in text:
            _assigned(Word((text,)), asked)
        elif index == 0 and not text.startswith("--"):
            asked.dry |= "n" in text
    asked.evaluated += call.values("eval")
    for word in call.values("target"):
        if not _assigned(word, asked):
            asked.goals.append(word.text)
    return asked


def _assigned(word: Word, asked: _Asked) -> bool:
    """Take `NAME=VALUE`, however make lets it be written."""
    name, equals, _ = word.prefix.partition("=")
    if not equals or not _VARIABLE.fullmatch(name):
        return False
    asked.given[name.rstrip(":+?")] = _parts(drop(word, len(name) + 1))
    return True


def _parts(word: Word) -> Parts:
    return tuple(part for part in word.parts if part != "")


def _versions(call: Call) -> Iterator[tuple[str, tuple[Content, ...]]]:
    """The Makefile's path, and one content of each file that is read, in all combinations that matter."""
    given = call.values("file")
    if not given:
        path = first_of(call, _MAKEFILES)
        for content in contents(path, call.scope) if path else ():
            yield path, (content,)
        if not path and (call.values("eval") or "MAKEFILES" in call.environment):
            yield posixpath.join(call.cwd, _MAKEFILES[-1]), ()
        return
    if len(given) == 1 and given[0].text != "-":
        path = call.path(given[0])
        for content in contents(path, call.scope):
            yield path, (content,)
        return
    read: list[Content] = []
    for word in given:
        if word.text == "-":
            stdin = call.command.stdin
            read.append(Content(pieces(stdin) if not stdin.empty else (), authorship_of(stdin), fetched=stdin.fetched))
        else:
            read += contents(call.path(word), call.scope)[-1:]
    yield call.path(given[-1]) if given[-1].text != "-" else call.cwd, tuple(read)


def _make(call: Call, version: tuple[str, tuple[Content, ...]], asked: _Asked) -> None:
    """Where the Makefile's own conditionals cannot be decided, each of their branches is one way that it may go."""
    scope, environment, before = call.scope, call.environment, len(call.scope.effects)
    choice, alternatives = 0, 1
    while choice < min(alternatives, _MAX_ALTERNATIVES):
        plan, world = _read(call, version, asked, choice)
        alternatives = max(alternatives, plan.alternatives)
        if alternatives > 1:
            call.scope = scope.possible()
        call.environment = environment | _exported(plan, asked)
        try:
            _lines(call, plan, world, asked)
        finally:
            call.scope, call.environment = scope, environment
        choice += 1
    if alternatives > _MAX_ALTERNATIVES:
        not_followed(call, version[0], "unknown")
    if alternatives > 1:
        scope.effects[before:] = dict.fromkeys(scope.effects[before:])


def _read(call: Call, version: tuple[str, tuple[Content, ...]], asked: _Asked, choice: int) -> tuple[Plan, World]:
    path, files = version
    author = weakest([content.authorship for content in files] or ["session"])
    world = World(call, author, path, files[-1].digest if files else "")
    plan = Plan(world, asked.given, choice)
    _before(call, world, plan, asked)
    for content in files:
        text = known_text(content)
        if text is None:
            plan.reader.macros.unknown = True
        else:
            plan.read(text)
    return plan, world


def _lines(call: Call, plan: Plan, world: World, asked: _Asked) -> None:
    _other_shell(call, plan)
    for line in plan.lines([goal for goal in asked.goals if goal is not None], posixpath.basename(world.path)):
        _run(line, plan, world, dry=asked.dry)
    if None in asked.goals:
        not_followed(call, world.path, "unknown")
    elif plan.unknown and not asked.dry:
        not_followed(call, world.path, world.authorship)


def _before(call: Call, world: World, plan: Plan, asked: _Asked) -> None:
    """What is read before the Makefile: `--eval`, and the files that the variable `MAKEFILES` names."""
    for word in asked.evaluated:
        world.authorship = "session"
        if word.text is None:
            plan.reader.macros.unknown = True
        else:
            plan.read(word.text)
    named = world.variable("MAKEFILES")
    for name in " ".join(part for part in named or () if isinstance(part, str)).split():
        texts = world.include(name)
        plan.reader.macros.unknown |= texts is None
        for text in texts or ():
            plan.read(text)
    if named is not None and any(isinstance(part, Hole) for part in named):
        call.scope.opaque("MAKEFILES", at=call.command.at, authorship="unknown")


def _exported(plan: Plan, asked: _Asked) -> dict[str, Word]:
    found = {name: Word(parts or ("",), origin="trusted") for name, parts in plan.exports.items()}
    texts = [f"{name}={parts[0] if parts else ''}" for name, parts in asked.given.items()
             if all(isinstance(part, str) for part in parts) and not re.search(r"\s", "".join(map(str, parts)))]  # fmt: skip
    if texts or asked.dry:
        found["MAKEFLAGS"] = Word((" ".join([*(["n"] if asked.dry else []), "--", *texts]),))
    return found


def _other_shell(call: Call, plan: Plan) -> None:
    """A Makefile may name another program than the shell, which gets every line: `SHELL = ./x`."""
    shell, flags = plan.shell, plan.flags
    text = Word(shell or ("/bin/sh",)).text
    if text is None:
        plan.reader.macros.unknown = True
    elif not _SHELLS.fullmatch(text) and not _PYTHON.fullmatch(text):
        at = call.command.at
        if " " in text:  # make splits it into words, and adds `-c` and the line
            call.code("shell", Word((text,), *at))
        else:
            call.run_path(Word((text,), *at))
    given = (Word(flags).text or "*").split() if flags else ["-c"]
    if not (given[-1].startswith("-") and given[-1].endswith("c")):
        plan.reader.macros.unknown = True


def _run(line: Line, plan: Plan, world: World, *, dry: bool) -> None:
    if dry and not line.always:
        return
    language = "python" if _PYTHON.fullmatch(Word(plan.shell or ("",)).text or "") else "shell"
    world.run(line.code, language)
