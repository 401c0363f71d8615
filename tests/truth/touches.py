"""System calls as touches: which process did what to which absolute path, whatever the call was named."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.truth.strace import Call, descriptor, string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

REFUSED = frozenset({"EROFS", "EACCES", "EPERM"})
"""Errors that come from the throw-away root and not from the command: what was tried counts as done."""
NOT_REACHED = REFUSED | {
    "ENETUNREACH",
    "ECONNREFUSED",
    "EINPROGRESS",
    "EHOSTUNREACH",
    "ENETDOWN",
    "EADDRNOTAVAIL",
    "EAGAIN",
}


@dataclass(frozen=True, slots=True)
class Touch:
    """`act`: `read write mode remove link rename time execute connect listen kill mount`. `to` is a rename's new name.

    `program` is the base name of what the process ran, with those of its ancestors before it (`bash/make/sh/rm`).
    """

    act: str
    path: str
    program: str
    to: str = ""
    refused: bool = False


class Processes:
    """What each process runs and where it stands, told by its calls."""

    def __init__(self, cwd: str, program: str) -> None:
        self._cwd: dict[int, str] = {}
        self._program: dict[int, str] = {}
        self._first = (cwd, program)

    def cwd(self, process: int) -> str:
        return self._cwd.get(process, self._first[0])

    def program(self, process: int) -> str:
        return self._program.get(process, self._first[1])

    def moves(self, process: int, path: str) -> None:
        self._cwd[process] = path

    def runs(self, process: int, program: str) -> None:
        above = self.program(process).rpartition("/")[0]
        self._program[process] = f"{above}/{program}" if above else program

    def forks(self, process: int, child: int) -> None:
        self._cwd[child] = self.cwd(process)
        name = self.program(process)
        self._program[child] = f"{name}/{name.rpartition('/')[2]}"


def touches(calls: Iterable[Call], cwd: str, program: str) -> Iterator[Touch]:
    """What a trace did, in order. `cwd` and `program` are the first process's."""
    processes = Processes(cwd, program)
    early: dict[int, list[Call]] = {}  # calls of a child that come before its parent's fork has returned
    known: set[int] = set()
    for call in calls:
        if not known:
            known.add(call.process)
        if call.process not in known:
            early.setdefault(call.process, []).append(call)
            continue
        yield from _touched(call, processes)
        if call.name in _FORKS and call.result > 0:
            waiting = [call.result]
            while waiting:
                child = waiting.pop()
                known.add(child)
                for one in early.pop(child, ()):
                    yield from _touched(one, processes)
                    if one.name in _FORKS and one.result > 0:
                        waiting.append(one.result)
    for left in early.values():
        for one in left:
            yield from _touched(one, processes)


def _touched(call: Call, processes: Processes) -> Iterator[Touch]:
    act = _ACTS.get(call.name)
    if act is None:
        return
    refused = call.error in (NOT_REACHED if call.name in {"connect", "sendto"} else REFUSED)
    if call.result < 0 and not refused:
        return
    for touch in act(call, processes):
        yield Touch(touch.act, touch.path, touch.program, touch.to, refused)


def _join(directory: str | None, path: str | None, processes: Processes, process: int) -> str | None:
    if path is None:
        return None
    base = directory if directory is not None else processes.cwd(process)
    return posixpath.normpath(posixpath.join(base, path)).replace("//", "/")


def _named(index: int, *, at: bool, act: str) -> Callable[[Call, Processes], Iterator[Touch]]:
    """A call whose path is its argument `index`, relative to the descriptor before it where `at`."""

    def touched(call: Call, processes: Processes) -> Iterator[Touch]:
        directory = descriptor(call.arguments[index - 1]) if at else None
        given = string(call.arguments[index])
        path = (
            directory if at and not given else _join(directory, given, processes, call.process)
        )  # AT_EMPTY_PATH, a null path
        path = call.opened or path
        if path is not None and path.startswith("/"):
            yield Touch(act, path, processes.program(call.process))

    return touched


def _described(act: str) -> Callable[[Call, Processes], Iterator[Touch]]:
    """A call whose file is its first argument, a descriptor."""

    def touched(call: Call, processes: Processes) -> Iterator[Touch]:
        path = descriptor(call.arguments[0])
        if path is not None and path.startswith("/"):
            yield Touch(act, path, processes.program(call.process))

    return touched


_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE")


def _opened(index: int, *, at: bool) -> Callable[[Call, Processes], Iterator[Touch]]:
    def touched(call: Call, processes: Processes) -> Iterator[Touch]:
        flags = call.arguments[index + 1]
        if "O_PATH" in flags or ("O_DIRECTORY" in flags and "O_TMPFILE" not in flags):
            return
        yield from _named(index, at=at, act="write" if _WRITING.search(flags) else "read")(call, processes)

    return touched


def _renamed(old: int, new: int, *, at: bool, act: str) -> Callable[[Call, Processes], Iterator[Touch]]:
    def touched(call: Call, processes: Processes) -> Iterator[Touch]:
        before = descriptor(call.arguments[old - 1]) if at else None
        after = descriptor(call.arguments[new - 1]) if at else None
        source = _join(before, string(call.arguments[old]), processes, call.process)
        target = _join(after, string(call.arguments[new]), processes, call.process)
        if source is not None and target is not None:
            yield Touch(act, source, processes.program(call.process), target)

    return touched


