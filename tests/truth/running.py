"""Cases through rooms, several at a time, and what came of them as figures."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.truth.corpus import FOLDER, Case

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent.parent
LIMIT = 600
NO_ROOM = "no room: "
NOT_FOUND = 127
"""The code of a shell whose last command is no program of this machine."""


class CannotRunError(Exception):
    """No strace, or no namespaces: the message says what is missing."""


@dataclass(frozen=True)
class Outcome:
    """One case that ran. `absent` names programs without which it could not; then the rest is empty."""

    case: Case
    absent: tuple[str, ...] = ()
    verdict: str = ""
    opaque: bool = False
    facts: int = 0
    missing: tuple[str, ...] = ()
    observable: int = 0
    certain: int = 0
    unhappened: tuple[str, ...] = ()
    unhappened_certain: int = 0
    problems: list[str] = field(default_factory=list)


@cache
def gaps() -> dict[str, str]:
    """Commands of `gaps.txt` with what is not predicted of them yet: `COMMAND  # WHAT`."""
    lines = (FOLDER.parent / "gaps.txt").read_text(encoding="utf-8").splitlines()
    split = [line.rpartition("  # ") for line in lines if line and not line.startswith("#")]
    return {command.replace("⏎", "\n"): why for command, _, why in split}


def outcomes(given: Sequence[Case], jobs: int | None = None) -> list[Outcome]:
    """Run cases, in as many rooms at a time as there are cores. Raises `CannotRunError`."""
    if shutil.which("strace") is None:
        raise CannotRunError("strace is not installed")
    rooms = min(jobs or os.cpu_count() or 1, len(given)) or 1
    shares = [[json.dumps(dataclasses.asdict(case)) for case in given[start::rooms]] for start in range(rooms)]
    started = [_start(share) for share in shares]
    return [outcome for process in started for outcome in _finish(process)]


def _start(share: list[str]) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.truth.inside"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdin.write("\n".join(share))
    process.stdin.close()
    process.stdin = None
    return process


def _finish(process: subprocess.Popen) -> list[Outcome]:
    out, said = process.communicate(timeout=LIMIT)
    if NO_ROOM in said:
        raise CannotRunError(said.strip())
    if process.returncode:
        raise RuntimeError(f"the room ended with {process.returncode}: {said[-2000:]}")
    return [_read(json.loads(line)) for line in out.splitlines()]


def _read(found: dict) -> Outcome:
    case = Case(**{**found["case"], "needs": tuple(found["case"]["needs"])})
    if "absent" in found or found["exit"] == NOT_FOUND:
        return Outcome(case, absent=tuple(found.get("absent", ("a program of it",))))
    missing = tuple(" ".join(fact) for fact in found["missing"]) if not found["opaque"] else ()
    return Outcome(
        case, verdict=found["verdict"], opaque=bool(found["opaque"]), facts=len(found["facts"]), missing=missing,
        observable=found["observable"], certain=found["certain"], unhappened=tuple(found["unhappened"]),
        unhappened_certain=found["unhappened_certain"], problems=list(_problems(case, found, missing)),
    )  # fmt: skip


def _problems(case: Case, found: dict, missing: tuple[str, ...]):
    """What would make a reader distrust a case, and what was missed and is no known gap."""
    if found["failure"]:
        yield f"our own code failed: {found['failure']}"
    if (found["exit"] != 0) != case.fails:
        yield f"ended with {found['exit']}: {found['said'].strip()[-200:]}"
    if found["opaque"] and not case.opaque:
        yield f"could not be read, and is not marked `~`: {found['opaque']}"
    if case.opaque and not found["opaque"]:
        yield "is marked `~`, but was read"
    if case.command in gaps():
        if not missing and not found["opaque"]:
            yield "is a known gap in gaps.txt, but was predicted: take it out"
        return
    yield from (f"not predicted: {fact}" for fact in missing)


@dataclass(frozen=True)
class Figures:
    """`sound` and `precise` are shares of 1; `commands` those that were read whole and count for both."""

    commands: int
    opaque: int
    absent: int
    gaps: int
    facts: int
    missed: int
    effects: int
    unhappened: int
    certain: int
    unhappened_certain: int

    @property
    def sound(self) -> float:
        return 1 - self.missed / max(1, self.facts)

    @property
    def precise(self) -> float:
        return 1 - self.unhappened / max(1, self.effects)


def figures(found: Sequence[Outcome]) -> Figures:
    """The sums over all cases."""
    ran = [one for one in found if not one.absent]
    whole = [one for one in ran if not one.opaque]
    return Figures(
        len(whole), len(ran) - len(whole), len(found) - len(ran), sum(bool(one.missing) for one in whole),
        sum(one.facts for one in whole), sum(len(one.missing) for one in whole),
        sum(one.observable for one in whole), sum(len(one.unhappened) for one in whole),
        sum(one.certain for one in whole), sum(one.unhappened_certain for one in whole),
    )  # fmt: skip


def summary(found: Sequence[Outcome]) -> str:
    """The figures in words."""
    sums = figures(found)
    certain = 1 - sums.unhappened_certain / max(1, sums.certain)
    bare = sum(one.verdict == "allow" for one in found)
    sound = f"of {sums.facts} facts (reads, changes, programs, connections) {sums.facts - sums.missed} were predicted or are allowed for"
    precise = f"of {sums.effects} predicted changes {sums.effects - sums.unhappened} happened; of those predicted as certain {certain:.1%}"
    whole = (
        f"{bare} commands are allowed bare; {sums.opaque} more have a part that is opaque, of which nothing is promised"
    )
    return "\n".join(
        [
            f"{sums.commands} commands, soundness {sums.sound:.1%}, precision {sums.precise:.1%}",
            f"  soundness: {sound}; {sums.gaps} commands did something that was not",
            f"  precision: {precise}",
            f"  {whole}; {sums.absent} were not run, for their program is not installed",
        ]
    )
