"""How questions are listed and answered on a terminal: what would happen, why it is asked, and how to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.cli.drawing import draw_decision
from jackline.cli.output import line, style
from jackline.core.action import Action
from jackline.core.decision import Decision

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ARGUMENT: Final = 300


def show_questions(questions: Sequence[dict[str, Any]]) -> None:
    """All that waits, oldest first."""
    if not questions:
        line("Nothing waits for an answer.")
    for question in questions:
        show_question(question)
        line()


def show_question(question: dict[str, Any]) -> None:
    """One question: whose, what it would do, why it is asked."""
    action = Action(tool=question["tool"], arguments=question["arguments"], cwd=question["cwd"])
    decision = msgspec.convert(
        {"verdict": "ask", **{name: question[name] for name in ("approval", "effects", "reasons")}}, Decision
    )
    head = f"{question['id']}  {question['client'] or 'an agent'} in {question['cwd']}"
    line(style(head, "yellow", bold=True) + ("  (held)" if question["held"] else ""))
    if not isinstance(question["arguments"].get("command"), str):
        line(f"  {question['tool']} {_short(question['arguments'])}")
    line(draw_decision(action, decision))


def _short(arguments: dict[str, Any]) -> str:
    text = msgspec.json.encode(arguments).decode()
    return text if len(text) <= MAX_ARGUMENT else text[: MAX_ARGUMENT - 1] + "…"
