"""Scripts on the disk, or written earlier in this action: opened once, known by their digest, run as their language."""

from __future__ import annotations

import hashlib
import posixpath
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from jackline.core.deferred import late_pattern
from jackline.core.effect import Resource
from jackline.lower.containers import author_inside, in_container, mounted_path
from jackline.lower.files import names_nothing
from jackline.lower.overlay import PIPE, authorship_of
from jackline.lower.places import file_resource, resolve
from jackline.lower.places.paths import socket_of
from jackline.lower.scope import HERE
from jackline.lower.word import NOTHING, UNKNOWN, Data, Hole, Word

if TYPE_CHECKING:
    from jackline.core.words import Authorship, Origin
    from jackline.lower.scope import Scope

MAX_SCRIPT: Final = 64 * 1024
_SHEBANG: Final = late_pattern(r"#![ \t]*(\S+)(?:[ \t]+([^\n]*))?")
_INTERPRETERS: Final = {
    "sh": "shell", "bash": "shell", "zsh": "shell", "dash": "shell", "ksh": "shell", "ash": "shell", "mksh": "shell",
    "python": "python", "node": "javascript", "nodejs": "javascript", "bun": "javascript", "deno": "javascript",
    "perl": "perl", "ruby": "ruby", "php": "php", "awk": "awk", "gawk": "awk", "sed": "sed", "tsx": "javascript",
    "ts-node": "javascript", "fish": "fish", "pwsh": "powershell",
}  # fmt: skip
_EXTENSIONS: Final = {
    ".sh": "shell", ".bash": "shell", ".zsh": "shell", ".py": "python", ".js": "javascript", ".mjs": "javascript",
    ".cjs": "javascript", ".ts": "javascript", ".pl": "perl", ".rb": "ruby", ".php": "php", ".awk": "awk", ".sed": "sed",
    ".fish": "fish", ".ps1": "powershell",
}  # fmt: skip


class Version(NamedTuple):
    """One thing that a file may contain when it is run."""

    data: Data
    authorship: Authorship
    digest: str = ""


def versions_of(scope: Scope, path: str) -> list[Version] | None:
    """What a file may contain when this action gets to it; None where it is known not to exist."""
    found: list[Version] = []
    written = scope.overlay.find(path)
    for data in written.versions if written is not None else (None,):
        if data is not None and data.source and data.text is None and data.source != path:
            found.extend(versions_of(scope, data.source) or ())
        elif data is not None:
            authorship = (
                authorship_of(data) if data.text is not None else _known(written.authorship if written else "unknown")
            )
            found.append(Version(data, authorship, _digest(data)))
        else:
            on_disk = _on_disk(scope, path)
            if on_disk is None:
                continue
            found.append(on_disk)
    return found or None


def _known(authorship: Authorship) -> Authorship:
    return authorship if authorship != "none" else "unknown"


def _digest(data: Data) -> str:
    return hashlib.sha256(data.text.encode("utf-8", "surrogatepass")).hexdigest() if data.text is not None else ""


def _on_disk(scope: Scope, path: str) -> Version | None:
    surroundings = scope.surroundings
    if not scope.place.here or "*" in path:
        absent = scope.place.here and names_nothing(path, scope, written=True)
        return None if absent else Version(Data(source=path), "unknown")
    content = surroundings.text(path)
    if content is None:
        if surroundings.file(path).kind == "absent":
            return None
        return Version(Data(source=path), surroundings.authorship(path))
    scope.bounds.open(len(content.text))
    return Version(Data(content.text, origin="trusted", source=path), surroundings.authorship(path), content.digest)


