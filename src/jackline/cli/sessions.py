"""`jackline sessions`."""

from __future__ import annotations

import os

import click

from jackline.cli.entries import draw_session
from jackline.cli.output import json_option, line, print_json
from jackline.guard.paths import find_homes
from jackline.ledger import Reader

MAX_SHOWN = 10_000


@click.command("sessions")
@click.option(
    "-n", "count", type=click.IntRange(1, MAX_SHOWN), default=20, show_default=True, help="How many, newest first."
)
@json_option
def command(count: int, *, as_json: bool) -> None:
    """List the sessions: client, time, actions, what was stopped, what waits, alerts."""
    path = find_homes().ledger
    found = []
    if os.path.exists(path):
        with Reader.open(path) as ledger:
            found = ledger.sessions(count)
    if as_json:
        print_json(found)
        return
    if not found:
        line("No session has been recorded yet.")
    for summary in found:
        line(draw_session(summary))
