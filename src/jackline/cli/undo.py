"""`jackline undo`."""

from __future__ import annotations

import click

from jackline.cli.output import json_option, line, print_json
from jackline.guard.client import call


@click.command("undo")
@click.argument("name", metavar="[SESSION or ACTION]", default="")
@click.option("--force", is_flag=True, help="Also where later changes stand in the way: they are saved first.")
@json_option
def command(name: str, *, force: bool, as_json: bool) -> None:
    """Put files back as they were before a session or an action.

    Content, mode, modification time, links and absence, exactly; without an ID, the last session. It refuses, with the
    list, where a later change would be lost. An undo can itself be undone, by the ID that it prints.
    """
    done = call("undo", {"id": name, "force": force}, patience=600.0)
    if as_json:
        print_json(done)
        return
    if not done["paths"]:
        line("There was nothing to put back.")
        return
    for path in done["paths"]:
        line(path)
    line(f"\n{len(done['paths'])} put back; `jackline undo {done['action']}` takes that back.")