def content_of(scope: Scope, path: str) -> Data:
    """What is read from a file: `< file`, `cat file`."""
    if path == "/dev/null":
        return NOTHING
    if socket_of(path) is not None:  # what the other side says
        return Data(origin="untrusted", fetched=path)
    versions = versions_of(scope, path)
    if versions is None:
        if path.endswith(".pid") and _is_ours(path, scope):  # by then a server has written it
            hole = Hole(path, "trusted", pids_of=f"pidfile:{path}")
            return Data(None, origin="trusted", source=path, parts=(hole, "\n"))
        return Data("", origin="trusted", source=path, empty=True, missing=True)
    data = versions[0].data
    labels = data.labels | scope.surroundings.labels("file", path)
    if len(versions) > 1 or (data.text is None and not data.parts):
        fetched = next((v.data.fetched for v in versions if v.data.fetched), "")
        return Data(None, labels, data.origin, fetched, path)
    return replace(data, labels=labels, source="" if path.startswith(PIPE) else path)


def _is_ours(path: str, scope: Scope) -> bool:
    resource = file_resource(path, scope)
    return resource.reach == "workspace" or "temporary" in resource.labels


def run_script(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    """The language `script`: open a file and run it by its `#!` line, else by its name, else as shell."""
    return run_file(code, scope, arguments, language="", execute=True)


def run_file(
    code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = (), *, language: str, execute: bool = False
) -> Data:
    """Run a file as `language` (empty: as the file itself says). `execute`: the file is the program, so it is an effect."""
    if isinstance(code, Data):
        return scope.languages[language or "shell"](code, scope, arguments)
    at = (code.start, code.end)
    path = resolve(code, scope.cwd or scope.surroundings.cwd, scope)
    versions = versions_of(scope, path) if scope.place.here else _inside(scope, path)
    if versions is None:
        _execute(scope, path, "installed", at, execute=execute)
        return replace(NOTHING, missing=True)
    if len(versions) > 1 and scope.certainty == "certain":
        scope = scope.possible()
    output = UNKNOWN
    for version in versions:
        _execute(scope, path, version.authorship, at, execute=execute)
        output = _run(path, version, scope, arguments, language, at)
    return output if len(versions) == 1 else UNKNOWN


def _inside(scope: Scope, path: str) -> list[Version] | None:
    """What a file on another machine or in a container may contain."""
    outside = mounted_path(path, scope) if in_container(scope) else ""
    if outside:
        return versions_of(scope.having(place=HERE), outside)
    return [Version(Data(source=path), author_inside(path, scope))]


def _execute(scope: Scope, path: str, authorship: Authorship, at: tuple[int, int], *, execute: bool) -> None:
    if execute:
        resource = Resource("process", posixpath.basename(path) or path, scope.place.environment, scope.reach())
        scope.emit("execute", resource, at=at, authorship=authorship)


def _run(
    path: str, version: Version, scope: Scope, arguments: tuple[Word, ...], language: str, at: tuple[int, int]
) -> Data:
    data = version.data
    if data.text is None and data.parts and not data.fetched:
        inner = scope.having(authorship=version.authorship)
        return scope.languages[language or "shell"](replace(data, at=(0, 0)), inner, arguments)
    text = data.text
    if path.startswith(PIPE) and not data.empty:  # a process substitution: the code stands in this text
        return scope.languages[language or "shell"](
            replace(data, at=data.at if data.at != (0, 0) else at), scope, arguments
        )
    if text is None or len(text) > MAX_SCRIPT or "\0" in text[:1024]:
        scope.opaque(path, at=at, authorship=version.authorship)
        return Data(fetched=data.fetched)
    chosen = language or language_of(path, text)
    inner = scope.file(text, path, version.digest, version.authorship)
    return scope.languages[chosen](Word((text,), 0, len(text), origin=_origin(version)), inner, arguments)


def _origin(version: Version) -> Origin:
    return "untrusted" if version.authorship == "fetched" else "trusted"


def language_of(path: str, text: str) -> str:
    """The language of a script: its `#!` line, else its name's ending, else the shell."""
    found = _SHEBANG.match(text)
    if found is not None:
        program, rest = posixpath.basename(found[1]), found[2] or ""
        if program == "env":
            words = [word for word in rest.split() if not word.startswith("-") and "=" not in word]
            program = posixpath.basename(words[0]) if words else ""
        return _INTERPRETERS.get(re.sub(r"[\d.]+$", "", program), program or "shell")
    return _EXTENSIONS.get(posixpath.splitext(path)[1], "shell")