def _executed(index: int) -> Callable[[Call, Processes], Iterator[Touch]]:
    def touched(call: Call, processes: Processes) -> Iterator[Touch]:
        path = _join(
            descriptor(call.arguments[0]) if index else None, string(call.arguments[index]), processes, call.process
        )
        if path is not None:
            yield Touch("execute", path, processes.program(call.process))
            processes.runs(call.process, posixpath.basename(path))

    return touched


def _moved(call: Call, processes: Processes) -> Iterator[Touch]:
    path = _join(None, string(call.arguments[0]), processes, call.process)
    if path is not None:
        processes.moves(call.process, path)
    yield from ()


def _moved_to(call: Call, processes: Processes) -> Iterator[Touch]:
    path = descriptor(call.arguments[0])
    if path is not None:
        processes.moves(call.process, path)
    yield from ()


def _forked(call: Call, processes: Processes) -> Iterator[Touch]:
    if call.result > 0:
        processes.forks(call.process, call.result)
    yield from ()


_ADDRESS = re.compile(r'sa_family=AF_INET6?, sin6?_port=htons\((?P<port>\d+)\).*?"(?P<hex>(?:\\x[0-9a-f]{2})*)"')
_SOCKET_FILE = re.compile(r'sa_family=AF_UNIX, sun_path="(?P<hex>(?:\\x[0-9a-f]{2})+)"')


def _addressed(index: int, act: str) -> Callable[[Call, Processes], Iterator[Touch]]:
    """An internet address as `HOST:PORT`, a socket's file as its path."""

    def touched(call: Call, processes: Processes) -> Iterator[Touch]:
        given = call.arguments[index] if len(call.arguments) > index else ""
        for pattern, name in ((_ADDRESS, act), (_SOCKET_FILE, "write" if call.name == "bind" else act)):
            found = pattern.search(given)
            if found is not None:
                text = bytes.fromhex(found["hex"].replace("\\x", "")).decode("utf-8", "surrogateescape")
                where = f"{text}:{found['port']}" if pattern is _ADDRESS else _join(None, text, processes, call.process)
                yield Touch(name, where or text, processes.program(call.process))

    return touched


def _killed(call: Call, processes: Processes) -> Iterator[Touch]:
    if call.arguments[-1] != "0":  # signal 0 only asks whether a process is there
        yield Touch("kill", call.arguments[-2], processes.program(call.process))


_FORKS = frozenset({"clone", "clone3", "fork", "vfork"})
_ACTS: dict[str, Callable[[Call, Processes], Iterator[Touch]]] = {
    "open": _opened(0, at=False), "openat": _opened(1, at=True), "openat2": _opened(1, at=True),
    "creat": _named(0, at=False, act="write"),
    "unlink": _named(0, at=False, act="remove"), "unlinkat": _named(1, at=True, act="remove"),
    "rmdir": _named(0, at=False, act="remove"),
    "rename": _renamed(0, 1, at=False, act="rename"), "renameat": _renamed(1, 3, at=True, act="rename"),
    "renameat2": _renamed(1, 3, at=True, act="rename"),
    "truncate": _named(0, at=False, act="write"), "ftruncate": _described("write"), "fallocate": _described("write"),
    "mkdir": _named(0, at=False, act="write"), "mkdirat": _named(1, at=True, act="write"),
    "mknod": _named(0, at=False, act="write"), "mknodat": _named(1, at=True, act="write"),
    "link": _renamed(0, 1, at=False, act="link"), "linkat": _renamed(1, 3, at=True, act="link"),
    "symlink": _named(1, at=False, act="write"), "symlinkat": _named(2, at=True, act="write"),
    "chmod": _named(0, at=False, act="mode"), "fchmod": _described("mode"), "fchmodat": _named(1, at=True, act="mode"),
    "fchmodat2": _named(1, at=True, act="mode"),
    "chown": _named(0, at=False, act="mode"), "fchown": _described("mode"), "lchown": _named(0, at=False, act="mode"),
    "fchownat": _named(1, at=True, act="mode"),
    "utime": _named(0, at=False, act="time"), "utimes": _named(0, at=False, act="time"),
    "futimesat": _named(1, at=True, act="time"), "utimensat": _named(1, at=True, act="time"),
    "setxattr": _named(0, at=False, act="mode"), "lsetxattr": _named(0, at=False, act="mode"),
    "fsetxattr": _described("mode"), "removexattr": _named(0, at=False, act="mode"),
    "lremovexattr": _named(0, at=False, act="mode"), "fremovexattr": _described("mode"),
    "execve": _executed(0), "execveat": _executed(1),
    "connect": _addressed(1, "connect"), "sendto": _addressed(4, "connect"), "bind": _addressed(1, "listen"),
    "kill": _killed, "tkill": _killed, "tgkill": _killed,
    "mount": _named(1, at=False, act="mount"), "umount2": _named(0, at=False, act="mount"),
    "chdir": _moved, "fchdir": _moved_to, **dict.fromkeys(_FORKS, _forked),
}  # fmt: skip
