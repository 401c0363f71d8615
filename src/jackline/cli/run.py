"""`jackline run`: a whole agent in a sandbox, observed and undoable."""

from __future__ import annotations

import os
import sys
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import click

from jackline.cli import visiting
from jackline.cli.output import note
from jackline.contain.limits.budgets import read_budget
from jackline.core.errors import JacklineError, UsageError
from jackline.guard.client import call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHOWN: Final = 20
_SPENT: Final = {"tokens": 1, "money": 1_000_000}
"""What the gateway counts at the model, in its own units: money in millionths of a dollar."""

_MOST: Final = 2**62


@click.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--profile", default="", metavar="CLIENT", help="Which client it is, if its program's name does not say.")
@click.option("--staged/--live", default=None, help="Changes reach the workspace at the end, or after each action.")
@click.option("--keep", "outcome", flag_value="keep", help="Keep the changes at the end without asking.")
@click.option("--discard", "outcome", flag_value="discard", help="Discard them without asking.")
@click.option("--allow-host", "hosts", multiple=True, metavar="HOST[:PORT]", help="A host that it may reach.")
@click.option(
    "--budget", "budgets", multiple=True, metavar="KEY=VALUE", help="A limit: `wall=30m`, `memory=2g`, `money=5`, …"
)
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
    try:
        code = visiting.run(visiting.Ticket(opened["place"], opened["ticket"]))
    except visiting.NotStartedError as error:
        note(f"jackline: {error}")
        code = error.exit_code
    try:
        _end(opened["session"], options["outcome"], opened["mode"])
    except JacklineError as error:
        note(f"jackline: {error}")
        code = code or visiting.FAILED
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
        found |= _spent(key, value) if key in _SPENT else read_budget(key, value)
    return found


def _spent(key: str, value: str) -> dict[str, int]:
    """`tokens=2000000`, `money=5.50` (dollars). Raises `UsageError`."""
    try:
        amount = Decimal(value) * _SPENT[key]
    except InvalidOperation:
        amount = Decimal(-1)
    if not 0 < amount <= _MOST or amount != int(amount):
        message = f"`{value}` is no {key}; write `--budget tokens=2000000` or `--budget money=5.50`"
        raise UsageError(message)
    return {key: int(amount)}


def _end(session: str, outcome: str | None, mode: str) -> None:
    """Say in one screen what the run did, ask what becomes of it, and end it."""
    report = call("run_report", {"session": session}, patience=visiting.PATIENCE_SECONDS)
    for text in _screen(report):
        note(text)
    chosen = outcome
    if chosen is None:
        asked = sys.stdin.isatty() and bool(report["changed"])
        chosen = "keep" if not asked or click.confirm("Keep what it changed?", default=True, err=True) else "discard"
    ended = call("run_end", {"session": session, "outcome": chosen}, patience=visiting.PATIENCE_SECONDS)
    for path in ended["conflicts"]:
        note(f"  conflict  {path}: somebody else changed it meanwhile; both versions are kept")
    changed = bool(report["changed"] or ended["changes"])
    if chosen == "discard" and mode == "live" and changed:
        call("undo", {"id": session}, patience=visiting.PATIENCE_SECONDS)
    said = {"keep": f"kept; `jackline undo {session}` takes it back", "discard": "discarded: all is as it was before"}
    note(f"jackline: {session} ended; {said[chosen] if changed else 'it changed nothing'}")


def _screen(report: dict[str, Any]) -> Iterator[str]:
    """What a run did: what it changed, where it was not let go, what looked wrong."""
    decisions, changed = report["decisions"], report["changed"]
    yield (
        f"jackline: {report['session']}: {decisions['allow']} actions allowed, {decisions['ask']} asked, "
        f"{decisions['deny']} stopped; {len(changed)} paths changed"
    )
    if report["usage"]:
        yield f"  model     {report['usage']['tokens']} tokens, ${report['usage']['money'] / 1_000_000:.2f}"
    for path in sorted(changed)[:_SHOWN]:
        yield f"  {changed[path]:8}  {path}"
    if len(changed) > _SHOWN:
        yield f"  and {len(changed) - _SHOWN} more: `jackline diff {report['session']}`"
    for host, times in sorted(report["refused"].items())[:_SHOWN]:
        yield f"  refused   {host}" + (f" ({times} times)" if times > 1 else "")
    for text in report["alerts"][:_SHOWN]:
        yield f"  alert     {text}"
