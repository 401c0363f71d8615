"""`jackline`: the table of commands, and the two that must not wait for anything else to be imported."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Final

COMMANDS: Final[dict[str, str]] = {
    "run": "Run an agent where nothing it does is lost, hidden or out of reach.",
    "exec": "Run one command in a sandbox: decided first, walled in, observed, and undoable.",
    "check": "Decide without doing anything.",
    "audit": "Show what your agents did, from what they left behind.",
    "hook": "Answer one hook call of a client, standard input to standard output.",
    "connect": "Connect the guard to an agent client.",
    "disconnect": "Take a connection back: the client's settings are as they were.",
    "doctor": "Prove that each connection can say no.",
    "statusline": "Print a line for a client's status bar; red where nothing is enforced.",
    "sessions": "List the sessions: client, time, actions, what was stopped, what waits, alerts.",
    "log": "Print what happened, entry by entry; `log verify` proves that nothing of it was changed.",
    "show": "Show one action whole, or a session: what was asked, its effects, the rule, the approval, facts, changes.",
    "diff": "Show what a session or an action changed in files.",
    "keep": "Accept what a session or an action changed.",
    "discard": "Reject what a session or an action changed: the same as `undo`.",
    "undo": "Put files back as they were before a session or an action.",
    "approve": "Say yes to what waits: once, for ten minutes.",
    "refuse": "Say no to what waits, and to the same effects in other words.",
    "allow": "Allow effects like those of an action, from now on or for a while.",
    "pause": "Step aside for some minutes.",
    "observed": "Report what a policy would have asked and denied of what was done.",
    "policy": "Check, lay out, show and test policies; answer raw Cedar requests.",
    "teach": "Say to which environment a name belongs, or what it is.",
    "cards": "List and show tool cards, and draft one for an MCP server.",
    "enrol": "Enrol a second factor, for approvals of strength 2.",
    "guard": "Start, stop and look at the resident guard.",
    "completion": "Print the completion script of a shell.",
    "version": "Print the version.",
}
"""Command → its one-line help, in the order of `jackline --help`. Each stands in `jackline.cli.NAME` as `command`.

The text is repeated here so that a start imports one command's file and not all of them (a test compares the two).
"""

QUICK: Final = {
    "hook": "jackline.cli.hooking",
    "statusline": "jackline.cli.status",
    "exec": "jackline.cli.execing",
}
"""Commands that a client starts again and again: each is a `run(arguments) -> int` that imports as little as it can."""


_ALLOCATIONS: Final = 100_000
"""How many objects are made between two searches for garbage. Importing makes no garbage, and a command is over soon."""


def main() -> None:
    """The console entry point."""
    gc.set_threshold(_ALLOCATIONS)
    exit_code = run(sys.argv[1:])
    gc.freeze()  # the end of the process frees all there is: nothing is searched for garbage before
    sys.exit(exit_code)


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code. Nothing escapes but the interpreter's own exits."""
    quick = QUICK.get(arguments[0]) if arguments else None
    if quick is not None and not {"-h", "--help"}.intersection(arguments):
        return int(importlib.import_module(quick).run(arguments[1:]))
    return int(importlib.import_module("jackline.cli.group").run(arguments))
