"""`jackline refuse`."""

from __future__ import annotations

import click

from jackline.cli.output import json_option, line, print_json
from jackline.guard.client import call


@click.command("refuse")
@click.argument("name", metavar="[ID]", default="")
@json_option
def command(name: str, *, as_json: bool) -> None:
    """Say no to what waits, and to the same effects in other words.

    Without an ID: the only action that waits. After three refusals the session waits for a person.
    """
    answer = call("refuse", {"id": name})
    if as_json:
        print_json(answer)
        return
    line(f"Refused {answer['id']}: these effects are denied for the rest of the session.")
    if answer["paused"]:
        line(f"That was the third refusal: the session waits. `jackline approve {answer['session']}` lets it go on.")
