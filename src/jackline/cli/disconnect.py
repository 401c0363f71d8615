"""`jackline disconnect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from jackline.cli.connecting import connector, place, programs, scope_option
from jackline.cli.output import json_option, line, print_json
from jackline.clients.connect.journal import disconnect
from jackline.core.profiles import PROFILES

if TYPE_CHECKING:
    from jackline.core.profiles import Scope

SAID: Final = {
    "restored": "as it was before",
    "removed": "our entries taken out of",
    "unchanged": "nothing of ours in",
    "absent": "not there:",
}


@click.command("disconnect")
@click.argument("clients", nargs=-1, required=True, metavar="CLIENT…")
@scope_option
@json_option
def command(*, clients: tuple[str, ...], scope: Scope, as_json: bool) -> None:
    """Take a connection back: the client's settings are as they were.

    A file that was changed since `connect` keeps those changes, and loses our entries alone.
    """
    connectors = [connector(name) for name in clients]
    here, ours = place(scope), programs(scope)
    done = {each.name: disconnect(each, here, ours) for each in connectors}
    if as_json:
        print_json(
            {
                name: [{"path": change.path, "outcome": change.outcome} for change in changes]
                for name, changes in done.items()
            }
        )
        return
    for name, changes in done.items():
        line(f"{PROFILES[name].title}: disconnected.")
        for change in changes:
            line(f"  {SAID[change.outcome]}  {change.path}")
