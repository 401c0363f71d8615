"""`jackline connect`."""

from __future__ import annotations

import pwd
from typing import TYPE_CHECKING, Final

import click

from jackline.cli.connecting import connector, place, programs, scope_option
from jackline.cli.output import json_option, line, print_json
from jackline.clients.connect.journal import connect
from jackline.core.errors import UsageError
from jackline.core.profiles import PROFILES

if TYPE_CHECKING:
    from jackline.clients.connect.journal import Change
    from jackline.core.profiles import Scope

SAID: Final = {"written": "wrote", "unchanged": "left as it is"}


@click.command("connect")
@click.argument("clients", nargs=-1, required=True, metavar="CLIENT…")
@scope_option
@click.option("--guard-user", metavar="NAME", help="With `managed`: the account that the guard runs as.")
@json_option
def command(*, clients: tuple[str, ...], scope: Scope, guard_user: str | None, as_json: bool) -> None:
    """Connect the guard to an agent client.

    Writes the client's own settings and keeps what is there; `jackline disconnect` gives it back. CLIENT is one of
    claude, codex, gemini, qwen, opencode.
    """
    connectors = [connector(name) for name in clients]
    here, ours = place(scope), programs(scope, _user(guard_user, scope))
    done = {each.name: connect(each, here, ours) for each in connectors}
    if as_json:
        print_json(
            {
                name: [{"path": change.path, "outcome": change.outcome} for change in changes]
                for name, changes in done.items()
            }
        )
        return
    for name, changes in done.items():
        _tell(name, changes)
    line("Start a new session of the client, and prove that it can be stopped: `jackline doctor`.")


def _user(name: str | None, scope: Scope) -> int | None:
    """The account's number. Raises `UsageError`."""
    if name is None:
        return None
    if scope != "managed":
        message = "`--guard-user` needs `--scope managed`: your own settings name your own guard"
        raise UsageError(message)
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError as error:
        message = f"there is no account `{name}` on this machine"
        raise UsageError(message) from error


def _tell(name: str, changes: tuple[Change, ...]) -> None:
    line(f"{PROFILES[name].title}: connected.")
    for change in changes:
        line(f"  {SAID.get(change.outcome, change.outcome)}  {change.path}")
