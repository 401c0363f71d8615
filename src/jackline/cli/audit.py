"""`jackline audit`: what the agents of this machine did, from the transcripts that their clients keep."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from jackline.cli.audit_progress import Progress
from jackline.cli.audit_screen import draw, draw_compared, draw_proposal, draw_timeline
from jackline.cli.group import INTERRUPTED
from jackline.cli.output import json_option, line, note, print_json
from jackline.core.errors import UsageError
from jackline.core.history import SEVERITIES
from jackline.guard.audit.auditing import Auditing, Request
from jackline.guard.audit.propose import propose
from jackline.guard.paths import find_homes
from jackline.respond.report.page import page
from jackline.respond.report.sarif import sarif

if TYPE_CHECKING:
    from jackline.core.history import Audit
    from jackline.guard.paths import Homes

FOUND: Final = 6
"""The exit code where `--fail-on` was reached: nothing failed, and something was found."""

_SPAN: Final = re.compile(r"(\d{1,6})([hdwmy])")
_SECONDS: Final = {"h": 3600, "d": 86400, "w": 7 * 86400, "m": 30 * 86400, "y": 365 * 86400}
_MICROS: Final = 1_000_000


@click.command("audit")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--since", default="", metavar="90d", help="Only sessions that went on within this time: 12h, 90d, 4w, 6m, 1y."
)
@click.option(
    "--client", "clients", multiple=True, metavar="NAME", help="Only this client's transcripts; may be repeated."
)
@click.option(
    "--project", default="", metavar="DIR", help="Only sessions that worked in this directory, or in one of this name."
)
@click.option(
    "--session", default="", metavar="ID", help="One session, turn by turn; the beginning of its ID is enough."
)
@click.option("--policy", default="", metavar="NAME or FILE", help="Judge by this policy instead of the one in force.")
@click.option(
    "--compare",
    nargs=2,
    default=None,
    metavar="A B",
    help="Judge the same history by two policies, and show what changes.",
)
@click.option(
    "--propose", "proposed", is_flag=True, help="Show grants that your history speaks for; nothing is changed."
)
@click.option("--write", default="", metavar="FILE", help="With --propose: write the grants to a new file.")
@click.option("--html", "html_file", default="", metavar="FILE", help="Write a page that needs no network.")
@click.option(
    "--sarif", "sarif_file", default="", metavar="FILE", help="Write the findings as SARIF 2.1.0; - is standard output."
)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default=None,
    help=f"Exit with {FOUND} where there is a finding as severe as this.",
)
@click.option("--now", is_flag=True, help="Let today's files fill in what the transcripts do not show.")
@json_option
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[str, ...], *, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - the options above
    """Show what your agents did, from what they left behind.

    Reads the transcripts that agent clients keep (or those at PATH), judges every call as if Jackline had been there,
    and shows what a person should look at, and how often Jackline would have asked. Nothing leaves this machine.
    """
    homes = find_homes()
    auditing = Auditing(_request(paths, options), homes, os.environ)
    interrupted = _work(auditing, quiet=as_json)
    audit = auditing.report()
    if not auditing.found:
        note(
            f"No transcripts were found; Jackline looked in {', '.join(audit.looked)}. Name a file or a folder to read another one."
        )
    if options["session"] and not audit.sessions:
        message = f"no session begins with `{options['session']}`; `jackline audit --json` lists them"
        raise UsageError(message)
    _write_reports(audit, options)
    _print(auditing, audit, homes, options, as_json=as_json)
    ctx.exit(INTERRUPTED if interrupted else _exit_code(audit, options["fail_on"]))


def _work(auditing: Auditing, *, quiet: bool) -> bool:
    """Do it; returns whether it was interrupted: then the report is of what was read by then."""
    progress = Progress(wanted=not quiet)
    with contextlib.closing(auditing.steps()) as steps:
        try:
            for step in steps:
                progress.show(step)
        except KeyboardInterrupt:
            return True
        finally:
            progress.end()
    return False


def _request(paths: tuple[str, ...], options: dict[str, Any]) -> Request:
    compare = options["compare"] or ("", "")
    if options["compare"] and options["policy"]:
        message = "`--compare A B` names its policies itself; leave out `--policy`"
        raise UsageError(message)
    if options["write"] and not options["proposed"]:
        message = "`--write FILE` belongs to `--propose`"
        raise UsageError(message)
    project = options["project"]
    return Request(
        paths=tuple(os.path.abspath(path) for path in paths), since=_since(options["since"]), clients=options["clients"],
        project=os.path.abspath(project) if project.startswith((".", "~", "/")) else project, session=options["session"],
        policy=compare[0] or options["policy"], second=compare[1], now=options["now"], turns=bool(options["html_file"]),
    )  # fmt: skip


def _since(text: str) -> int:
    """Microseconds since the epoch; 0 where nothing is said. Raises `UsageError`."""
    if not text:
        return 0
    found = _SPAN.fullmatch(text)
    if found is None:
        message = f"`--since {text}` is no time span; write 12h, 90d, 4w, 6m or 1y"
        raise UsageError(message)
    return max(0, int((time.time() - int(found[1]) * _SECONDS[found[2]]) * _MICROS))


def _print(auditing: Auditing, audit: Audit, homes: Homes, options: dict[str, Any], *, as_json: bool) -> None:
    proposal = propose(auditing.candidates, homes) if options["proposed"] else None
    if proposal is not None and options["write"]:
        _write(options["write"], proposal.text, fresh=True)
    if as_json:
        said = msgspec.to_builtins(audit, order="deterministic")
        said |= {"proposal": msgspec.to_builtins(proposal)} if proposal is not None else {}
        said |= {"compared": msgspec.to_builtins(auditing.compared)} if auditing.compared is not None else {}
        print_json(said)
    elif options["session"]:
        _print_sessions(audit)
    elif auditing.compared is not None:
        line(draw_compared(auditing.compared, options["compare"]))
    elif proposal is not None:
        line(draw_proposal(proposal))
        if options["write"]:
            line(f"\nWritten to `{options['write']}`. Nothing is in force: append it to `{homes.grants}` to use it.")
    elif audit.files and options["sarif_file"] != "-":
        line(draw(audit))


def _print_sessions(audit: Audit) -> None:
    reports = {report.session: report for report in audit.sessions}
    for timeline in audit.timelines:
        if timeline.session in reports:
            found = [finding for finding in audit.findings if finding.session == timeline.session]
            line(draw_timeline(reports[timeline.session], timeline, found))


def _write_reports(audit: Audit, options: dict[str, Any]) -> None:
    if options["html_file"]:
        _write(options["html_file"], page(audit))
    if options["sarif_file"] == "-":
        line(sarif(audit))
    elif options["sarif_file"]:
        _write(options["sarif_file"], sarif(audit))


def _write(path: str, text: str, *, fresh: bool = False) -> None:
    """A report is for this account alone, and there whole or not at all; with `fresh` nothing is replaced. Raises `UsageError`."""
    if fresh and os.path.lexists(path):
        message = f"`{path}` exists already; name a new file"
        raise UsageError(message)
    temporary = f"{path}.{secrets.token_hex(4)}"
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        message = f"`{path}` cannot be written: {error.strerror}"
        raise UsageError(message) from error


def _exit_code(audit: Audit, severity: str | None) -> int:
    if severity is None:
        return 0
    serious = SEVERITIES[SEVERITIES.index(severity) :]
    return FOUND if any(finding.severity in serious for finding in audit.findings) else 0
