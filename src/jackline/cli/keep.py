"""`jackline keep`."""

from __future__ import annotations

import click

from jackline.cli.output import json_option, line, print_json
from jackline.guard.client import call


@click.command("keep")
@click.argument("name", metavar="[SESSION or ACTION]", default="")
@json_option
def command(name: str, *, as_json: bool) -> None:
    """Accept what a session or an action changed.

    Its before-images are dropped, and it cannot be undone any more. Without an ID: the last session.
    """
    done = call("keep", {"id": name})
    if as_json:
        print_json(done)
    else:
        line(f"Kept {done['kept']} changes." if done["kept"] else "There was nothing to keep.")
