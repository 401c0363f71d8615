"""The reference of the command line, made from the commands themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from jackline.cli.group import commands
from jackline.cli.main import COMMANDS

TARGET: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"
OPENING: Final = """\
# The command line

Made by `make docs` from the commands' own help; a test fails where the two differ. Exit codes are part of the contract:
see each command, and [the architecture](../architecture.md).
"""


def reference() -> str:
    """The whole page."""
    context = click.Context(commands, info_name="jackline", terminal_width=100, **commands.context_settings)
    sections = [_section(commands, context)]
    for name in COMMANDS:
        command = commands.get_command(context, name)
        if command is not None:
            sections += _sections(command, click.Context(command, parent=context, info_name=name))
    return OPENING + "".join(sections)


def _sections(command: click.Command, context: click.Context) -> list[str]:
    found = [_section(command, context)]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                found += _sections(inner, click.Context(inner, parent=context, info_name=name))
    return found


def _section(command: click.Command, context: click.Context) -> str:
    context.max_content_width = context.terminal_width = 100
    return f"\n## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    TARGET.write_text(reference())
