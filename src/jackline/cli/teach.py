"""`jackline teach`."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

import click

from jackline.cli.escaping import is_text, visible
from jackline.cli.output import json_option, line, note, print_json
from jackline.core.errors import ConfigurationError, GuardUnreachableError, UsageError
from jackline.core.words import ENVIRONMENTS, LABELS
from jackline.guard.client import call
from jackline.guard.paths import find_homes, private_directory
from jackline.guard.world import taught

if TYPE_CHECKING:
    from jackline.core.words import Environment, Label


@click.command("teach")
@click.argument("name")
@click.option("--environment", type=click.Choice(ENVIRONMENTS), help="Where the name belongs.")
@click.option(
    "--label", "labels", multiple=True, type=click.Choice(LABELS), metavar="LABEL",
    help="What it is (`irreplaceable`, `secret`, `approved`, …); may be given again.",
)  # fmt: skip
@json_option
def command(name: str, environment: Environment | None, labels: tuple[Label, ...], *, as_json: bool) -> None:
    """Say to which environment a name belongs, or what it is.

    NAME is a host, a database, a cluster, a project or a path; `*` stands for anything: `jackline teach
    '*.prod.example.com' --environment production`. With a kind before it, it is for that kind only:
    `infrastructure:kube/prod-*`, `agent:mcp/NAME`. It is kept in resources.toml, with what was said before.
    """
    if environment is None and not labels:
        message = f"what about `{name}`? Give `--environment E`, or `--label LABEL`, or both"
        raise UsageError(message)
    if not name or "\0" in name or not is_text(name):
        message = f"`{visible(name)}` is no name: it is empty, or not UTF-8"
        raise UsageError(message)
    path = find_homes().resources
    private_directory(os.path.dirname(path))
    _replace(path, taught(_read(path), name, environment, labels))
    trouble = ""
    with contextlib.suppress(GuardUnreachableError):  # none runs: the next one reads the file
        trouble = call("reload", start=False)["trouble"]
    if as_json:
        print_json({"name": name, "environment": environment, "labels": labels, "file": path})
    else:
        said = " and ".join([*([environment] if environment else []), *labels])
        line(f"`{visible(name)}` is {said} ({path}).")
    if trouble:
        note(f"jackline: the guard has read it, and says: {trouble}")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        message = f"`{path}` cannot be read: {error}"
        raise ConfigurationError(message) from error


def _replace(path: str, text: str) -> None:
    """The whole file at once: who reads it meanwhile finds the old one or the new one."""
    temporary = f"{path}.{secrets.token_hex(4)}"
    try:
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        message = f"`{path}` cannot be written: {error.strerror}; nothing was changed"
        raise ConfigurationError(message) from error
