"""What each role of an option's value or an operand does. The table `ROLE_ACTIONS` is the list."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.deferred import Deferred, late_pattern
from jackline.lower.catalogue.acts import emit_absent
from jackline.lower.catalogue.arguments import drop
from jackline.lower.catalogue.contents import Content, contents
from jackline.lower.catalogue.endpoints import emit_endpoint, emit_served
from jackline.lower.catalogue.packages import install
from jackline.lower.files import names_nothing
from jackline.lower.places import environment_of_process, file_resource, guarded, port_name, script_named
from jackline.lower.word import NOTHING, Hole, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jackline.core.words import Environment, Label
    from jackline.lower.catalogue.call import Call
    from jackline.lower.catalogue.grammar import Role
    from jackline.lower.scope import Place

_tells: Final[Callable[[Word, str], bool]] = Deferred("jackline.lower.telling", "tells")
_ADDRESS: Final = late_pattern(r"https?://|ftp://")
FRAMEWORK_SCRIPTS: Final = frozenset({"manage.py", "artisan", "rails", "rake", "console", "gradlew", "mvnw"})
"""Scripts that frameworks put into every project; what they do is in the catalogue under these names."""
_ENDLESS: Final = frozenset({"/dev/zero", "/dev/urandom", "/dev/random"})
_PATHS: Final = late_pattern(r"(?:(?<![\w.])|(?<=-[rMI]))(?:/|\./|\.\./|~/)[^\s:=,]+")
_ANYBODYS: Final[frozenset[Label]] = frozenset({"temporary", "other_user"})
_ENGINE_SOCKETS: Final = frozenset({"docker.sock", "containerd.sock", "podman.sock", "crio.sock", "lxd.socket"})
_NONE: Final[frozenset[Label]] = frozenset()
_CONTENT: Final[frozenset[Label]] = frozenset({"secret", "credential", "personal"})
_OWN_CHILD: Final[frozenset[Label]] = frozenset({"own_child"})


def _nothing(_call: Call, _word: Word, _parameter: str) -> None:
    """Plain data."""


def _read(call: Call, given: Word, _parameter: str) -> None:
    call.read(given)


def _look(call: Call, given: Word, _parameter: str) -> None:
    """A path whose name, size or mode is looked at; its content stays unknown."""
    before = len(call.scope.effects)
    call.read(given)
    for index, effect in enumerate(call.scope.effects[before:], start=before):
        if effect.resource.labels & _CONTENT:
            bare = replace(effect.resource, labels=effect.resource.labels - _CONTENT)
            call.scope.effects[index] = replace(effect, resource=bare)


def _write(call: Call, given: Word, _parameter: str) -> None:
    call.write(given)


def _edit(call: Call, given: Word, _parameter: str) -> None:
    call.write(given, appended=True)


def _touch(call: Call, given: Word, _parameter: str) -> None:
    """Made empty where it is missing; what stands in it stays."""
    absent = _absent(call, given)
    call.change(given)
    if absent:
        call.scope.overlay.write(call.path(given), NOTHING, certain=call.certain)


def _change(call: Call, given: Word, _parameter: str) -> None:
    """A file is changed in place, which has to be there for that."""
    path = call.path(given)
    if "*" in path and call.scope.place.here and names_nothing(path, call.scope, written=True):
        call.read(given)
    elif _absent(call, given):
        call.change(given)
    else:
        call.write(given, appended=True)


def _reformat(call: Call, given: Word, _parameter: str) -> None:
    """A file is laid out anew: what it says, and who said it, stays."""
    call.change(given)


def _absent(call: Call, given: Word) -> bool:
    path = call.path(given)
    here = call.scope.place.here and "*" not in path and call.scope.overlay.find(path) is None
    return here and call.scope.surroundings.file(path).kind == "absent"


def _mkdir(call: Call, given: Word, _parameter: str) -> None:
    call.mkdir(given)


def _mode(call: Call, given: Word, parameter: str) -> None:
    """A path whose mode, owner or access list is changed; the mode is the operand `mode`, `any` for all others."""
    mode = call.value("mode")
    call.chmod(
        given, "" if parameter == "any" or mode is None else mode.text or "", recursive=call.may_have("--recursive")
    )


def _delete_empty(call: Call, given: Word, _parameter: str) -> None:
    call.delete(given, empty_only=True)


def _read_tree(call: Call, given: Word, _parameter: str) -> None:
    call.read(given, recursive=True)


def _write_tree(call: Call, given: Word, _parameter: str) -> None:
    call.write(given, recursive=True)


def _tee(call: Call, given: Word, _parameter: str) -> None:
    """The standard input goes into this file; one that has no end fills the disk."""
    if call.command.stdin.source in _ENDLESS:
        call.emit(
            "configure", "device", "free space", at=call.at(given), reach="system", reversible="no", extent_all=True
        )
    call.write(given, content=call.command.stdin, appended=call.has("--append"))


def _delete(call: Call, given: Word, _parameter: str) -> None:
    call.delete(given)


def _delete_tree(call: Call, given: Word, _parameter: str) -> None:
    call.delete(given, recursive=True)


def _directory(call: Call, given: Word, _parameter: str) -> None:
    """The program goes to this directory before it does anything else."""
    call.cwd = call.path(given)


def _at_file(call: Call, given: Word, _parameter: str) -> None:
    """`@FILE` is read, anything else is data."""
    if given.prefix.startswith("@"):
        call.read(drop(given, 1))


def _environment(call: Call, given: Word, _parameter: str) -> None:
    """`NAME=VALUE` for the command inside."""
    name, equals, _ = given.prefix.partition("=")
    if equals:
        call.environment[name] = drop(given, len(name) + 1)


def _host(call: Call, given: Word, _parameter: str) -> None:
    emit_endpoint("connect", _target(given), call.scope, at=call.at(given))
    shown = call.scope.text[given.start : given.end]
    if _tells(given, shown):  # a name that is looked up tells its server what it was made of
        emit_endpoint("send", _target(given), call.scope, at=call.at(given), labels=frozenset({"body"}))


def _url(call: Call, given: Word, _parameter: str) -> None:
    """A URL is connected to; a path or `file://` URL is read."""
    target = _target(given)
    if target.startswith("file://"):
        call.read(drop(given, len("file://")))
    elif "://" in target or "@" in target.split("/")[0] or target.split("/")[0].endswith(":*"):
        emit_endpoint("connect", target, call.scope, at=call.at(given))
    elif given.holes and not given.prefix:
        emit_endpoint("connect", "*", call.scope, at=call.at(given))
    elif ":" in target.split("/")[0]:
        emit_endpoint("connect", target, call.scope, at=call.at(given))
    else:
        call.read(given)


def _listen(call: Call, given: Word, parameter: str) -> None:
    """A port or `address:port` that the program opens: as a development server's (`server`), or one of all files (`pages`)."""
    target = _target(given)
    if parameter:
        root = call.value("docroot")
        pages = "" if parameter != "pages" else call.path(root) if root is not None else call.cwd
        emit_served(target, call.scope, at=call.at(given), pages=pages)
        return
    if target.isdigit():
        target = f"0.0.0.0:{target}"
    emit_endpoint("listen", target, call.scope, at=call.at(given))


