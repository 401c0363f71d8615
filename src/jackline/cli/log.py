"""`jackline log`, `log verify`, `log anchor`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from jackline.cli.entries import clock, count, draw_event
from jackline.cli.escaping import visible
from jackline.cli.moments import past
from jackline.cli.output import json_option, line, note, print_json, style
from jackline.core.errors import UsageError
from jackline.core.words import EVENT_KINDS
from jackline.guard.paths import find_homes
from jackline.ledger import KeyStore, Ledger, Reader, read_anchors
from jackline.ledger.verify import verify

if TYPE_CHECKING:
    from jackline.ledger import Report

MAX_SHOWN: Final = 100_000
TAMPERED: Final = 1


@click.group("log", invoke_without_command=True)
@click.option("--session", default="", help="Only this session.")
@click.option("--action", default="", help="Only this action.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(EVENT_KINDS),
    metavar="KIND",
    help="Only this kind; may be given again.",
)
@click.option("--since", default="", metavar="TIME", help="Only since then: `2h`, `3d`, or `2026-11-22 14:00`.")
@click.option(
    "-n", "number", type=click.IntRange(1, MAX_SHOWN), default=50, show_default=True, help="How many, the last ones."
)
@json_option
@click.pass_context
def command(
    context: click.Context, session: str, action: str, kinds: tuple[str, ...], since: str, number: int, *, as_json: bool
) -> None:
    """Print what happened, entry by entry; `log verify` proves that nothing of it was changed."""
    if context.invoked_subcommand is not None:
        return
    path = find_homes().ledger
    if not os.path.exists(path):
        _nothing(as_json=as_json)
        return
    with Reader.open(path) as ledger:
        if session:
            session = _whole(ledger, session, "session")
        if action:
            action = _whole(ledger, action, "action")
        found = ledger.last(number, session=session, action=action, kinds=kinds, since=past(since) if since else 0)
    if as_json:
        print_json([{"sequence": sequence, "event": event} for sequence, event in found])
        return
    for sequence, event in found:
        line(draw_event(sequence, event))
    if not found:
        _nothing(as_json=False)


@command.command("verify")
@click.option(
    "--anchor", "anchors", multiple=True, metavar="FILE", help="What `log anchor` wrote: a file, or git:REMOTE."
)
@json_option
@click.pass_context
def verify_command(context: click.Context, anchors: tuple[str, ...], *, as_json: bool) -> None:
    """Find every edit, deletion, move and truncation; say where, and what cannot be known."""
    homes = find_homes()
    known = [anchor for source in anchors for anchor in read_anchors(source)]
    report = verify(Path(homes.ledger), known, KeyStore(Path(homes.keys)))
    if as_json:
        print_json({"intact": report.intact, "report": report})
    else:
        _print_report(report)
    if not report.intact:
        context.exit(TAMPERED)


@command.command("anchor")
@click.argument("destination")
@json_option
def anchor_command(destination: str, *, as_json: bool) -> None:
    """Put a signed checkpoint where the agent cannot reach it.

    DESTINATION is a file (best another user's, or append-only), `git:REMOTE`, or `syslog:`.
    """
    homes = find_homes()
    Reader.open(homes.ledger).close()  # an anchor never begins a ledger
    with Ledger.open(homes.ledger, homes.keys) as ledger:
        exported = ledger.anchor(destination)
    if as_json:
        print_json(exported)
        return
    checkpoint = exported.anchor.checkpoint
    line(f"Anchored entry {checkpoint.sequence} (epoch {checkpoint.epoch}) to {visible(exported.destination)}.")
    if exported.warning:
        note(f"jackline: {visible(exported.warning)}")


def _print_report(report: Report) -> None:
    for finding in report.findings:
        line(style(f"{finding.sort:<10}", "red", bold=True) + visible(finding.text))
    if report.intact:
        line(
            style("intact    ", "green", bold=True)
            + f"{report.entries} entries, {count(report.checkpoints, 'checkpoint')}"
        )
    if report.covered:
        line(f"          signed up to entry {report.covered} ({clock(report.covered_at)})")
    if report.anchored:
        line(f"          anchored up to entry {report.anchored} ({clock(report.anchored_at)})")
    line("What cannot be known:")
    for text in report.unknown:
        line(f"  - {visible(text)}")


def _whole(ledger: Reader, given: str, wanted: str) -> str:
    kind, found = ledger.find(given)
    if kind != wanted:
        message = f"`{given}` is the {kind} `{found}`, not a {wanted}; use `--{kind}`"
        raise UsageError(message)
    return found


def _nothing(*, as_json: bool) -> None:
    if as_json:
        print_json([])
    else:
        line("Nothing has been recorded that fits.")
