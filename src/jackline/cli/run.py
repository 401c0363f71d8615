"""`jackline run`: a whole agent in a sandbox, observed and undoable."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from jackline.cli import visiting
from jackline.cli.output import note
from jackline.contain.limits.budgets import read_budget
from jackline.guard.client import call

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN: Final = 20


@click.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--profile", default="", metavar="CLIENT", help="Which client it is, if its program's name does not say.")
@click.option("--staged/--live", default=None, help="Changes reach the workspace at the end, or after each action.")
@click.option("--keep", "outcome", flag_value="keep", help="Keep the changes at the end without asking.")
@click.option("--discard", "outcome", flag_value="discard", help="Discard them without asking.")
@click.option("--allow-host", "hosts", multiple=True, metavar="HOST[:PORT]", help="A host that it may reach.")
@click.option("--budget", "budgets", multiple=True, metavar="KEY=VALUE", help="A limit: `wall=30m`, `memory=2g`, …")
@click.option(
    "--env", "passed", multiple=True, metavar="NAME", help="A variable of yours that it gets; by default none."
)
@click.option(
    "--unsafe-missing-walls", is_flag=True, help="Go on where not every wall holds; `doctor --walls` names them."
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- AGENT [ARGUMENT]…")
@click.pass_context
def command(ctx: click.Context, /, words: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401 - the options above
    """Run an agent where nothing it does is lost, hidden or out of reach.

    It sees the workspace (a view of it: nothing real changes but by what you keep) and its model API, and nothing else of
    this machine. Its exit code is the agent's; 125: Jackline could not start it.

        jackline run -- claude
    """
    opened = call("run", _wanted(words, options), patience=visiting.PATIENCE_SECONDS)
    for sentence in opened["missing"]:
        note(f"jackline: {sentence}")
    note(f"jackline: {opened['session']} over {opened['workspace']} ({opened['mode']})")
    code = 125
    try:
        code = visiting.run(visiting.Ticket(opened["place"], opened["ticket"]))
    finally:
        _end(opened["session"], options["outcome"])
    ctx.exit(code)


def _wanted(words: tuple[str, ...], options: dict[str, Any]) -> dict[str, Any]:
    staged = options["staged"]
    return {
        "argv": words, "cwd": os.getcwd(), "client": options["profile"],
        "mode": None if staged is None else "staged" if staged else "live",
        "allowedHosts": options["hosts"], "budgets": _budgets(options["budgets"]), "passed": options["passed"],
        "unsafeMissingWalls": options["unsafe_missing_walls"],
    }  # fmt: skip


def _budgets(given: Iterable[str]) -> dict[str, int]:
    """Raises `UsageError`."""
    found: dict[str, int] = {}
    for text in given:
        key, _, value = text.partition("=")
        found |= read_budget(key, value)
    return found


def _end(session: str, outcome: str | None) -> None:
    """End the run, and say in one screen what becomes of what it changed."""
    chosen = outcome or ("keep" if not sys.stdin.isatty() else "")
    if not chosen:
        chosen = "keep" if click.confirm("jackline: keep what it changed?", default=True, err=True) else "discard"
    ended = call("run_end", {"session": session, "outcome": chosen}, patience=visiting.PATIENCE_SECONDS)
    changes = ended["changes"]
    for change in changes[:_SHOWN]:
        note(f"  {change['verb']} {change['path']}")
    if len(changes) > _SHOWN or ended["uncounted"]:
        note(f"  and {len(changes) - _SHOWN + ended['uncounted']} more")
    for path in ended["conflicts"]:
        note(f"  conflict {path}: somebody else changed it meanwhile; both versions are kept")
    count = len(changes) + ended["uncounted"]
    said = {"keep": f"kept; `jackline undo {session}` takes them back", "discard": "discarded"}
    what = f"{count} changes {said[ended['outcome']]}" if count else "it left nothing to keep"
    note(f"jackline: {session} ended; {what}")
