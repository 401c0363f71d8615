"""The corpus of projects: small file trees, and the verdict that each command gets in them under the shipped baseline."""

from __future__ import annotations

import posixpath
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jackline.core.action import Action
from jackline.lower.lowering import lower
from jackline.lower.planfile import read_plan
from jackline.policy import shipped
from jackline.policy.judge import judge
from jackline.policy.layers import LayerText, Policies, load
from jackline.policy.posture import Posture
from tests.corpus.worlds import World
from tests.lower.planfile.plans import written as encoded

FOLDER = Path(__file__).parent / "projects"
BASE = Path(__file__).parent / "surroundings" / "project.toml"
STOPPED = frozenset({"ask", "deny"})
KEPT = ("src", "tests", ".git", ".env", ".env.example", "README.md", "app.db")


@cache
def policies() -> Policies:
    return load([LayerText("user", shipped.text("baseline"), "baseline")])


class Case(NamedTuple):
    project: str
    files: dict[str, str]
    written: frozenset[str]
    plans: dict[str, str]
    verdict: str
    command: str


class Project(World):
    """The project's world, with the files of another project in the place of its own."""

    def __init__(self, files: dict[str, str], written: frozenset[str], plans: dict[str, str]) -> None:
        super().__init__(BASE)
        self.plans = {posixpath.join(self.cwd, name): note for name, note in plans.items()}
        self.written = frozenset(posixpath.join(self.cwd, name) for name in written)
        inside = self.cwd + "/"
        self.files = {
            name: text
            for name, text in self.files.items()
            if not name.startswith(inside) or name[len(inside) :].split("/")[0] in KEPT
        }
        self.files |= {posixpath.join(self.cwd, name.replace("~", self.home)): text for name, text in files.items()}
        for name in self.files:
            parent = posixpath.dirname(name)
            while parent not in self.directories:
                self.directories.add(parent)
                parent = posixpath.dirname(parent)

    def _authorship(self, path: str) -> str:
        plan = self.plans.get(path)
        if plan is not None:
            return "session" if plan in {"forged", "made"} else "unknown"
        return "session" if path in self.written else super()._authorship(path)

    def _plan(self, path: str) -> Any:
        """A plan that was made from the configuration as it stands (`older`: as it no longer does)."""
        note = self.plans.get(path)
        if note is None or note == "forged":
            return None
        start = len(self.cwd) + 1
        sources = {name[start:]: text for name, text in self.files.items() if name.endswith((".tf", ".tf.json"))}
        if note == "older":
            sources = {name: text + "\n# as it was\n" for name, text in sources.items()}
        return read_plan(encoded(self.files[path], sources))


def cases() -> list[Case]:
    """`## project`, `@@ path` (with `(session)` where this session wrote it, `(plan)` for a saved plan) and its text, then `%%` and lines of verdicts."""
    found = []
    for file in sorted(FOLDER.glob("*.txt")):
        for section in file.read_text(encoding="utf-8").split("\n## ")[1:]:
            title, _, body = section.partition("\n")
            tree, _, verdicts = body.partition("\n%%\n")
            files: dict[str, str] = {}
            written = set()
            plans = {}
            for part in ("\n" + tree).split("\n@@ ")[1:]:
                name, _, text = part.partition("\n")
                path, _, note = name.partition(" ")
                files[path] = text + "\n"
                if note == "(session)":
                    written.add(path)
                elif note.startswith("(plan"):
                    plans[path] = note.removeprefix("(plan").strip(" ,)")
            for line in verdicts.splitlines():
                verdict, _, command = line.partition(" ")
                if command:
                    found.append(
                        Case(
                            f"{file.stem}: {title}",
                            files,
                            frozenset(written),
                            plans,
                            verdict,
                            command.strip().replace("⏎", "\n"),
                        )
                    )
    return found


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.project}: {case.command}"[:90])
def test_verdict(case: Case) -> None:
    surroundings = Project(case.files, case.written, case.plans).surroundings()
    lowered = lower(Action(tool="shell", arguments={"command": case.command}, cwd=surroundings.cwd), surroundings)
    posture = Posture(agent="test", assurance="hooked", available=frozenset(), approvals=3)
    decision = judge(policies(), lowered.effects, posture)
    wanted = STOPPED if case.verdict == "stop" else {case.verdict}
    told = [
        f"{effect.verb} {effect.resource.kind} {effect.resource.name} {sorted(effect.resource.labels)} {effect.authorship} {effect.resource.environment}"
        for effect in decision.effects
    ]
    assert not lowered.failure
    assert decision.verdict in wanted, f"{told} {[reason.rule for reason in decision.reasons]}"
