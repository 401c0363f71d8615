"""`jackline observed`: what a policy would have said of what was done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click
from msgspec.structs import replace

from jackline.cli.entries import asked_text, clock, count
from jackline.cli.escaping import shortened, visible
from jackline.cli.moments import now, past
from jackline.cli.output import VERDICT_COLOURS, json_option, line, print_json, style
from jackline.core.errors import ConfigurationError, PolicyError, UsageError
from jackline.guard import totp
from jackline.guard.configuration import load_phases, load_policies, read_settings
from jackline.guard.memory import Memory
from jackline.guard.observed import Judging, Observed, observe
from jackline.guard.paths import find_homes
from jackline.guard.policies import explain
from jackline.guard.standing import DAY_MICROS, OBSERVE, OBSERVED_DAYS, observing_since
from jackline.ledger import Reader
from jackline.policy import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.guard.observed import Stopping
    from jackline.guard.paths import Homes
    from jackline.policy.phases import Phases

WIDTH: Final = 96
MAX_DAYS: Final = 31
_WORDS: Final = {"ask": "asked", "deny": "denied"}


@click.command("observed")
@click.option(
    "--policy", "policy", default="baseline", show_default=True, metavar="NAME_OR_FILE", help="Judge by this."
)
@click.option("--since", default="", metavar="TIME", help="Only since then: `2h`, `3d`, or `2026-11-22 14:00`.")
@json_option
def command(policy: str, since: str, *, as_json: bool) -> None:
    """Report what a policy would have asked and denied of what was done.

    A first week under `observe` ends with this. Without --since: since `observe` was put in force, else the last seven
    days. Grants and the machine's own policy are counted in, a project's own policy is not.
    """
    homes = find_homes()
    if not os.path.exists(homes.ledger):
        message = "nothing has been recorded yet; `jackline connect` connects a client, `jackline doctor` proves it"
        raise UsageError(message)
    report = _report(homes, policy, since)
    if as_json:
        print_json(report)
        return
    _print(report)
    _print_next(report, homes)


def _report(homes: Homes, policy: str, since: str) -> Observed:
    judging, phases = _judging(homes, policy)
    until = now()
    with Reader.open(homes.ledger) as ledger:
        begun = past(since) if since else observing_since(event for _, event in ledger.events(kinds=("configured",)))
        begun = begun or until - OBSERVED_DAYS * DAY_MICROS
        events = (event for _, event in ledger.events(since=begun))
        return observe(events, judging, since=begun, until=until, memory=Memory(lambda: phases))


def _judging(homes: Homes, policy: str) -> tuple[Judging, Phases]:
    """What to judge by. A file is looked for here first, then where the settings look for it."""
    settings = read_settings(homes)
    here = os.path.abspath(policy)
    name = here if policy not in shipped.NAMES and os.path.exists(here) else policy
    settings = replace(settings, policy=name)
    try:
        policies = load_policies(settings, homes)
    except PolicyError as error:
        raise ConfigurationError(explain(error)) from error
    return Judging(policy, policies, settings, totp.strongest(homes.totp)), load_phases(settings, homes)


def _print(report: Observed) -> None:
    line(f"Since {clock(report.since)}: {count(report.actions, 'action')} on {count(len(report.days), 'day')}.")
    line(
        f"Under {report.policy}: {report.allowed} allowed, {report.asked} asked ({report.different} different, "
        f"{report.asked_a_day:.1f} on a day), {report.denied} denied."
    )
    for rule in report.rules:
        line()
        for text in _draw(rule):
            line(text)
    if len(report.days) > 1:
        line()
        for day in report.days[-MAX_DAYS:]:
            line(f"{day.day}  {count(day.actions, 'action'):>12}  {day.asked:>4} asked  {day.denied:>4} denied")


def _draw(rule: Stopping) -> Iterator[str]:
    verdict = style(f"{_WORDS[rule.verdict]:<6}", VERDICT_COLOURS[rule.verdict])
    yield f"{verdict}  {visible(rule.rule)}: {count(rule.actions, 'action')}, {rule.different} different"
    for example in rule.examples:
        yield f"{visible(example.action):>8}  {asked_text(example.asked, WIDTH)}"
        yield f"{'':>8}  {shortened(example.reason.text, WIDTH)}"


def _print_next(report: Observed, homes: Homes) -> None:
    """What to do with it: grant what is fine, then end the observing."""
    example = next((example for rule in report.rules if rule.verdict == "ask" for example in rule.examples), None)
    line()
    if example is not None:
        line(f"`jackline allow --like {example.action}` lets the like of an action pass.")
    if read_settings(homes).policy == OBSERVE:
        line(f'`policy = "{report.policy}"` in `{homes.settings}`, then `jackline guard reload`, puts it in force.')
