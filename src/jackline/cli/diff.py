"""`jackline diff`."""

from __future__ import annotations

from typing import Final

import click

from jackline.cli.output import json_option, line, print_json, style
from jackline.guard.client import call

_COLOURS: Final = {"+": "green", "-": "red", "@": "cyan"}


@click.command("diff")
@click.argument("name", metavar="[SESSION or ACTION]", default="")
@json_option
def command(name: str, *, as_json: bool) -> None:
    """Show what a session or an action changed in files.

    Without an ID: the last session. It knows what sessions in sandboxes changed (`run`, `exec`), and the changes that were
    bracketed by before-images: those of the clients' own edit tools, and of commands that were allowed as undoable.
    """
    found = call("changes", {"id": name})
    if as_json:
        print_json(found)
        return
    if not found["files"]:
        line("Nothing differs.")
    for file in found["files"]:
        line(style(f"{file['change']}: {file['path']} ({', '.join(file['actions'])})", "white", bold=True))
        if file.get("was"):
            line(f"  before: {file['was']}")
        if file.get("risk"):
            line(style(f"  look at it: {file['risk']}", "yellow"))
        for text in file["diff"].splitlines():
            line(style(text, _COLOURS[text[0]]) if text[:1] in _COLOURS else text)
