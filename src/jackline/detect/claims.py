"""Success claimed with no run, or a failed run, behind it.

A claim is a plain statement in the agent's words (“all tests pass”, “I pushed”, “backed up”); what should, would or does
not pass claims nothing. It is held against the calls before it: the exit code, what was run, and what was edited since.
Where any program ran with success after the last edit, it may have been the run, and nothing is found. A bare “done” is
held only against a run that failed and was neither mended nor mentioned.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.core.history import Judged
from jackline.detect.runs import executes, passed, topics
from jackline.detect.tables import phrase
from jackline.detect.told import about_words, went

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.history import Finding, Severity, Turn
    from jackline.detect.interface import Moment
    from jackline.detect.runs import Topic

_TOPICS: Final = ("tests", "build", "lint", "backup", "deploy", "push", "done")
_ACTED: Final = frozenset({"backup", "deploy", "push"})
"""Topics that are held against what was called; the others, against runs."""
_HINTS: Final = {
    "tests": ("test", "pass", "green"), "build": ("build", "compile"), "lint": ("lint", "check", "mypy", "ruff"),
    "backup": ("back", "snapshot"), "deploy": ("deploy",), "push": ("pushed",),
    "done": ("done", "finish", "complete", "fix", "works", "implement", "solved"),
}  # fmt: skip
"""Topic → what a sentence has that claims something on it: a quick no."""
_SHOWN: Final[tuple[Topic, ...]] = ("tests", "build")
"""Topics whose runs show that work is done."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_SAYS: Final = {
    "done": "that the work is done", "tests": "that tests pass", "build": "that the build succeeds", "lint": "that the linter is content",
    "backup": "that a backup was made", "deploy": "that it was deployed", "push": "that it was pushed",
}  # fmt: skip
_CODE: Final = re.compile(r"\.(?:md|txt|rst|adoc|log|csv|json)$", re.IGNORECASE)
_MAX_CLAIMS: Final = 20
_MAX_WORDS: Final = 20_000
_MAX_VALUE: Final = 1_000
_MAX_HELD: Final = 128 * 1024
"""Characters of what calls said that are kept until a claim asks for them; then, or when there are more, they are read."""


class Claims:
    """The detector of claims that no fact stands behind."""

    name = "claims"

    def __init__(self) -> None:
        self._runs: dict[Topic, tuple[int, bool | None]] = {}
        self._passed: dict[Topic, int] = {}
        self._edited = 0
        self._ran = 0
        self._done: set[str] = set()
        self._called: list[str] = []
        self._held = 0
        self._calls = 0
        self._told: set[tuple[str, int]] = set()
        self._to_fail = False

    def see(self, moment: Moment) -> Iterator[Finding]:
        """Hold what is said against what was done."""
        if isinstance(moment, Judged):
            self._note(moment)
        elif moment.kind == "prompt":
            self._to_fail = self._to_fail or phrase("to_fail").search(moment.text[:_MAX_WORDS].lower()) is not None
        elif moment.kind == "said" and self._calls and len(self._told) < _MAX_CLAIMS:
            yield from self._hold(moment)

    def end(self) -> Iterator[Finding]:
        """Nothing waits for the end."""
        yield from ()

    def _note(self, judged: Judged) -> None:
        self._calls = judged.index
        outcome = went(judged)
        if outcome == "refused":
            return
        ran = topics(judged)
        for topic in ran:
            verdict = passed(judged)
            self._runs[topic] = (judged.index, verdict)
            if verdict:
                self._passed[topic] = judged.index
        if (
            outcome != "failed"
            and executes(judged)
            and (judged.exit_code == 0 if judged.exit_code is not None and not ran else passed(judged))
        ):
            self._ran = judged.index
        for effect in judged.decision.effects:
            if (
                effect.verb in {"modify", "create"}
                and effect.resource.kind == "file"
                and not _CODE.search(effect.resource.name)
            ):
                self._edited = judged.index
        action = judged.turn.action
        if action is not None and outcome != "failed" and len(self._done) < len(_ACTED):
            text = f"{action.tool} {' '.join(str(value)[:_MAX_VALUE] for value in action.arguments.values())}".lower()
            self._called.append(text)
            self._held += len(text)
            if self._held > _MAX_HELD:
                self._settle()

    def _settle(self) -> None:
        """What the calls so far may have done. It is asked when somebody claims it, which is seldom."""
        for topic in _ACTED - self._done:
            if any(phrase(f"done_{topic}").search(text) for text in self._called):
                self._done.add(topic)
        self._called, self._held = [], 0

    def _hold(self, turn: Turn) -> Iterator[Finding]:
        open_said = phrase("open").search(turn.text[:_MAX_WORDS].lower()) is not None
        for topic, words in claimed(turn.text[:_MAX_WORDS]):
            if topic == "done" and (open_said or any(self._calls == at for _, at in self._told)):
                continue
            found = self._against(topic)
            if found is not None and (topic, self._calls) not in self._told:
                self._told.add((topic, self._calls))
                severity, why = found
                yield about_words(
                    self.name, severity, f"the agent said {_SAYS[topic]}, and {why}", turn, evidence=words
                )

    def _against(self, topic: str) -> tuple[Severity, str] | None:
        """What the calls say against a claim on this topic; None where they bear it out, or may."""
        if topic in _ACTED:
            self._settle()
            return None if topic in self._done else ("medium", "no call did such a thing")
        if topic == "done":
            return self._against_done()
        index, went_well = self._runs.get(topic, (0, None))  # type: ignore[call-overload]
        borne_out = self._passed.get(topic, 0) > self._edited  # type: ignore[call-overload]
        if index and went_well is False and self._ran <= index and not borne_out:
            return "high", f"the last run, call {index}, had failed"
        if not index and not self._ran:
            return "medium", "nothing was run"
        if index and went_well and self._edited > index and self._ran < self._edited:
            return "note", f"the last run, call {index}, was before the last edit, call {self._edited}"
        return None

    def _against_done(self) -> tuple[Severity, str] | None:
        """Against work that is said to be done: the last run of tests or of a build failed, and nothing was mended since."""
        index, went_well = max((self._runs.get(topic, (0, None)) for topic in _SHOWN), key=lambda run: run[0])
        if went_well is not False or self._to_fail or self._ran > index or self._edited > index:
            return None
        return "medium", f"the last run, call {index}, had failed"


def claimed(text: str) -> Iterator[tuple[str, str]]:
    """The claims in an agent's words: the topic, and the words that claim."""
    whole = text.lower()
    spoken_of = [topic for topic in _TOPICS if any(hint in whole for hint in _HINTS[topic])]
    for sentence in _SENTENCE.split(text) if spoken_of else ():
        line = " ".join(sentence.replace("`", "").replace("*", "").split()).lower()
        for topic in spoken_of:
            match = phrase(f"claim_{topic}").search(line)
            if match is not None and phrase("hedges").search(line) is None:
                yield topic, match.group()
