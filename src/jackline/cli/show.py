"""`jackline show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from jackline.cli.beside import compared, draw_soundness
from jackline.cli.entries import draw_action, draw_action_line, draw_event, draw_session
from jackline.cli.output import json_option, line, print_json
from jackline.core.errors import UsageError
from jackline.guard.paths import find_homes
from jackline.guard.running.comparing import sound
from jackline.ledger import Reader

if TYPE_CHECKING:
    from jackline.core.words import EventKind

_BESIDE: tuple[EventKind, ...] = ("alerted", "approved", "refused", "paused", "responded", "phase", "undone")
"""Events of a session that are shown beside its actions, where they belong to none."""


@click.command("show")
@click.argument("name", metavar="[ID]", default="")
@json_option
def command(name: str, *, as_json: bool) -> None:
    """Show one action whole, or a session: what was asked, its effects, the rule, the approval, facts, changes.

    ID is that of an action, a session or something held, or the beginning of it. Without an ID: the last session.
    """
    with Reader.open(find_homes().ledger) as ledger:
        kind, found = ledger.find(name) if name else ("session", _last_session(ledger))
        if kind == "action":
            _show_action(ledger, found, as_json=as_json)
        else:
            _show_session(ledger, found, as_json=as_json)


def _last_session(ledger: Reader) -> str:
    sessions = ledger.sessions(1)
    if not sessions:
        message = "no session has been recorded yet; `jackline doctor` proves that a client is connected"
        raise UsageError(message)
    return sessions[0].session


def _show_action(ledger: Reader, action: str, *, as_json: bool) -> None:
    record = ledger.action(action)
    if as_json:
        print_json({**msgspec.to_builtins(record), "compared": msgspec.to_builtins(compared(record))})
        return
    for text in draw_action(record):
        line(text)


def _show_session(ledger: Reader, session: str, *, as_json: bool) -> None:
    summary, actions = ledger.session(session), ledger.actions(session)
    records = [ledger.action(action) for action in actions]
    soundness = sound(map(compared, records))
    if as_json:
        print_json({"session": summary, "actions": records, "soundness": soundness})
        return
    line(draw_session(summary))
    for record in records:
        line(draw_action_line(record))
    if told := draw_soundness(soundness):
        line(f"{'':>8}  {told}")
    for sequence, event in ledger.events(session=session, kinds=_BESIDE):
        if not event.action:
            line(draw_event(sequence, event))
