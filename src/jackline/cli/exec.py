"""`jackline exec`: run one command in a sandbox, decided, observed and undoable."""

from __future__ import annotations

import os

import click

from jackline.cli import visiting


@click.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--session", default="", metavar="ID", help="The session that it belongs to; one of its own by default.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND [ARGUMENT]…")
@click.pass_context
def command(ctx: click.Context, /, session: str, words: tuple[str, ...]) -> None:
    """Run one command in a sandbox: decided first, walled in, observed, and undoable.

    Output, exit code and signals are the command's own. 125: Jackline could not start it; 126: it was denied, or a
    person has to say yes first.

        jackline exec -- make test
    """
    ticket = visiting.ticket_for(words, session or os.environ.get("JACKLINE_SESSION", ""))
    ctx.exit(visiting.run(ticket))
