"""`jackline discard`."""

from __future__ import annotations

import click

from jackline.cli.output import json_option
from jackline.cli.undo import command as undo


@click.command("discard")
@click.argument("name", metavar="[SESSION or ACTION]", default="")
@json_option
@click.pass_context
def command(ctx: click.Context, /, name: str, *, as_json: bool) -> None:
    """Reject what a session or an action changed: the same as `undo`.

    (A session that runs `--staged`, which comes with `jackline run`, discards before anything is real.)
    """
    ctx.invoke(undo, name=name, as_json=as_json)
