"""Live probes: sandboxes are started, and from inside each wall is asked to refuse."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import tempfile
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from jackline.contain.launch import Holder, Sandbox, Streams, launcher
from jackline.contain.plan import Mount, Plan
from jackline.contain.walls.missing import explain
from jackline.contain.walls.table import DUTIES, ENOUGH, WALLS, Duty, Variant, Wall
from jackline.core.errors import ContainmentError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM: Final = "/probe"
SECONDS: Final = 20.0
_OUTPUT_BYTES: Final = 4096
_LEFT_AWAY: Final[dict[Variant, tuple[str, ...]]] = {
    "whole": (),
    "no landlock": ("landlock",),
    "no seccomp": ("seccomp",),
}
_PATH_NAMES: Final = ("/usr", "/bin", "/lib", "/lib64")


class Tried(Struct, frozen=True):
    """One wall as it was found: `detail` says what happened where it does not hold."""

    wall: str
    duty: Duty
    holds: bool
    detail: str = ""

    def __str__(self) -> str:
        """A line for a reader."""
        return f"  {'holds' if self.holds else 'does not hold'}: {self.wall}" + (
            f" ({self.detail})" if self.detail else ""
        )


class Report(Struct, frozen=True):
    """What holds here. `landlock` is its version, 0 for none. `advice` says of what is missing how it can be had."""

    tried: tuple[Tried, ...]
    landlock: int = 0
    advice: tuple[str, ...] = ()

    def holds(self, wall: str) -> bool:
        """Whether a wall was seen to hold."""
        return any(each.wall == wall and each.holds for each in self.tried)

    def missing(self) -> dict[Duty, tuple[str, ...]]:
        """The duties that do not count as held, with the walls that they lack."""
        lacking = {duty: tuple(wall for wall in walls if not self.holds(wall)) for duty, walls in ENOUGH.items()}
        return {duty: walls for duty, walls in lacking.items() if walls}

    def lines(self) -> list[str]:
        """The report for a reader, a line for each duty and wall."""
        found = []
        for duty, meaning in DUTIES.items():
            found.append(f"{'MISSING' if duty in self.missing() else 'ok'}: {meaning}")
            found += [str(each) for each in self.tried if each.duty == duty]
        return [*found, *self.advice]


def examine() -> Report:
    """Try every wall, now. Takes about 50 ms. Nothing is raised: what cannot be tried does not hold."""
    answers: dict[Variant, dict[str, int]] = {}
    problems: dict[Variant, str] = {}
    versions: list[int] = []
    try:
        with Holder.start() as holder, _host() as given:
            for variant in _LEFT_AWAY:
                try:
                    answers[variant], version = _answers(holder, variant, given)
                    versions.append(version)
                except (ContainmentError, OSError, ValueError) as error:
                    problems[variant] = str(error)
    except (ContainmentError, OSError) as error:
        problems |= dict.fromkeys(_LEFT_AWAY, str(error))
    tried = tuple(_judge(wall, answers, problems) for wall in WALLS)
    report = Report(tried, max(versions, default=0))
    return Report(tried, report.landlock, explain(problems.get("whole", ""), bool(report.missing())))


def remembered(path: str) -> Report:
    """The report of this boot, this launcher and this user, kept in a file of ours; made anew where there is none."""
    key = _key()
    with contextlib.suppress(OSError, msgspec.DecodeError):
        with open(path, "rb") as file:
            kept = msgspec.json.decode(file.read(), type=_Kept)
        if kept.key == key:
            return kept.report
    report = examine()
    with contextlib.suppress(OSError), tempfile.NamedTemporaryFile(dir=os.path.dirname(path), delete=False) as file:
        file.write(msgspec.json.encode(_Kept(key, report)))
        os.replace(file.name, path)
    return report


class _Kept(Struct, frozen=True):
    key: str
    report: Report


def _key() -> str:
    """What a report holds for: a boot, a launcher, a user."""
    program = ""
    with contextlib.suppress(OSError, ContainmentError):
        status = os.stat(launcher())
        program = f"{status.st_ino}.{status.st_size}.{status.st_mtime_ns}"
    boot = ""
    with contextlib.suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
        boot = file.read().strip()
    return f"{boot} {program} {os.getuid()}"


@contextlib.contextmanager
def _host() -> Iterator[tuple[str, str, str, str]]:
    """What of the host a probe tries to reach, all of it there: a file, a port, a process with an abstract socket. And a
    directory that it is given."""
    with (
        tempfile.TemporaryDirectory(prefix="jackline-probe-") as own,
        tempfile.NamedTemporaryFile(prefix="jackline-outside-") as outside,
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind(f"\0jackline-probe-{os.getpid()}")
        abstract.listen()
        yield outside.name, str(listening.getsockname()[1]), str(os.getpid()), own


def _plan(variant: Variant, given: tuple[str, str, str, str]) -> Plan:
    *tried, own = given
    return Plan(
        argv=(PROGRAM, "probe", *tried),
        cwd="/own",
        environment={},
        mounts=(
            *(Mount("read", name, name, optional=True) for name in _PATH_NAMES),
            Mount("proc", "/proc"), Mount("dev", "/dev"), Mount("read", PROGRAM, launcher()), Mount("write", "/own", own),
        ),
        # A wall by ports would refuse what only the empty network is to refuse.
        connects=() if variant == "no seccomp" else None,
        without=_LEFT_AWAY[variant],  # type: ignore[arg-type] # the same words
    )  # fmt: skip


def _answers(holder: Holder, variant: Variant, given: tuple[str, str, str, str]) -> tuple[dict[str, int], int]:
    """What each try was answered in one sandbox. Raises `ContainmentError`, `OSError`, `ValueError`."""
    reading, writing = os.pipe()
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            sandbox = Sandbox.start(_plan(variant, given), holder, Streams(null, writing, null))
        finally:
            os.close(writing)
        try:
            text = _read(reading)
            sandbox.wait(SECONDS)
        finally:
            sandbox.close()
    finally:
        os.close(reading)
        os.close(null)
    return {name: int(number) for name, number in (line.split() for line in text.splitlines())}, sandbox.landlock


def _read(descriptor: int) -> str:
    """All that a probe says. Raises `ContainmentError` where it says nothing more and does not end."""
    text = b""
    while select.select([descriptor], [], [], SECONDS)[0]:
        piece = os.read(descriptor, _OUTPUT_BYTES)
        if not piece:
            return text.decode("utf-8", "replace")
        text += piece
    raise ContainmentError("the probe did not end in time")


def _judge(wall: Wall, answers: dict[Variant, dict[str, int]], problems: dict[Variant, str]) -> Tried:
    if wall.variant not in answers:
        return Tried(wall.name, wall.duty, holds=False, detail=problems.get(wall.variant, "it was not tried"))
    told = answers[wall.variant]
    for each in wall.tries:
        number = told.get(each)
        if number not in wall.answers:
            said = "nothing" if number is None else "yes" if number == 0 else os.strerror(number)
            return Tried(
                wall.name, wall.duty, holds=False, detail=f"it needs {wall.needs}; `{each}` was answered: {said}"
            )
    return Tried(wall.name, wall.duty, holds=True)
