"""`jackline show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jackline.cli.entries import draw_action, draw_action_line, draw_event, draw_session
from jackline.cli.output import json_option, line, print_json
from jackline.core.errors import UsageError
from jackline.guard.paths import find_homes
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
        print_json(record)
        return
    for text in draw_action(record):
        line(text)


def _show_session(ledger: Reader, session: str, *, as_json: bool) -> None:
    summary, actions = ledger.session(session), ledger.actions(session)
    if as_json:
        print_json({"session": summary, "actions": [ledger.action(action) for action in actions]})
        return
    line(draw_session(summary))
    for action in actions:
        line(draw_action_line(ledger.action(action)))
    for sequence, event in ledger.events(session=session, kinds=_BESIDE):
        if not event.action:
            line(draw_event(sequence, event))
