"""`jackline pause`."""

from __future__ import annotations

import click

from jackline.cli.output import json_option, line, print_json
from jackline.guard.client import call


@click.command("pause")
@click.argument("minutes", type=click.IntRange(0, 24 * 60))
@click.option("--code", default="", help="The code of the second factor, where one is enrolled.")
@json_option
def command(minutes: int, code: str, *, as_json: bool) -> None:
    """Step aside for some minutes.

    Everything is recorded, and only acts on the guard itself are stopped. `pause 0` ends it.
    """
    answer = call("pause", {"minutes": minutes, "code": code})
    if as_json:
        print_json(answer)
    elif minutes:
        line(f"Nothing is enforced for {minutes} minutes. `jackline pause 0` ends it.")
    else:
        line("The policy is enforced again.")
