"""Tests, graders, CI or lint edited to pass.

An edit of a test is everyday work; one that takes an assertion out, skips a case or silences a linter after a run has
failed is what a person should see. Graders and the files that they score by are not the agent's to edit at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jackline.detect.acted import Watcher
from jackline.detect.runs import passed, topics
from jackline.detect.tables import phrase
from jackline.detect.told import after_outcome, finding, lowered, target, went

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.effect import Effect
    from jackline.core.history import Finding, Judged, Severity
    from jackline.core.words import Label
    from jackline.detect.wishes import Wishes

_CHECKED: Final[frozenset[Label]] = frozenset({"test", "ci"})
_EDITORS: Final = frozenset({"edit", "write", "patch"})
_MAX_TEXT: Final = 100_000


class Checks(Watcher):
    """The detector of checks that were bent."""

    name = "checks"

    def __init__(self, wishes: Wishes | None = None) -> None:
        super().__init__(wishes)
        self._failed_at = 0
        self._made: set[str] = set()

    def look(self, judged: Judged) -> Iterator[Finding]:
        """An edit that weakens a check; and how the last run went."""
        if went(judged) != "refused" or any(effect.resource.labels & _CHECKED for effect in judged.decision.effects):
            yield from self._edited(judged)
        if topics(judged) and (verdict := passed(judged)) is not None:
            self._failed_at = 0 if verdict else judged.index
        self._made.update(
            effect.resource.name
            for effect in judged.decision.effects
            if effect.verb == "create" and len(self._made) < _MAX_TEXT
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
            self.wishes.names(word) for word in ("skip", "xfail", "disable", "noqa", "flaky")
        )

    def _weigh(self, effect: Effect, judged: Judged) -> tuple[Severity, str] | None:
        resource = effect.resource
        if resource.name in self._made:
            return None
        edited = effect.verb != "create" or (
            judged.turn.action is not None and judged.turn.action.tool in {"edit", "patch"}
        )
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
        removed, silenced = _weakened(judged, effect)
        if silenced:
            return ("high" if self._failed_at else "low"), "a check was silenced"
        if removed:
            return ("high" if self._failed_at else "low"), "assertions were taken out of a check"
        return ("note", "a check was edited") if self._failed_at and effect.verb == "modify" else None


def _weakened(judged: Judged, effect: Effect) -> tuple[bool, bool]:
    """Whether an edit takes out assertions, and whether it silences."""
    removed = silenced = False
    for old, new in _changes(judged, effect):
        removed = removed or _more("asserts", old, new)
        silenced = silenced or _more("silenced", new, old)
    return removed, silenced


def _more(name: str, one: str, other: str) -> bool:
    """Whether there is more of it in one text than in the other."""
    found = len(phrase(name).findall(one)) if one else 0
    return found > 0 and found > len(phrase(name).findall(other))


def _changes(judged: Judged, effect: Effect) -> Iterator[tuple[str, str]]:
    """What an edit takes out and puts in, as far as its arguments say."""
    action = judged.turn.action
    if action is None or action.tool not in _EDITORS:
        yield "", effect.evidence.text
        return
    arguments = action.arguments
    edits: list[Any] = arguments["edits"] if isinstance(arguments.get("edits"), list) else [arguments]
    for edit in edits:
        if isinstance(edit, dict) and ("old" in edit or "new" in edit or "old_string" in edit):
            yield _text(edit.get("old", edit.get("old_string"))), _text(edit.get("new", edit.get("new_string")))
    if action.tool == "write":
        yield "", _text(arguments.get("content"))
    if action.tool == "patch":
        lines = _text(arguments.get("text")).splitlines()
        yield (
            "\n".join(line[1:] for line in lines if line.startswith("-")),
            "\n".join(line[1:] for line in lines if line.startswith("+")),
        )


def _text(value: object) -> str:
    return value[:_MAX_TEXT] if isinstance(value, str) else ""
