"""`jackline version`."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import click

from jackline.cli.output import json_option, line, print_json


@click.command("version")
@json_option
def command(*, as_json: bool) -> None:
    """Print the version."""
    try:
        found = version("jackline")
    except PackageNotFoundError:
        found = "unknown"  # run from a source tree that was never installed
    if as_json:
        print_json({"version": found})
    else:
        line(f"jackline {found}")
