"""The group of all commands: finds a command's file, runs it, and turns every error into one sentence and an exit code."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import Final

import click

from jackline.cli.main import COMMANDS
from jackline.cli.output import OutputError, note
from jackline.core.deferred import Deferred
from jackline.core.errors import JacklineError

INTERRUPTED: Final = 130
_close_matches: Final = Deferred("difflib", "get_close_matches")
_print_trace: Final = Deferred("traceback", "print_exc")
LATER: Final = {
    "prove": "`jackline policy check` and `jackline policy test` work on policies",
}
"""Commands of the contract that are still to come: nobody may take a missing one for a guarded one."""


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of `COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, from its own file."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"jackline.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named first; where there is none, the error names the nearest."""
        name = args[0]
        if name in LATER:
            ctx.fail(f"`{name}` is not part of this version: {LATER[name]}")
        known = name in COMMANDS or name.startswith("-")
        near = () if known else _close_matches(name, COMMANDS, n=1)
        if near:
            ctx.fail(f"there is no command `{name}`; did you mean `{near[0]}`?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's own form
    if wanted:
        ctx.invoke(importlib.import_module("jackline.cli.version").command)
        ctx.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-V",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def commands() -> None:
    """The safety line for autonomous AI agents: let the agent run, lose nothing."""


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code. Nothing escapes but the interpreter's own exits."""
    try:
        outcome = commands.main(arguments, prog_name="jackline", standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        note(error.format_message())
        return error.exit_code
    except click.ClickException as error:
        return _say(_sentence(error), error.exit_code)
    except JacklineError as error:
        if isinstance(error, OutputError):
            _silence_stdout()
        return _say(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except OSError as error:
        return _system(error)
    except Exception as error:  # noqa: BLE001 - the last line: a defect is one sentence too, and the exit code says failed
        return _say(f"Jackline failed: {error!r}; `JACKLINE_DEBUG=1` shows where", 1)
    return outcome if isinstance(outcome, int) else 0


def _system(error: OSError) -> int:
    """What the system refused. Where it names no file, that was standard output; a reader that has gone is no fault."""
    if error.filename is None:
        _silence_stdout()
    if isinstance(error, BrokenPipeError):
        return 1
    return _say(f"`{error.filename or 'standard output'}`: {error.strerror or error}", 1)


def _sentence(error: click.ClickException) -> str:
    text = error.format_message()
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{text} See `{error.ctx.command_path} --help`."
    return text


def _say(text: str, exit_code: int) -> int:
    if os.environ.get("JACKLINE_DEBUG"):
        _print_trace()
    note(f"jackline: {text}")
    return exit_code


def _silence_stdout() -> None:
    """Nothing can be written there: keep the interpreter from failing again when it flushes at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # none, or not a file: then there is nothing to keep
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
