"""A decision explained: what each effect needs, and the cheapest way to have the whole action allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.guard.deciding import CHECK
from jackline.guard.totp import STRENGTH
from jackline.policy.reasons import REMEDY_WORDS, alternatives_of, words
from jackline.policy.remedies import Choice

if TYPE_CHECKING:
    from jackline.core.action import Action
    from jackline.core.decision import Decision
    from jackline.guard.deciding import Guard
    from jackline.policy.ways import Ways


_MAX_NAMED: Final = 3
_UNDOABLE: Final = Choice(("undoable",), 0)
_SAVED_FIRST: Final = (
    " `undo.commands = true` in the settings asks nobody, where the files can be saved first and "
    "`jackline undo` puts them back."
)


class Explanation(NamedTuple):
    """`action` is in canonical names. `way` says in a sentence what would have it allowed, as cheaply as can be."""

    action: Action
    decision: Decision
    ways: Ways
    way: str


def explain(guard: Guard, action: Action) -> Explanation:
    """Decide an action without doing anything, and say what it would need. Raises `UsageError` as `Guard.decide` does."""
    weighed = guard.weigh(action, CHECK)
    found = guard.ways(weighed)
    return Explanation(weighed.action, weighed.decision, found, _way(weighed.decision, found))


def _way(decision: Decision, found: Ways) -> str:
    if decision.verdict == "allow":
        return _allowed(decision)
    if decision.verdict == "ask":
        return _asked(decision) + (_SAVED_FIRST if _UNDOABLE in found.all else "")
    if found.all:
        enrol = any(not way.remedies and way.approval == STRENGTH for way in found.all)
        more = " `jackline enrol totp` gives a second factor." if enrol else ""
        return f"It would have to be {alternatives_of(found.all)}, which cannot be had here.{more}"
    never = [index for index, choice in enumerate(found.each) if choice is None]
    if not decision.effects or not found.each:
        return "Nothing: what could not be judged does not run."
    if not never:
        return "Nothing allows all of it at once: ask for its parts one by one."
    if not any(
        choice is not None and effect.verb != "execute"
        for effect, choice in zip(decision.effects, found.each, strict=True)
    ):
        return f"Nothing: {_named(decision, never)} {'is' if len(never) == 1 else 'are'} never allowed."
    return f"Nothing allows {_named(decision, never)}. Without that, the rest {_rest(found.rest)}."


def _allowed(decision: Decision) -> str:
    if not decision.remedies:
        return "Nothing is needed."
    return f"It runs {' and '.join(REMEDY_WORDS[remedy] for remedy in decision.remedies)}; nobody is asked."


def _asked(decision: Decision) -> str:
    ways = []
    if "held" in decision.remedies:
        ways.append("it waits in the outbox: `jackline approve` lets it run once")
    elif decision.approval >= STRENGTH:
        ways.append("a person approves it with a second factor: `jackline approve --code`")
    else:
        ways.append("a person approves it: in the client's own prompt, or by `jackline approve`")
    ways.append("for all like it: `jackline allow --like ID`, with `--for 2h` only for a while")
    return f"{ways[0][0].upper()}{ways[0][1:]}; {ways[1]}."


def _named(decision: Decision, indices: list[int]) -> str:
    names = dict.fromkeys(
        f"{decision.effects[index].verb} {decision.effects[index].resource.kind} `{decision.effects[index].resource.name}`"
        for index in indices
    )
    listed = list(names)[:_MAX_NAMED]
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(listed) + more


def _rest(choice: Choice | None) -> str:
    if choice is None or not (choice.remedies or choice.approval):
        return "is allowed as it is"
    return f"must be {words(choice)}"
