"""`jackline teach`."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import get_args

import click

from jackline.cli.output import json_option, line, print_json
from jackline.core.errors import GuardUnreachableError
from jackline.core.words import Environment
from jackline.guard.client import call
from jackline.guard.paths import find_homes, private_directory
from jackline.guard.world import taught


@click.command("teach")
@click.argument("name")
@click.option("--environment", required=True, type=click.Choice(get_args(Environment)), help="Where the name belongs.")
@json_option
def command(name: str, environment: Environment, *, as_json: bool) -> None:
    """Say to which environment a name belongs.

    NAME is a host, a database, a cluster, a project or a path; `*` stands for anything: `jackline teach '*.prod.example.com'
    --environment production`. It is kept in resources.toml.
    """
    path = find_homes().resources
    private_directory(os.path.dirname(path))
    before = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            before = file.read()
    after = taught(before, name, environment)
    temporary = f"{path}.{secrets.token_hex(4)}"
    with open(temporary, "x", encoding="utf-8") as file:
        file.write(after)
    os.replace(temporary, path)
    with contextlib.suppress(GuardUnreachableError):  # none runs: the next one reads the file
        call("reload", start=False)
    if as_json:
        print_json({"name": name, "environment": environment, "file": path})
    else:
        line(f"`{name}` is {environment} ({path}).")
