"""`jackline doctor`."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import click
from msgspec import Struct

from jackline.cli.connecting import connector, homes_of, place, programs, scope_option
from jackline.cli.output import json_option, line, print_json, style
from jackline.clients.canary.trial import Trial, find_program, guarded, unanswered, version_of
from jackline.clients.connect.journal import standing
from jackline.clients.connect.registry import CONNECTORS
from jackline.clients.weaknesses import Weakness, weaknesses
from jackline.contain.walls import examine
from jackline.core.errors import ConfigurationError, JacklineError
from jackline.core.profiles import PROFILES
from jackline.guard.client import call

if TYPE_CHECKING:
    from jackline.clients.connect.interface import Place
    from jackline.contain.walls import Report
    from jackline.core.profiles import Scope

FAILED: Final = 1


class Finding(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known of one client. `holds`: it is connected, and can say no (None: it is not connected)."""

    client: str
    title: str
    program: str
    version: str
    connected: bool
    assurance: str
    holds: bool | None = None
    guarded: Trial | None = None
    unanswered: Trial | None = None
    problem: str = ""
    weaknesses: tuple[Weakness, ...] = ()


@click.command("doctor")
@click.argument("clients", nargs=-1, metavar="[CLIENT…]")
@scope_option
@click.option("--no-canary", is_flag=True, help="Look at versions and settings only; start no client.")
@click.option("--walls", "all_walls", is_flag=True, help="Show each wall of a sandbox, and whether it holds here.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, *, clients: tuple[str, ...], scope: Scope, no_canary: bool, all_walls: bool, as_json: bool
) -> None:
    """Prove that each connection can say no.

    Starts each connected client, in a copy of its settings and against a small model of ours, and has it ask for a
    harmless command, for one that no policy allows, and for one while no guard answers. Tries each wall of the sandbox in
    which `run` and `exec` put programs. Exits with 1 if a connection cannot say no.
    """
    here, names = place(scope, writes=False), [connector(name).name for name in clients or CONNECTORS]
    guard, walls = _guard(scope), examine()
    findings = [_examine(name, here, canary=not no_canary) for name in names]
    if as_json:
        print_json({"guard": guard, "walls": walls, "clients": findings})
    else:
        line(f"guard: {guard['problem'] or 'answers'}")
        for text in _standing(walls, whole=all_walls):
            line(text)
        for finding in findings:
            _tell(finding, named=bool(clients))
    failed = bool(guard["problem"]) or any(finding.holds is False for finding in findings)
    ctx.exit(FAILED if failed else 0)


def _standing(walls: Report, *, whole: bool) -> list[str]:
    """What of a sandbox holds on this machine."""
    missing = walls.missing()
    if whole:
        return ["sandboxes:", *walls.lines()]
    if missing:
        return [
            f"sandboxes: {style('NOT ALL WALLS HOLD', 'red', bold=True)}; `jackline doctor --walls` shows each",
            *walls.advice,
        ]
    return [f"sandboxes: all walls hold ({len(walls.tried)} tried)"]


def _guard(scope: Scope) -> dict[str, object]:
    """Whether the resident guard answers, or what keeps it from it."""
    try:
        status = call("status", homes=homes_of(scope))
    except JacklineError as error:
        return {"problem": str(error)}
    return {"problem": "", "status": status}


def _examine(name: str, here: Place, *, canary: bool) -> Finding:
    profile = PROFILES[name]
    program = find_program(profile.programs, here.environment)
    version = version_of(program) if program else ""
    if here.scope not in profile.connects:
        return Finding(
            client=name, title=profile.title, program=program, version=version, connected=False, assurance="none"
        )
    try:
        state = standing(CONNECTORS[name], here, programs(here.scope))
    except ConfigurationError as error:
        return _finding(name, program, version, stands=False, holds=False, problem=str(error))
    if state == "none":
        return _finding(name, program, version, stands=False)
    if not program:
        return _finding(
            name, program, version, stands=True, here=here, problem=f"`{profile.programs[0]}` is not on PATH"
        )
    if not canary:
        return _finding(name, program, version, stands=True, here=here)
    with ThreadPoolExecutor() as both:
        socket = programs(here.scope).socket
        silent = None if here.scope == "managed" else both.submit(unanswered, name, program, here, socket)
        first = guarded(name, program, here)
        second = None if silent is None else silent.result()
    problem = _problem(first, second)
    return _finding(
        name, program, version, stands=True, here=here, holds=not problem, problem=problem, trials=(first, second)
    )


def _finding(
    name: str, program: str, version: str, *, stands: bool, here: Place | None = None, holds: bool | None = None,
    problem: str = "", trials: tuple[Trial | None, Trial | None] = (None, None),
) -> Finding:  # fmt: skip
    return Finding(
        client=name, title=PROFILES[name].title, program=program, version=version, connected=stands, holds=holds,
        assurance="none" if here is None else "managed" if _apart(here) else "hooked", problem=problem,
        guarded=trials[0], unanswered=trials[1],
        weaknesses=weaknesses(name, here, version) if here is not None else (),
    )  # fmt: skip


def _apart(here: Place) -> bool:
    """Managed: the machine's configuration, and a guard that runs as a user who runs no agent."""
    try:
        owner = os.stat(homes_of(here.scope).socket).st_uid
    except OSError:
        return False
    return here.scope == "managed" and owner != int(here.environment.get("SUDO_UID", os.getuid()))


def _problem(first: Trial, second: Trial | None) -> str:
    """What a person must know, the worst first; "" where the connection holds."""
    if not first.asked:
        return f"the client did not start: {first.problem or 'it never asked its model'}"
    if first.worked and not first.stopped:
        return "A DENIED CALL RAN: the client does not ask the guard, or does not obey it"
    if not first.worked:
        return f"a harmless command did not run: {first.reason or first.problem or 'the client gave no result'}"
    if second is not None and not second.stopped:
        return "A CALL RAN WITH NO GUARD TO ALLOW IT: the client goes on when its hook fails"
    return ""


def _tell(finding: Finding, *, named: bool) -> None:
    if not finding.connected and not finding.problem:
        if named or finding.program:
            line(f"{finding.title} {finding.version}: not connected; run `jackline connect {finding.client}`")
        return
    state = {
        True: style("can be stopped", "green"),
        False: style("CANNOT BE RELIED ON", "red", bold=True),
        None: "not proved",
    }
    line(f"{finding.title} {finding.version}: {state[finding.holds]} ({finding.assurance})")
    if finding.problem:
        line(f"  {finding.problem}")
    if finding.guarded is not None and finding.guarded.stopped:
        line(f"  a denied call did not run; the model read: {finding.guarded.reason}")
    if finding.unanswered is not None and finding.unanswered.stopped:
        line(f"  with no guard nothing ran; the model read: {finding.unanswered.reason}")
    for weakness in finding.weaknesses:
        mark = style("now", "red") if weakness.present else "could be"
        line(f"  {mark}: {weakness.text}; closed by: {weakness.closes}")