def _code(call: Call, given: Word, language: str) -> None:
    arguments = tuple(call.operands.get("arguments", ()))
    call.output = call.code(language or "shell", given, arguments)


def _script(call: Call, given: Word, language: str) -> None:
    """A file whose content is code in `language`; a framework's own script (`manage.py`) is its command line, too."""
    arguments = tuple(call.operands.get("arguments", ()))
    run_file(call, given, language, arguments)
    name = posixpath.basename(given.text or "")
    if name in FRAMEWORK_SCRIPTS:
        call.run((replace(given, parts=(name,)), *arguments))
    elif given.text != "-":
        emit_absent(call.path(given), arguments, call.scope, call.at(given))


def _run_file(call: Call, given: Word, _parameter: str) -> None:
    """A program or library that is run or loaded from this path."""
    if "/" in given.prefix or given.text is None:
        if _awaited(call, given):
            call.scope.opaque(call.path(given), at=call.at(given), authorship="unknown")
        script = call.scope.languages.get("script")
        if script is not None:
            script(given, call.inner(), ())
        else:
            path = call.path(given)
            call.scope.opaque(path, at=call.at(given), authorship=call.scope.surroundings.authorship(path))
    else:
        call.run((given,))


def _awaited(call: Call, given: Word) -> bool:
    """A file of code in a temporary directory that is not there yet: it is no part of the project, and may be by then."""
    path = call.path(given)
    if "temporary" not in file_resource(path, call.scope).labels or not call.scope.place.here:
        return False
    return call.scope.surroundings.file(path).kind == "absent" and call.scope.overlay.find(path) is None


