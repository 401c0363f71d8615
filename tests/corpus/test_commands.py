"""The corpus holds: every command has the decision and the effects that stand with it, under the shipped baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.corpus.cases import FOLDER, Case, decided, files, read, shown, written
from tests.corpus.write import counts

if TYPE_CHECKING:
    from pathlib import Path

LEAST = {"stopped": 600, "allowed": 900}
"""What issue 3 asks for."""


def told(path: Path, case: Case) -> list[str]:
    """What is wrong with one case, in lines for a reader."""
    decision = decided(case.command, case.surroundings)
    effects = shown(decision, case.surroundings)
    wrong = [f"decision: {decision.verdict}, expected {case.decision}"] if decision.verdict != case.decision else []
    wrong += [f"unexpected: {effect}" for effect in effects if effect not in case.effects]
    wrong += [f"missing: {effect}" for effect in case.effects if effect not in effects]
    return [f"{path.name}:{case.line}: {case.command.splitlines()[0]}", *wrong] if wrong else []


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_class(path: Path) -> None:
    """All lines of a class; each that fails is reported."""
    _, cases = read(path)
    failures = ["\n    ".join(found) for case in cases if (found := told(path, case))]
    assert not failures, "\n".join([f"{len(failures)} of {len(cases)}", *failures])


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_file_is_written_as_it_is_read(path: Path) -> None:
    """Nothing in a file is overlooked."""
    head, cases = read(path)
    assert written(head, cases) == path.read_text(encoding="utf-8")


def test_no_command_stands_twice() -> None:
    """One place for each command in each surroundings."""
    seen: dict[tuple[str, str], str] = {}
    twice = []
    for path in files():
        for case in read(path)[1]:
            key = (case.surroundings, case.command)
            if key in seen:
                twice.append(f"{path.name}:{case.line} and {seen[key]}")
            seen[key] = f"{path.name}:{case.line}"
    assert not twice, "\n".join(twice)


def test_there_are_enough() -> None:
    """The size that was promised, and the README's table of it."""
    cases = [case for path in files() for case in read(path)[1]]
    stopped = sum(case.decision != "allow" for case in cases)
    assert stopped >= LEAST["stopped"]
    assert len(cases) - stopped >= LEAST["allowed"]
    assert counts() in (FOLDER / "README.md").read_text(encoding="utf-8"), "run `python -m tests.corpus.write`"
