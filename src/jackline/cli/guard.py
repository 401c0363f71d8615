"""`jackline guard`: the resident process by hand. It starts by itself when a client first calls."""

from __future__ import annotations

import importlib
import os
import select
import signal
import time
from typing import TYPE_CHECKING, Any, Final

import click

from jackline.cli.entries import clock
from jackline.cli.output import json_option, line, print_json
from jackline.core.errors import ConfigurationError, GuardUnreachableError
from jackline.guard.client import call, connect, start_guard
from jackline.guard.paths import find_homes

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.guard.paths import Homes

STOP_SECONDS: Final = 15.0
_RETRY_SECONDS: Final = 0.02


@click.group("guard")
def command() -> None:
    """Start, stop and look at the resident guard."""


@command.command("start")
@json_option
def start(*, as_json: bool) -> None:
    """Start the guard, if none runs."""
    connect(find_homes(), start=True).close()
    _say(as_json=as_json)


@command.command("stop")
@click.option("--force", is_flag=True, help="Kill a guard that does not answer.")
@json_option
def stop(*, force: bool, as_json: bool) -> None:
    """Stop the guard; calls in hand are answered first. The next call of a client starts it again."""
    homes = find_homes()
    pid = running_pid(homes)
    stopped = _stop(homes, pid, force=force) if pid else False
    if as_json:
        print_json({"stopped": stopped, "pid": pid})
    else:
        line(f"The guard (process {pid}) has stopped." if stopped else "No guard runs.")


@command.command("restart")
@click.option("--force", is_flag=True, help="Kill a guard that does not answer.")
@json_option
@click.pass_context
def restart(ctx: click.Context, /, *, force: bool, as_json: bool) -> None:
    """Stop the guard, then start it."""
    pid = running_pid(find_homes())
    if pid:
        _stop(find_homes(), pid, force=force)
    ctx.invoke(start, as_json=as_json)


@command.command("upgrade")
@json_option
def upgrade(*, as_json: bool) -> None:
    """Let a new guard, of the version that is installed now, take over from the one that runs. No call is lost."""
    homes = find_homes()
    before = running_pid(homes)
    child = start_guard(homes, "--takeover")
    _until(lambda: running_pid(homes) == child.pid or child.poll() is not None, STOP_SECONDS)
    if running_pid(homes) != child.pid:
        message = "the new guard did not take over; the old one goes on"
        raise GuardUnreachableError(message)
    if as_json:
        print_json({"pid": child.pid, "before": before})
    else:
        line(f"The guard is now process {child.pid} (it was {before or 'not running'}).")


@command.command("reload")
@json_option
def reload(*, as_json: bool) -> None:
    """Read policy, settings and resources again. Where one is wrong, what was in force stays."""
    answer = call("reload")
    if as_json:
        print_json(answer)
    elif answer["reloaded"]:
        line(
            f"The policy in force is {answer['policyDigest'][:12]}."
            + (f" {answer['trouble']}" if answer["trouble"] else "")
        )
    else:
        line(f"Nothing was changed: {answer['trouble']}")


@command.command("status")
@json_option
def status(*, as_json: bool) -> None:
    """Say whether a guard runs, and what it enforces."""
    _say(as_json=as_json)


@command.command("serve")
def serve() -> int:
    """Be the guard, in this terminal, until stopped."""
    # By name, because this is all of the guard, and the other commands here are quick.
    return int(importlib.import_module("jackline.guard.main").serve(find_homes()))


def running_pid(homes: Homes) -> int:
    """The process that holds the guard's lock, 0 where none does."""
    import fcntl  # noqa: PLC0415 - not on Windows, where no resident guard is

    try:
        with open(homes.lock, "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read(32).strip() or 0)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return 0
    except OSError as error:
        message = f"`{homes.lock}` cannot be read: {error.strerror}"
        raise ConfigurationError(message) from error
    return 0


def _stop(homes: Homes, pid: int, *, force: bool) -> bool:
    try:
        call("stop", start=False)
    except GuardUnreachableError:
        if not force:
            raise
        os.kill(pid, signal.SIGKILL)
    if not _until(lambda: running_pid(homes) != pid, STOP_SECONDS):
        message = f"the guard (process {pid}) does not end; `jackline guard stop --force` kills it"
        raise GuardUnreachableError(message)
    return True


def _until(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() >= deadline:
            return False
        select.select([], [], [], _RETRY_SECONDS)
    return True


def _say(*, as_json: bool) -> None:
    homes = find_homes()
    found: dict[str, Any] | None
    try:
        found = call("status", start=False)
    except GuardUnreachableError:
        if running_pid(homes):
            raise
        found = None
    pid = running_pid(homes)
    if as_json:
        print_json({"running": found is not None, "pid": pid, "socket": homes.socket, **(found or {})})
    elif found is None:
        line("No guard runs; it starts when a client first calls.")
    else:
        line(f"The guard runs (process {pid}, {homes.socket}).")
        line(f"Policy {found['policy']} ({found['policyDigest'][:12] or 'none'}), assurance {found['assurance']}.")
        counts = ", ".join(f"{found[name]} {name}" for name in ("allowed", "asked", "stopped", "waiting"))
        line(f"{found['actions']} actions: {counts}.")
        if found["pausedSeconds"]:
            line(f"Paused for {found['pausedSeconds']} more seconds.")
        if found.get("observing"):
            line(_observing(found["observing"]))
        if found["trouble"]:
            line(f"Something is wrong: {found['trouble']}")


def _observing(observing: dict[str, Any]) -> str:
    since = f"Everything but what is never allowed has run since {clock(observing['since'])}"
    if observing["over"]:
        return f"{since}; the first week is over: `jackline observed` says what would have been asked."
    return f"{since}, day {observing['day']} of {observing['days']}; `jackline observed` reports."
