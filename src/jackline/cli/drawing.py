"""A decision drawn for a terminal: the command, its effects under the words that they were read from, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.cli.escaping import visible
from jackline.cli.output import VERDICT_COLOURS, style
from jackline.policy.reasons import APPROVALS, told_labels

if TYPE_CHECKING:
    from jackline.core.action import Action
    from jackline.core.decision import Decision, Reason
    from jackline.core.effect import Effect

MAX_EFFECTS: Final = 40
MAX_UNDERLINED: Final = 200
_HEADS: Final = {"allow": "allowed", "ask": "a person is asked", "deny": "denied"}
_MARK: Final = "─"


def draw_decision(action: Action, decision: Decision) -> str:
    """Several lines, coloured."""
    lines = [draw_head(decision), ""]
    text = action.arguments.get("command")
    if isinstance(text, str) and "\n" not in text and len(text) <= MAX_UNDERLINED and text.isprintable():
        lines += [f"  {text}", *(f"  {mark}" for mark in _underlined(text, decision.effects))]
    else:
        lines += [f"  {tell_effect(effect)}" for effect in decision.effects[:MAX_EFFECTS]]
    if len(decision.effects) > MAX_EFFECTS:
        lines.append(f"  … and {len(decision.effects) - MAX_EFFECTS} more effects")
    if not decision.effects:
        lines.append("  no effects")
    if decision.reasons:
        lines += ["", *(f"  {draw_reason(reason)}" for reason in decision.reasons)]
    return "\n".join(line.rstrip() for line in lines)


def draw_head(decision: Decision) -> str:
    """The verdict, with the remedies and the approval that it needs."""
    head = style(_HEADS[decision.verdict], VERDICT_COLOURS[decision.verdict], bold=True)
    if decision.remedies:
        head += f", {' and '.join(decision.remedies)}"
    if decision.approval > 1:
        head += f", {APPROVALS[decision.approval]}"
    return head


def _underlined(text: str, effects: tuple[Effect, ...]) -> list[str]:
    """One line for each effect: a mark under its evidence, and what it is."""
    width = len(text)
    drawn = []
    for effect in effects[:MAX_EFFECTS]:
        start, end = min(effect.evidence.start, width), min(effect.evidence.end, width)
        mark = " " * start + _MARK * max(0, end - start)
        drawn.append(f"{mark.ljust(width)}  {tell_effect(effect)}")
    return drawn


def tell_effect(effect: Effect) -> str:
    """An effect on one line."""
    resource = effect.resource
    words = [style(effect.verb, "cyan"), resource.kind, visible(resource.name) or "?"]
    marks = told_labels(resource.labels)
    if resource.environment != "unknown":
        marks.insert(0, resource.environment)
    if resource.port:
        marks.append(f"port {resource.port}")
    if effect.authorship != "none":
        marks.append(f"by {effect.authorship}")
    if effect.certainty == "possible":
        marks.append("possible")
    if effect.reversible == "no":
        marks.append("not reversible")
    if effect.extent.at_most is None and "unbounded" not in resource.labels:
        marks.append("unbounded")
    elif effect.extent.at_most not in {None, 1}:
        marks.append(f"{'' if effect.extent.exact else 'at most '}{effect.extent.at_most}")
    return " ".join(words) + (f"  [{', '.join(marks)}]" if marks else "")


def draw_reason(reason: Reason) -> str:
    """A reason with its rule, and on a line of its own what would have it allowed."""
    text = f"{visible(reason.text)} ({visible(reason.rule)})" if reason.rule else visible(reason.text)
    return f"{text}\n    {visible(reason.way_out)}" if reason.way_out else text