def _loads(call: Call, given: Word, _parameter: str) -> None:
    """Where a program looks for code that it loads; what lies in the workspace or belongs to the system is nobody else's."""
    for path in _PATHS.findall(given.shown):
        place = call.path(replace(given, parts=(path,)))
        resource = file_resource(place, call.scope)
        own = resource.reach == "workspace" and call.scope.surroundings.file(place).kind != "file"
        if own or (resource.reach == "system" and not resource.labels & _ANYBODYS):
            continue
        call.scope.opaque(place, at=call.at(given), authorship=call.scope.surroundings.authorship(place))


def _socket(call: Call, given: Word, _parameter: str) -> None:
    """A Unix socket that is spoken to: the guard's is the guard, a container engine's is as good as root."""
    path = call.path(given)
    if guarded(path, call.scope, tree=False):
        call.emit("configure", "guard", path, at=call.at(given), reversible="no")
    elif posixpath.basename(path) in _ENGINE_SOCKETS:
        call.emit("grant", "account", "root", at=call.at(given), reach="system", reversible="with_undo")


def _guards(call: Call, given: Word, _parameter: str) -> None:
    """A variable by which a client finds its guard, or its settings: another value, or none, and nothing is guarded."""
    call.emit(
        "configure", "guard", call.program, at=call.at(given), labels=frozenset({"client_settings"}), reversible="no"
    )


def _environment_of_process(call: Call, name: str) -> Environment:
    """`development` also for a script that lies in the workspace: whoever runs it works on it."""
    if not call.scope.place.here:
        return "unknown"
    found = environment_of_process(name)
    script = script_named(name) if found == "unknown" else ""
    if not script:
        return found
    path = call.path(Word((script,)))
    there = call.scope.surroundings.file(path).kind == "file" and file_resource(path, call.scope).reach == "workspace"
    return "development" if there else "unknown"


def _process(call: Call, given: Word, parameter: str) -> None:
    """A process that is stopped: a PID, a job, what another program found, or with `name` and `port` how it is found."""
    listed = given.holes[0].pids_of if len(given.parts) == 1 and given.holes else ""
    text = listed or given.text or "*"
    name = port_name(text) if parameter == "port" else text if parameter == "name" or listed else f"pid:{text}"
    own = text.startswith("%") or given.shown == "{$!}"  # a job of this very shell
    whose = "own" if own else call.scope.surroundings.process(text)
    at = call.at(given)
    if whose == "guard":
        call.emit("configure", "guard", name, at=at, reversible="no")
    else:
        environment = _environment_of_process(call, name)
        labels = _OWN_CHILD if whose == "own" else _NONE
        call.emit("terminate", "process", name, at=at, labels=labels, environment=environment, reversible="no")


def _package(call: Call, given: Word, parameter: str) -> None:
    install(call, given, parameter)


def _env_file(call: Call, given: Word, _parameter: str) -> None:
    call.read(given)


