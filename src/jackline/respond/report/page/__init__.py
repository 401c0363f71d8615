"""The page of an audit: one self-contained HTML file for a person.

In comes an `Audit`; out goes a document that loads nothing, neither from the network nor from beside it. Its style and
its one script stand in it and are named by their hashes in its content security policy; all data is JSON in an inert
element, and the script puts it on the screen as text nodes. So no text of a transcript can be markup, style or code.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.core.codec import encode
from jackline.core.history import Judged
from jackline.core.packaged import packaged
from jackline.respond.report.kinds import KINDS
from jackline.respond.report.texts import whole

if TYPE_CHECKING:
    from jackline.core.effect import Effect
    from jackline.core.history import Audit, Timeline, Turn

MAX_TEXT: Final = 2_000
"""How much of one text is in the page, in characters; the transcript has the rest."""
_ESCAPES: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def page(audit: Audit) -> str:
    """The audit as a page."""
    style, script = _part("page.css"), _part("page.js")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        _part("page.html")
        .replace("{{policy}}", policy)
        .replace("{{style}}", style)
        .replace("{{script}}", script)
        .replace("{{data}}", _data(audit))
    )


def _data(audit: Audit) -> str:
    """What the page shows, as JSON that cannot end the element that it stands in."""
    overview = _bounded(msgspec.to_builtins(msgspec.structs.replace(audit, timelines=())))
    overview["kinds"] = {name: list(kind) for name, kind in KINDS.items()}
    overview["timelines"] = [_timeline(one) for one in audit.timelines]
    try:
        text = encode(overview)
    except UnicodeEncodeError:  # half of a surrogate pair, as a transcript may hold it
        text = encode(whole(overview))
    return text.decode().translate(_ESCAPES)


def _bounded(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    if isinstance(value, str):
        return _short(value)
    if isinstance(value, dict):
        return {_short(key): _bounded(one) for key, one in value.items()}
    return [_bounded(one) for one in value] if isinstance(value, list | tuple) else value


def _timeline(timeline: Timeline) -> dict[str, Any]:
    return {
        "session": _short(timeline.session),
        "cut": timeline.cut,
        "moments": [_call(one) if isinstance(one, Judged) else _turn(one) for one in timeline.moments],
    }


def _turn(turn: Turn) -> dict[str, Any]:
    return {"kind": turn.kind, "at": turn.at, "line": turn.line, "text": _short(turn.text)}


def _call(judged: Judged) -> dict[str, Any]:
    """A call: what was asked, with the places of the effects in it."""
    action = judged.turn.action
    decision = judged.decision
    text = _main_text(judged)
    return {
        "kind": "call",
        "at": judged.turn.at,
        "line": judged.turn.line,
        "index": judged.index,
        "tool": action.tool if action is not None else "",
        "text": _short(text),
        "said": _short(action.description) if action is not None else "",
        "verdict": decision.verdict,
        "remedies": list(decision.remedies),
        "reasons": [[one.rule, _short(one.text)] for one in decision.reasons],
        "effects": [_effect(one, text) for one in decision.effects],
        "outcome": judged.outcome,
        "exit": judged.exit_code,
        "result": _short(judged.result),
    }


def _effect(effect: Effect, text: str) -> dict[str, Any]:
    """An effect; `at` is where its evidence stands in the shown text, as far as it does."""
    resource, evidence = effect.resource, effect.evidence
    stands = bool(evidence.text) and text[evidence.start : evidence.end] == evidence.text and evidence.end <= MAX_TEXT
    at = [evidence.start, evidence.end] if stands else None
    if at is None and evidence.text and (found := text.find(evidence.text, 0, MAX_TEXT)) >= 0:
        at = [found, found + len(evidence.text)]
    return {
        "verb": effect.verb,
        "kind": resource.kind,
        "name": _short(resource.name),
        "environment": resource.environment,
        "reach": resource.reach,
        "labels": sorted(resource.labels),
        "reversible": effect.reversible,
        "certainty": effect.certainty,
        "at": at,
    }


_MAIN: Final = ("command", "code", "statement", "url", "text", "path", "query", "prompt", "pattern")


def _main_text(judged: Judged) -> str:
    """The argument that says what a call does; of a tool without one, all arguments."""
    action = judged.turn.action
    if action is None:
        return judged.turn.text
    arguments = action.arguments
    for name in _MAIN:
        value = arguments.get(name)
        if isinstance(value, str) and ("/" not in action.tool or len(arguments) == 1):
            return value
    return msgspec.json.encode(arguments, enc_hook=repr).decode("utf-8", "replace")


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _part(name: str) -> str:
    return packaged(__name__, name)
