"""`jackline hook`."""

from __future__ import annotations

import click

from jackline.cli.hooking import run


@click.command("hook", context_settings={"ignore_unknown_options": True})
@click.argument("client")
@click.argument("options", nargs=-1)
def command(client: str, options: tuple[str, ...]) -> int:
    """Answer one hook call of a client, standard input to standard output.

    Exit 0 with the client's own answer, or 2 with one sentence on standard error: whatever fails, the call is stopped.
    """
    return run([*options, client])
