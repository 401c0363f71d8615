"""Entries of the ledger in words: one line for each event, several for an action."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.cli.beside import draw_comparison
from jackline.cli.drawing import draw_decision
from jackline.cli.escaping import shortened, visible
from jackline.cli.output import VERDICT_COLOURS, style
from jackline.core.action import Action
from jackline.core.decision import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.event import Event
    from jackline.ledger import ActionRecord, SessionSummary

WIDTH: Final = 100
MAX_TEXT: Final = 4000
MAX_SHIFT: Final = 64
"""How far before its place evidence is looked for, in a text whose secrets were longer than their placeholders."""
_LABEL: Final = 12
_KIND_COLOURS: Final = {"alerted": "red", "refused": "red", "approved": "green", "held": "yellow", "paused": "yellow"}
_OUTCOMES: Final = {"True": "ok", "False": "failed"}
_MAIN_ARGUMENTS: Final = ("command", "path", "url", "statement", "code", "text", "query", "prompt", "pattern", "to")


def clock(at: int) -> str:
    """A time in this machine's zone, to the second; the bare number where no calendar knows it."""
    try:
        moment = dt.datetime.fromtimestamp(at // 1_000_000, tz=dt.UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        return str(at)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def draw_event(sequence: int, event: Event) -> str:
    """One event on one line."""
    kind = style(f"{event.kind:<15}", _kind_colour(event))
    action = visible(event.action)
    return f"{sequence:>6}  {clock(event.at)}  {kind} {action:<6} {shortened(_told(event), WIDTH)}".rstrip()


def draw_session(summary: SessionSummary) -> str:
    """One session on one line."""
    marks = [count(summary.actions, "action")]
    if summary.stopped:
        marks.append(style(f"{summary.stopped} stopped", "red"))
    if summary.waiting:
        marks.append(style(f"{summary.waiting} waiting", "yellow"))
    if summary.alerts:
        marks.append(style(count(summary.alerts, "alert"), "red", bold=True))
    end = clock(summary.ended)[11:] if summary.ended else "…"
    below = f"  (of {shortened(summary.parent, 12)})" if summary.parent else ""
    client = visible(summary.client or "?")
    return f"{clock(summary.started)} to {end:<8}  {client:<10} {visible(summary.session)}{below}  {', '.join(marks)}"


def draw_action_line(record: ActionRecord) -> str:
    """One action of a session on one line."""
    verdict = record.verdict or "undecided"
    shown = style(f"{visible(verdict):<9}", VERDICT_COLOURS.get(verdict, "white"))
    return f"{visible(record.action):>8}  {shown} {asked_text(record.asked, WIDTH)}"


def draw_action(record: ActionRecord) -> Iterator[str]:
    """One action whole: asked, decided, answered, observed, changed."""
    head = f"{record.action}  {record.client or 'an agent'}  session {record.session}  {clock(record.at)}"
    yield style(visible(head), "white", bold=True)
    asked = record.asked
    yield from _block("asked", f"{asked.get('tool', '?')} in {asked.get('cwd', '?')}")
    if asked.get("description"):
        yield from _block("says", asked["description"])
    yield from _block("", _arguments(asked))
    if record.decision:
        yield ""
        yield from _decided(record)
    for answer in record.approvals:
        yield from _block(str(answer["event"]), _details(answer, without=("event", "bound")))
    for told in draw_comparison(record):
        yield from _block(told.label, told.text, colour=told.colour)
    facts = [fact for fact in record.facts if not _is_execution(fact)]
    for title, items in (("fact", facts), ("change", record.changes), ("claim", record.claims)):
        for item in items:
            yield from _block(title, _details(item) if isinstance(item, dict) else str(item))
    if record.result:
        yield from _result(record.result)
    for alert in record.alerts:
        yield from _block("alert", _details(alert), colour="red")
    for response in record.responses:
        yield from _block("response", _details(response))
    yield ""
    yield from _block("entries", " · ".join(f"{sequence} {kind}" for sequence, _, kind in record.history))


def asked_text(asked: dict[str, Any], width: int) -> str:
    """What was asked, on one line: the tool and its main argument."""
    arguments = asked.get("arguments")
    found: object = ""
    if isinstance(arguments, dict):
        found = next((arguments[name] for name in _MAIN_ARGUMENTS if isinstance(arguments.get(name), str)), arguments)
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return shortened(f"{asked.get('tool', '?')}: {text}", width)


def _decided(record: ActionRecord) -> Iterator[str]:
    """The decision as `jackline check` draws it; as JSON where another version wrote what this one cannot read."""
    try:
        decision = msgspec.convert(record.decision, Decision)
        asked = {name: record.asked.get(name) for name in ("tool", "arguments", "cwd")}
        action = msgspec.convert(asked, Action)
        drawn = draw_decision(action, _relocated(decision, action))
    except (msgspec.ValidationError, KeyError):
        yield from _block("decided", _details(record.decision))
        return
    yield from drawn.splitlines()


def _relocated(decision: Decision, action: Action) -> Decision:
    """The decision with its evidence where it stands in the recorded text: a placeholder is longer than its secret."""
    text = action.arguments.get("command")
    if not isinstance(text, str):
        return decision
    effects = []
    for effect in decision.effects:
        found = effect.evidence
        if text[found.start : found.end] != found.text:
            at = text.find(found.text, max(0, found.start - MAX_SHIFT))
            start, end = (at, at + len(found.text)) if at >= 0 else (0, 0)
            effect = msgspec.structs.replace(effect, evidence=msgspec.structs.replace(found, start=start, end=end))  # noqa: PLW2901
        effects.append(effect)
    return msgspec.structs.replace(decision, effects=tuple(effects))


def _is_execution(fact: object) -> bool:
    """Whether it says only that a program was executed: that stands above, with its arguments."""
    resource = fact.get("resource") if isinstance(fact, dict) and fact.get("verb") == "execute" else None
    return isinstance(resource, dict) and resource.get("kind") == "process"


def _result(result: dict[str, Any]) -> Iterator[str]:
    ok = _OUTCOMES.get(str(result.get("ok")), "ended")
    code = result.get("exitCode")
    yield from _block("finished", ok if code is None else f"{ok}, exit code {code}")
    text = result.get("text")
    if isinstance(text, str) and text:
        yield from _block("", text)
    written = result.get("written")
    if isinstance(written, dict):
        for path in written:
            yield from _block("wrote", str(path))


def _block(label: str, text: object, *, colour: str = "cyan") -> Iterator[str]:
    """A label and a text beside it, line by line."""
    shown = str(text)
    shown = shown if len(shown) <= MAX_TEXT else shown[:MAX_TEXT] + "…"
    for number, one in enumerate(visible(shown, lines=True).splitlines() or [""]):
        head = style(f"{label:<{_LABEL}}", colour) if number == 0 and label else " " * _LABEL
        yield f"{head}{one}".rstrip()


def _arguments(asked: dict[str, Any]) -> str:
    arguments = asked.get("arguments")
    if not isinstance(arguments, dict):
        return _details(asked)
    if set(arguments) == {"command"}:
        return str(arguments["command"])
    return "\n".join(f"{name}: {_value(value)}" for name, value in arguments.items())


def _details(data: dict[str, Any], *, without: tuple[str, ...] = ()) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in data.items() if name not in without and value != "")


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _told(event: Event) -> str:
    """What an event says, for its line."""
    data = event.data
    if event.kind == "requested":
        asked = data.get("action", data)
        return asked_text(asked if isinstance(asked, dict) else {}, WIDTH)
    if event.kind == "decided":
        return _verdict(data.get("decision", data))
    if event.kind == "session_started":
        return " ".join(str(part) for part in (event.client, event.session, data.get("assurance", "")) if part)
    return _details(data, without=("bound", "written"))


def _verdict(decision: object) -> str:
    if not isinstance(decision, dict):
        return "?"
    parts = [str(decision.get("verdict", "?"))]
    remedies = decision.get("remedies")
    if isinstance(remedies, list) and remedies:
        parts.append(" and ".join(map(str, remedies)))
    if decision.get("approval"):
        parts.append(f"approval {decision['approval']}")
    reasons = decision.get("reasons")
    if isinstance(reasons, list) and reasons and isinstance(reasons[0], dict):
        parts.append(str(reasons[0].get("text", "")))
    return ", ".join(parts)


def _kind_colour(event: Event) -> str:
    if event.kind == "decided":
        decision = event.data.get("decision", event.data)
        verdict = decision.get("verdict") if isinstance(decision, dict) else ""
        return VERDICT_COLOURS.get(str(verdict), "white")
    return _KIND_COLOURS.get(event.kind, "white")


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
