"""The guard's sentences: what a denied, held or asked call is told. Each says what, why, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jackline.core.decision import Decision, Reason

MAX_REASONS: Final = 3
MAX_REASON: Final = 400
_SECOND_FACTOR: Final = 2


def denied(decision: Decision) -> str:
    """For the model: the action does not run."""
    return f"Jackline stopped this{_id(decision)}: {_reasons(decision, ways_out=True)}"


def held(decision: Decision, name: str) -> str:
    """For the model: the action waits in the outbox, and has not happened."""
    return (
        f"Jackline held this as {name}: it has NOT run. {_reasons(decision)} "
        f"A person can review it with `jackline show {decision.id}`; after `jackline approve {name}`, ask for exactly the same "
        "again and it runs once. Go on with other work."
    )


def question(decision: Decision) -> str:
    """For the person, in the client's own prompt."""
    return f"Jackline asks{_id(decision)}: {_reasons(decision)}"


def unanswered(decision: Decision) -> str:
    """For the model: nobody answered in time."""
    how = f"`jackline approve {decision.id}`"
    if decision.approval >= _SECOND_FACTOR:
        how += " with a code of the second factor"
    return (
        f"Jackline needs a person's approval for this{_id(decision)}, and it has NOT run: {_reasons(decision)} "
        f"A person can give it with {how} in another terminal; then ask for exactly the same again. "
        "Do not try it in another way."
    )


def refused(decision: Decision) -> str:
    """For the model: a person said no."""
    return f"A person refused this{_id(decision)}; it has not run. Do something else, or ask the person what they want."


def _id(decision: Decision) -> str:
    return f" ({decision.id})" if decision.id else ""


def _reasons(decision: Decision, *, ways_out: bool = False) -> str:
    told = list(dict.fromkeys(_sentence(reason) for reason in decision.reasons))
    text = " ".join(told[:MAX_REASONS]) if told else "no rule permits it."
    if len(told) > MAX_REASONS:
        text += f" (And {len(told) - MAX_REASONS} more.)"
    ways = dict.fromkeys(reason.way_out for reason in decision.reasons if reason.way_out)
    return f"{text} It would be {' or '.join(ways)}." if ways_out and ways else text


def _sentence(reason: Reason) -> str:
    text = reason.text.strip()
    text = text if len(text) <= MAX_REASON else text[: MAX_REASON - 1] + "…"
    text = text if text.endswith((".", "!", "?", "…")) else text + "."
    return f"it {text}" if reason.effect >= 0 else text
