"""`jackline connect`."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

import click

from jackline.cli.connecting import connector, place, programs, scope_option
from jackline.cli.output import json_option, line, print_json
from jackline.clients.connect.journal import connect
from jackline.core.errors import JacklineError, UsageError
from jackline.core.profiles import PROFILES

with contextlib.suppress(ImportError):  # no system without it has the sockets that a guard needs
    import pwd

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
    if not hasattr(socket, "AF_UNIX"):
        message = "no resident guard runs on this system (it needs Unix sockets: Linux, macOS); nothing was changed"
        raise JacklineError(message)
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
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name).pw_uid
    message = f"there is no account `{name}` on this machine"
    raise UsageError(message)


def _tell(name: str, changes: tuple[Change, ...]) -> None:
    line(f"{PROFILES[name].title}: connected.")
    for change in changes:
        line(f"  {SAID.get(change.outcome, change.outcome)}  {change.path}")
