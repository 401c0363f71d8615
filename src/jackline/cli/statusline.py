"""`jackline statusline`."""

from __future__ import annotations

import click

from jackline.cli.output import json_option
from jackline.cli.status import run


@click.command("statusline")
@json_option
def command(*, as_json: bool) -> int:
    """Print a line for a client's status bar; red where nothing is enforced."""
    return run(["--json"] if as_json else [])
