"""Paths as text: made absolute, resolved as far as the surroundings tell, kept to one spelling.

A name that is not known whole is written with `*` where the unknown stands: `/srv/app/*`, `*/.ssh/id_rsa`.
Source for the special names: path_resolution(7), proc(5).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jackline.lower.scope import Scope
    from jackline.lower.word import Word

UNKNOWN_PATH: Final = "*"
MAX_PATH: Final = 4096
_EMPTY_NAMES: Final = re.compile(r"/(?:\.?/)+")
_OWN_ROOT: Final = re.compile(r"^/proc/(?:self|thread-self|\d+)(?:/task/\d+)?/root(?=/|$)")
_OWN_CWD: Final = re.compile(r"^/proc/(?:self|thread-self)(?:/task/\d+)?/cwd(?=/|$)")
_DESCRIPTORS: Final = re.compile(r"^/proc/(?:self|thread-self)(?:/task/\d+)?/fd(?=/|$)")
_STREAMS: Final = frozenset(
    {
        "/dev/null",
        "/dev/zero",
        "/dev/full",
        "/dev/random",
        "/dev/urandom",
        "/dev/tty",
        "/dev/stdin",
        "/dev/stdout",
        "/dev/stderr",
    }
    | {"/dev/ptmx", "/dev/console"}
)
_STREAM: Final = re.compile(r"^/dev/(?:fd/\d+|pts/\d+|tty\d*)$")
_SOCKET: Final = re.compile(r"^/dev/(?:tcp|udp)/([^/]+)/([^/]+)$")


def absolute(text: str, cwd: str, home: str) -> str:
    """The absolute, normalised path that a text names, by the text alone. `~` and `~/…` are `home`; `~NAME` a sibling of it.

    Empty names, `.`, `..`, doubled and trailing slashes are gone; links are not looked at.
    """
    if text.startswith("~"):
        user, _, rest = text[1:].partition("/")
        base = home if not user else posixpath.join(posixpath.dirname(home), user)
        text = f"{base}/{rest}" if rest else base
    elif not text.startswith("/"):
        text = f"{cwd}/{text}"
    if not text.startswith(("/", UNKNOWN_PATH)):
        text = f"/{text}"
    return normal(text)


def normal(path: str) -> str:
    """One spelling of an absolute path: `//`, `/./`, `/x/..` and the kernel's aliases of the root are gone."""
    if path.startswith(UNKNOWN_PATH):
        return UNKNOWN_PATH if "/.." in path else _EMPTY_NAMES.sub("/", path).rstrip("/")
    if "//" in path or "/." in path or path.endswith("/"):
        path = _collapsed(path)
    elif path.startswith("/proc/"):
        path = _kernel_alias(path)
    return path


def _collapsed(path: str) -> str:
    """Empty names, `.` and `..` taken out, the kernel's aliases resolved before a `..` behind them climbs."""
    path = _EMPTY_NAMES.sub("/", path + "/")[:-1] or "/"
    if path.startswith("/proc/"):
        path = _kernel_alias(path)
    path = posixpath.normpath(path)
    path = (
        path[1:] if path.startswith("//") else path
    )  # POSIX leaves two slashes to the system; Linux reads them as one
    return _kernel_alias(path) if path.startswith("/proc/") else path


def _kernel_alias(path: str) -> str:
    """`/proc/self/root/etc` is `/etc`, again and again; `/proc/self/fd` is `/dev/fd`."""
    for _ in range(MAX_PATH):
        shorter = _OWN_ROOT.sub("", path, count=1)
        if shorter == path:
            break
        path = posixpath.normpath(shorter) if shorter else "/"
    return _DESCRIPTORS.sub("/dev/fd", path, count=1)


def resolve(word: Word, cwd: str, scope: Scope) -> str:
    """The absolute path that a word names for a program in `cwd`: `..` behind a link leads where the kernel goes.

    A `~` that the shell has left in an unquoted word counts as the home. What is not known is `*`: see the module's text.
    """
    text = word.text
    if text is None:
        text = _with_stars(word)
    elif text.startswith("*") or (text.startswith("~") and word.quoted):
        text = f"./{text}"
    home = scope.surroundings.home
    if text.startswith("~"):
        text = absolute(text, cwd, home) + ("/" if text.endswith("/") else "")
    return resolve_text(text, cwd, scope)


def resolve_text(text: str, cwd: str, scope: Scope) -> str:
    """`resolve` for a text that is already expanded."""
    if not text.startswith(("/", UNKNOWN_PATH)):
        text = f"{cwd}/{text}" if cwd else UNKNOWN_PATH
    text = text.split("\0", 1)[0][:MAX_PATH]  # what the kernel would see of it
    own = _OWN_CWD.match(text)
    if own is not None:
        text = cwd + text[own.end() :]
    if "/.." not in text or text.startswith(UNKNOWN_PATH) or not scope.place.here:
        return normal(text)
    return normal(_climb(text, scope))


def _climb(text: str, scope: Scope) -> str:
    """Take each `..` from where the path before it really is."""
    place = ""
    for name in text.split("/"):
        if name in {"", "."}:
            continue
        if name != "..":
            place = f"{place}/{name}"
            continue
        if "*" in place:
            return UNKNOWN_PATH
        real = real_path(place or "/", scope)
        place = posixpath.dirname(real).rstrip("/")
    return place or "/"


def _with_stars(word: Word) -> str:
    """A word's known text with `*` for each hole; nothing but `*` where a `..` follows a hole, for it may lead anywhere."""
    parts = word.parts
    text = "".join(part if isinstance(part, str) else UNKNOWN_PATH for part in parts)
    first = text.find(UNKNOWN_PATH)
    if "/.." in text[first:]:
        return UNKNOWN_PATH
    return re.sub(r"\*[^/]*\*", "*", re.sub(r"\*+", "*", text))


def real_path(path: str, scope: Scope) -> str:
    """Where a path leads: links on the disk, and those that this action has made, resolved as far as is known."""
    path = through_links(path, scope)
    if "*" in path or not scope.place.here:
        return path
    real = scope.surroundings.file(path).real
    return normal(real) if real.startswith("/") else path


def through_links(path: str, scope: Scope) -> str:
    """A path with the links that this action has made resolved; one that goes round in circles is unknown."""
    links = scope.links
    if not links:
        return path
    for _ in range(40):  # MAXSYMLINKS
        for place in (path, *ancestors(path)):
            target = links.get(place)
            if target is not None:
                path = normal(target + path[len(place) :])
                break
        else:
            return path
    return UNKNOWN_PATH


def ancestors(path: str) -> list[str]:
    """The directories above a path, the nearest first, without `/`."""
    found: list[str] = []
    while True:
        path = path[: path.rfind("/") + 1].rstrip("/")
        if not path or path == UNKNOWN_PATH:
            return found
        found.append(path)


def within(path: str, directory: str) -> bool:
    """Whether a path is a directory or lies below it."""
    return directory in {path, "/"} or path.startswith(directory + "/")


def is_stream(path: str) -> bool:
    """Whether a device is a mere stream (`/dev/null`, a terminal, an open descriptor): using it touches nothing."""
    return path in _STREAMS or _STREAM.match(path) is not None


def socket_of(path: str) -> tuple[str, str] | None:
    """Host and port of the shell's `/dev/tcp/HOST/PORT` (bash(1), REDIRECTION)."""
    found = _SOCKET.match(path)
    return (found[1], found[2]) if found is not None else None
