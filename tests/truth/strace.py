"""The output of `strace -f -qq -y -xx` as system calls: hostile text, for the traced program chose every name in it.

With `-xx` all strings and paths are hexadecimal, so nothing in them can look like the end of an argument. Lines that are
no calls are skipped; a trace that is larger than the bounds is an error, never cut in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_LINES = 400_000
MAX_LINE = 1 << 20
MAX_ARGUMENTS = 16

CALLS = [
    "open",
    "openat",
    "openat2",
    "creat",
    "unlink",
    "unlinkat",
    "rmdir",
    "rename",
    "renameat",
    "renameat2",
    "truncate",
    "ftruncate",
    "fallocate",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "utime",
    "utimes",
    "futimesat",
    "utimensat",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "execve",
    "execveat",
    "connect",
    "bind",
    "listen",
    "sendto",
    "kill",
    "tkill",
    "tgkill",
    "mount",
    "umount2",
    "chdir",
    "fchdir",
    "clone",
    "clone3",
    "fork",
    "vfork",
]
"""What is traced. A `?` before each lets strace pass over those that its kernel or version does not know."""
OPTIONS = ("-f", "-qq", "-y", "-xx", "-s", "65535", "-e", "signal=none", "--seccomp-bpf",
           "-e", "trace=" + ",".join(f"?{name}" for name in CALLS))  # fmt: skip


class TraceError(Exception):
    """A trace that is too large to be read whole."""


@dataclass(frozen=True, slots=True)
class Call:
    """One finished system call. `result` is the returned number (-1 on failure), `error` the name of the error or "";
    `opened` is the real path of the file behind a returned descriptor, "" otherwise."""

    process: int
    name: str
    arguments: tuple[str, ...]
    result: int
    error: str
    opened: str = ""


_LINE = re.compile(r"(?P<process>\d+) +(?P<rest>.*)", re.DOTALL)
_CALL = re.compile(
    r"(?P<name>[a-z_0-9]+)\((?P<arguments>.*)\) += (?P<result>-?\d+|\?|0x[0-9a-f]+)(?P<path><[^>]*>)?(?: (?P<error>E[A-Z0-9]+))?.*",
    re.DOTALL,
)
_RESUMED = re.compile(r"<\.\.\. (?P<name>[a-z_0-9]+) resumed>(?P<rest>.*)", re.DOTALL)
UNFINISHED = " <unfinished ...>"


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """The finished calls of a trace, in the order in which they ended. Raises `TraceError` past a bound."""
    pending: dict[int, str] = {}
    for number, line in enumerate(lines):
        if number >= MAX_LINES or len(line) > MAX_LINE:
            raise TraceError(f"the trace has more than {MAX_LINES} lines, or a line of more than {MAX_LINE} characters")
        split = _LINE.fullmatch(line.rstrip("\n"))
        if split is None:
            continue
        process, rest = int(split["process"]), split["rest"]
        resumed = _RESUMED.fullmatch(rest)
        if resumed is not None:
            rest = pending.pop(process, "") + resumed["rest"]
        elif rest.endswith(UNFINISHED):
            pending[process] = rest.removesuffix(UNFINISHED)
            continue
        call = _CALL.fullmatch(rest)
        if call is not None:
            yield _call(process, call)


def _call(process: int, found: re.Match[str]) -> Call:
    said = found["result"]
    result = -1 if said == "?" else int(said, 16 if said.startswith("0x") else 10)
    opened = _PATH.fullmatch(found["path"] or "")
    return Call(
        process,
        found["name"],
        tuple(_split(found["arguments"])),
        result,
        found["error"] or "",
        _unhex(opened[1]) if opened else "",
    )


def _split(text: str) -> Iterator[str]:
    """Arguments, at commas outside quotes, angles and brackets; the last one keeps what is past the bound."""
    depth, start, quoted, count = 0, 0, False, 1
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char in "([{<":
            depth += 1
        elif char in ")]}>":
            depth -= text[at - 1 : at + 1] != "->"  # a pointer in a decoded structure
        elif char == "," and depth == 0 and count < MAX_ARGUMENTS:
            yield text[start:at].strip()
            start, count = at + 1, count + 1
    if text[start:].strip():
        yield text[start:].strip()


_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_PATH = re.compile(r"<((?:\\x[0-9a-f]{2})+)>")
_DESCRIPTOR = re.compile(r"(?:AT_FDCWD|-?\d+)<((?:\\x[0-9a-f]{2})*)>.*")


def string(argument: str) -> str | None:
    """The text of a quoted argument; None where it is none (a null pointer, an address) or was cut."""
    found = _STRING.fullmatch(argument)
    return None if found is None or found[2] else _unhex(found[1])


def descriptor(argument: str) -> str | None:
    """The path behind a file descriptor; None where strace knew none."""
    found = _DESCRIPTOR.fullmatch(argument)
    return _unhex(found[1]) if found is not None else None


def _unhex(text: str) -> str:
    return bytes.fromhex(text.replace("\\x", "")).decode("utf-8", "surrogateescape")
