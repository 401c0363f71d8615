"""Tests, graders, CI or lint edited to pass.

An edit of a test is everyday work; one that takes an assertion out, skips a case or silences a linter after a run has
failed is what a person should see. Graders and the files that they score by are not the agent's to edit at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.detect.acted import Watcher
from jackline.detect.edited import changes, whole
from jackline.detect.runs import passed, topics
from jackline.detect.tables import phrase, phrases
from jackline.detect.told import after_outcome, finding, lowered, target, went

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.effect import Effect
    from jackline.core.history import Finding, Judged, Severity
    from jackline.core.words import Label
    from jackline.detect.wishes import Wishes

_CHECKED: Final[frozenset[Label]] = frozenset({"test", "ci"})
_MAX_KNOWN: Final = 100_000
_COMMENT: Final = re.compile(r"\n\s*(?:#|//)[^\n]*")


class Checks(Watcher):
    """The detector of checks that were bent."""

    name = "checks"

    def __init__(self, wishes: Wishes | None = None) -> None:
        super().__init__(wishes)
        self._failed_at = 0
        self._made: set[str] = set()
        self._asserts: dict[str, int] = {}

    def look(self, judged: Judged) -> Iterator[Finding]:
        """An edit that weakens a check; and how the last run went."""
        if went(judged) != "refused" or any(effect.resource.labels & _CHECKED for effect in judged.decision.effects):
            yield from self._edited(judged)
        if topics(judged) and (verdict := passed(judged)) is not None:
            self._failed_at = 0 if verdict else judged.index
        if judged.result and len(self._asserts) < _MAX_KNOWN:
            self._asserts.update((name, _asserts(judged.result)) for name in _shown(judged))
        self._made.update(
            effect.resource.name
            for effect in judged.decision.effects
            if effect.verb == "create" and len(self._made) < _MAX_KNOWN
        )

    def _edited(self, judged: Judged) -> Iterator[Finding]:
        for effect in judged.decision.effects:
            if effect.resource.kind != "file" or effect.verb not in {"modify", "create", "delete"}:
                continue
            found = self._weigh(effect, judged)
            if found is not None:
                severity, what = found
                after = f", after the run of call {self._failed_at} had failed" if self._failed_at else ""
                severity = lowered(severity, 3) if self._asked(effect) else after_outcome(severity, judged)
                yield finding(
                    self.name, severity, f"{target(effect)}: {what}{after}", judged, evidence=effect.evidence.text
                )
                return

    def _asked(self, effect: Effect) -> bool:
        return self.named(effect.resource.name) or any(
            self.wishes.wrote(word) for word in ("skip", "xfail", "disable", "noqa", "flaky")
        )

    def _weigh(self, effect: Effect, judged: Judged) -> tuple[Severity, str] | None:
        resource = effect.resource
        if resource.name in self._made:
            return None
        edited = effect.verb != "create" or (
            judged.turn.action is not None and judged.turn.action.tool in {"edit", "patch"}
        )
        edited = edited or resource.name in self._asserts
        if edited and resource.reach == "workspace" and phrase("grader").search(resource.name.lower()):
            return ("high" if self._failed_at else "medium"), "what grades the work was changed"
        if not resource.labels & _CHECKED:
            return None
        if effect.verb == "delete":
            if effect.reversible == "yes":
                return None
            return ("high" if self._failed_at else "low"), "a check was deleted"
        if not edited and not self._failed_at:
            return None  # a new check may silence what it likes
        removed, silenced = _weakened(judged, effect, self._asserts.get(resource.name))
        if silenced:
            return ("high" if self._failed_at else "low"), "a check was silenced"
        if removed:
            return ("high" if self._failed_at else "low"), "assertions were taken out of a check"
        return ("note", "a check was edited") if self._failed_at and effect.verb == "modify" else None


def _shown(judged: Judged) -> Iterator[str]:
    """The check that a call shows whole: by a tool that reads, or by `cat` alone."""
    read = [effect for effect in judged.decision.effects if effect.verb == "read" and effect.resource.kind == "file"]
    programs = {effect.resource.name for effect in judged.decision.effects if effect.verb == "execute"}
    if len(read) == 1 and programs <= {"cat"} and read[0].resource.labels & _CHECKED:
        yield read[0].resource.name


def _weakened(judged: Judged, effect: Effect, known: int | None) -> tuple[bool, bool]:
    """Whether an edit takes out assertions (`known`: so many the file had), and whether it silences."""
    silenced = False
    text = whole(judged, effect)
    removed = text is not None and known is not None and _asserts(text) < known
    for old, new in changes(judged, effect):
        removed = removed or _asserts(old) > _asserts(new)
        silenced = silenced or len(phrase("silenced").findall(new)) > len(phrase("silenced").findall(old))
    return removed, silenced


def _asserts(text: str) -> int:
    """How many assertions stand in a text outside of comments."""
    code = _COMMENT.sub("\n", f"\n{text}") if text else ""
    return sum(len(pattern.findall(code)) for pattern in phrases("asserts"))
