"""What `connect`, `disconnect` and `doctor` share: this installation's programs, and where a connection is made."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import click

from jackline.clients.connect.interface import Place, Programs
from jackline.clients.connect.registry import CONNECTORS
from jackline.core.errors import UsageError
from jackline.core.profiles import SCOPES
from jackline.guard.paths import Homes, find_homes
from jackline.hook_client import hook_program, shell_program

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jackline.clients.connect.interface import Connector
    from jackline.core.profiles import Scope

MANAGED: Final = Homes("/etc/jackline", "/var/lib/jackline", "/run/jackline")
"""The guard's folders where it serves the whole machine."""


MANAGED_SHELF: Final = "/usr/local/libexec/jackline"
"""Where the launchers of a managed connection lie: everybody runs them, only root writes them."""


def scope_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option `--scope`."""
    return click.option(
        "--scope",
        type=click.Choice(SCOPES),
        default="user",
        show_default=True,
        help="Whose configuration: yours, this project's (kept out of git where the client can), or the machine's.",
    )(function)


def connector(name: str) -> Connector:
    """A client's connector. Raises `UsageError`."""
    found = CONNECTORS.get(name)
    if found is None:
        message = (
            f"`{name}` is not a client that Jackline connects; use {', '.join(f'`{each}`' for each in CONNECTORS)}"
        )
        raise UsageError(message)
    return found


def homes_of(scope: Scope) -> Homes:
    """The guard's folders for a connection in `scope`."""
    return MANAGED if scope == "managed" else find_homes()


def place(scope: Scope, *, writes: bool = True) -> Place:
    """Where a connection is made from here. Raises `UsageError` where writing it needs root."""
    if writes and scope == "managed" and os.geteuid() != 0:
        message = "a `managed` connection writes the machine's configuration; run it as root"
        raise UsageError(message)
    shelf = MANAGED_SHELF if scope == "managed" else ""
    return Place(scope, os.path.expanduser("~"), os.getcwd(), homes_of(scope).state, dict(os.environ), shelf)


def programs(scope: Scope, owner: int | None = None) -> Programs:
    """The commands of this installation. `owner`: the user that the guard runs as, where it has one of its own."""
    homes = homes_of(scope)
    python = (*_source_tree(), sys.executable)
    isolated = (*python, "-P" if _source_tree() else "-I")
    return Programs(
        hook=hook_program(),
        shell=shell_program(),
        guard=(*isolated, "-m", "jackline.guard.start"),
        status=(*isolated, "-c", "from jackline.cli.main import main; main()", "statusline"),
        socket=homes.socket,
        environment={
            "JACKLINE_CONFIG_HOME": homes.config,
            "JACKLINE_STATE_HOME": homes.state,
            "JACKLINE_RUNTIME_DIR": homes.runtime,
        },
        owner=owner,
    )


def _source_tree() -> tuple[str, ...]:
    """Run from a source tree on PYTHONPATH, our modules are found by that path and by no other."""
    tree = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    named = [os.path.abspath(each) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    return ("/usr/bin/env", f"PYTHONPATH={tree}") if tree in named else ()
