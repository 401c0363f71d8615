"""Where the launcher lies, and how it is started: on a socket of ours, with a plan, and nothing else of ours open."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.errors import ContainmentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PROGRAM: Final = str(Path(__file__).resolve().parents[1] / "bin" / "jackline-launch")


class Streams(NamedTuple):
    """The program's standard input, output and error: descriptors of ours that it gets as 0, 1 and 2."""

    stdin: int
    stdout: int
    stderr: int


class Started(NamedTuple):
    """A launcher that runs, and our end of its lifeline."""

    process: Popen[bytes]
    control: socket.socket


def launcher() -> str:
    """The absolute path of the compiled launcher. Raises `ContainmentError` where this installation has none."""
    if not os.access(_PROGRAM, os.X_OK):
        raise ContainmentError(
            "this installation of Jackline has no launcher, so nothing can be contained: it is compiled on Linux "
            "(x86-64, arm64) when the package is built where a C compiler is; install `gcc` and reinstall Jackline"
        )
    return _PROGRAM


def start(
    verb: str,
    plan: bytes | None,
    passed: Sequence[int] = (),
    streams: Streams | None = None,
    words: Sequence[str] = (),
) -> Started:
    """Start the launcher. `passed` are further descriptors, which it is told by number, and `words` what follows them.

    Raises `ContainmentError`.
    """
    program = launcher()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs, _readable(plan) as written:
        numbers = (theirs.fileno(), *written, *passed)
        standard = streams or Streams(DEVNULL, DEVNULL, DEVNULL)
        try:
            process = Popen(
                [program, verb, *map(str, numbers), *words],
                stdin=standard.stdin,
                stdout=standard.stdout,
                stderr=standard.stderr,
                pass_fds=numbers,
                env={},
                cwd="/",
            )
        except OSError as error:
            ours.close()
            raise ContainmentError(f"`{program}` cannot be started: {error.strerror}") from None
    return Started(process, ours)


@contextmanager
def _readable(content: bytes | None) -> Iterator[tuple[int, ...]]:
    """The descriptor of a file without a name that holds `content`; none if there is no content."""
    if content is None:
        yield ()
        return
    descriptor = os.memfd_create("jackline-plan", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as writer:
            writer.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield (descriptor,)
    finally:
        os.close(descriptor)