def _target(given: Word) -> str:
    return "".join(part if isinstance(part, str) else "*" for part in given.parts)


def run_file(
    call: Call, given: Word, language: str, arguments: tuple[Word, ...] = (), place: Place | None = None
) -> bool:
    """Open a file of code and lower it as `language`; what cannot be opened is `opaque` with the file's authorship.

    `-` is the standard input. A file that is known to be absent runs nothing: whether there was one.
    """
    if given.text == "-":
        scope = replace(call.inner(), place=place or call.scope.place)
        call.output = call.code(language, call.command.stdin, arguments, scope)
        return True
    if _ADDRESS.match(given.prefix):
        emit_endpoint("connect", _target(given), call.scope, at=call.at(given))
        call.scope.opaque(given.shown, at=call.at(given), authorship="fetched")
        return True
    path = call.path(given)
    found = contents(path, call.scope)
    for content in found:
        run_content(call, content, path, language, arguments, at=call.at(given), place=place)
    return bool(found)


def run_content(
    call: Call, content: Content, path: str, language: str, arguments: tuple[Word, ...], *, at: tuple[int, int] | None = None,
    place: Place | None = None,
) -> None:  # fmt: skip
    """Lower the content of a file as `language`; one that is not known is `opaque` with its authorship."""
    interpreter = call.scope.languages.get(language)
    if content.parts is None or interpreter is None:
        what = content.fetched or f"{language} code in {path}"
        call.scope.opaque(what, at=at or call.command.at, authorship=content.authorship)
        return
    text = "".join(part for part in content.parts if isinstance(part, str))
    inner = replace(
        call.scope.file(text, path, content.digest, content.authorship), cwd=call.cwd, environment=call.environment,
        stdin=call.command.stdin, place=place or call.scope.place,
    )  # fmt: skip
    call.output = interpreter(Word(content.parts, 0, len(text)), inner, arguments)


def run_command(call: Call, words: Sequence[Word]) -> None:
    """The rest of the words is a command of its own."""
    call.output = call.run(words)


def run_words(call: Call, words: Sequence[Word]) -> None:
    """The rest of the words, joined by blanks, is a line for a shell (ssh, watch, su)."""
    if len(words) == 1:
        call.output = call.code("shell", words[0])
    elif words:
        call.output = call.code("shell", joined(words))


def joined(words: Sequence[Word]) -> Word:
    """Several words as one, with blanks between."""
    parts: list[str | Hole] = []
    for index, part_of in enumerate(words):
        for part in ((" ",) if index else ()) + part_of.parts:
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
    return Word(tuple(parts) or ("",), words[0].start, words[-1].end, quoted=True, origin=words[0].origin)


ROLE_ACTIONS: Final[dict[str, Callable[[Call, Word, str], None]]] = {
    "data": _nothing, "look": _look, "config": _nothing, "mount": _nothing,
    "read": _read, "write": _write, "edit": _edit, "touch": _touch, "change": _change,
    "reformat": _reformat, "mkdir": _mkdir, "chmod": _mode,
    "delete-empty": _delete_empty, "read-tree": _read_tree, "write-tree": _write_tree, "tee": _tee,
    "delete": _delete, "delete-tree": _delete_tree, "cwd": _directory, "env": _environment, "env-file": _env_file,
    "at-file": _at_file, "host": _host, "url": _url, "listen": _listen, "code": _code, "script": _script,
    "run-file": _run_file, "socket": _socket, "guards": _guards, "loads": _loads, "process": _process, "package": _package,
}  # fmt: skip
RUN_ACTIONS: Final[dict[str, Callable[[Call, Sequence[Word]], None]]] = {"command": run_command, "words": run_words}
EARLY: Final = frozenset({"cwd", "env"})
"""Roles that are applied before all others: they change where and with what the program runs."""


def apply_role(call: Call, given: Word, role: Role) -> None:
    """Do what one role says."""
    ROLE_ACTIONS[role.kind](call, given, role.parameter)
