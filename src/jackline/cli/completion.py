"""`jackline completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from jackline.cli.output import line
from jackline.core.errors import UsageError


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, /, shell: str) -> None:
    """Print the completion script of a shell.

    For bash: `eval "$(jackline completion bash)"` in ~/.bashrc.
    """
    found = get_completion_class(shell)
    if found is None:
        message = f"there is no completion for `{shell}`"
        raise UsageError(message)
    line(found(ctx.find_root().command, {}, "jackline", "_JACKLINE_COMPLETE").source())
