"""The audit's one screen, and a session turn by turn, for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from jackline.cli.escaping import visible
from jackline.cli.output import style
from jackline.core.history import FATES, Judged, fate_of
from jackline.guard.audit.assemble import worst

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jackline.core.history import Audit, Fate, Finding, SessionReport, Severity, Timeline, Turn
    from jackline.guard.audit.parts import Compared
    from jackline.guard.audit.propose import Proposal

WORST: Final = 10
RULES: Final = 6
WIDTH: Final = 78
MAX_TEXT: Final = 160
MAX_LINES: Final = 12
MAX_CHANGES: Final = 12
_MICROS: Final = 1_000_000
_SHORT: Final = 8

SEVERITY_COLOURS: Final[dict[Severity, str]] = {
    "critical": "red", "high": "red", "medium": "yellow", "low": "cyan", "note": "white",
}  # fmt: skip
FATE_COLOURS: Final[dict[Fate, str]] = {
    **dict.fromkeys(("allowed", "undoable", "contained", "rehearsed"), "green"),
    **dict.fromkeys(("asked", "held"), "yellow"),
    "refused": "red",
}
FATE_TOLD: Final[dict[Fate, str]] = {
    "allowed": "allowed", "undoable": "made undoable", "contained": "contained", "rehearsed": "rehearsed", "asked": "asked",
    "held": "held for review", "refused": "refused",
}  # fmt: skip
_OUTCOMES: Final = {"failed": "failed", "refused": "refused then"}
_SPEAKERS: Final = {"prompt": "person", "said": "agent", "system": "client", "result": "result", "call": "call"}


def draw(audit: Audit, left_out: int = 0) -> str:
    """The screen."""
    lines = [_head(audit), ""]
    if not audit.calls:
        return "\n".join([*lines[:1], *_damage(audit)])
    lines += _findings(audit, left_out)
    lines += ["", style("What Jackline would have done", "white", bold=True), *_bar(audit.fates, audit.calls)]
    lines += ["", *_noise(audit)]
    if audit.kept:
        lines.append(f"Undoable: the file changes of {_count(audit.kept, 'call')} could have been put back exactly.")
    lines += _damage(audit)
    lines += ["", *_next(audit)]
    return "\n".join(lines)


def _head(audit: Audit) -> str:
    span = ""
    if audit.begin:
        span = f", {day(audit.begin)} to {day(audit.end)}"
    clients = sorted({report.client for report in audit.sessions if report.client})
    text = f"{_count(len(audit.sessions), 'session')} of {', '.join(clients) or 'no client'}, {_count(audit.calls, 'call')}{span}"
    return style(text, "white", bold=True) + (
        "" if audit.complete else style("  (interrupted: this is the part that was read)", "yellow")
    )


def _findings(audit: Audit, left_out: int) -> Iterator[str]:
    total = len(audit.findings) + left_out
    if not total:
        yield style("Nothing was found that a person should look at.", "green")
        return
    shown = worst((finding for finding in audit.findings if finding.severity != "note"), WORST)
    notes = sum(finding.severity == "note" for finding in audit.findings)
    yield style(f"{_count(total, 'finding')}" + (f", {notes} of them notes" if notes else ""), "white", bold=True)
    for finding, times in shown:
        yield from finding_lines(finding, times)
    if not shown:
        yield "  Only notes: `--json` lists them."


def finding_lines(finding: Finding, times: int = 1) -> Iterator[str]:
    """A finding in two lines."""
    mark = style(f"{finding.severity:<8}", SEVERITY_COLOURS[finding.severity], bold=finding.severity == "critical")
    again = f"  ({times} times)" if times > 1 else ""
    yield f"  {mark}  {_cut(visible(finding.text))}{again}"
    where = f"{day(finding.at)}  " if finding.at else ""
    call = f" call {finding.call}" if finding.call else ""
    rule = f" ({finding.rule})" if finding.rule else ""
    yield f"            {where}session {short(finding.session)}{call}, {finding.kind}; would have been {FATE_TOLD[finding.fate]}{rule}"


def _bar(fates: Mapping[Fate, int], calls: int) -> Iterator[str]:
    """The decisions as one bar, and a line for each kind."""
    parts = [(fate, fates.get(fate, 0)) for fate in FATES if fates.get(fate, 0)]
    cells = [(fate, max(1, round(WIDTH * count / calls))) for fate, count in parts]
    yield "  " + "".join(
        style(("█" if fate in {"allowed", "undoable"} else "▓") * width, FATE_COLOURS[fate]) for fate, width in cells
    )
    told = [
        style(f"{FATE_TOLD[fate]} {count:,} ({_percent(count, calls)})", FATE_COLOURS[fate]) for fate, count in parts
    ]
    yield "  " + ", ".join(told)


def _noise(audit: Audit) -> Iterator[str]:
    noise = audit.noise
    yield (
        f"Questions per session: median {noise.median:g}, 90 % of sessions at most {noise.p90:g}; "
        f"{noise.per_100_calls:g} per 100 calls"
    )
    for rule, count in list(noise.rules.items())[:RULES]:
        yield f"  {count:>7,}  {rule}"


def _damage(audit: Audit) -> Iterator[str]:
    if audit.damage:
        yield ""
        yield style("Not read:", "yellow")
        for why, count in sorted(audit.damage.items(), key=lambda item: -item[1])[:RULES]:
            yield f"  {count:>7,}  {visible(why)}"


def _next(audit: Audit) -> Iterator[str]:
    first = next((finding for finding in audit.findings if finding.severity != "note"), None)
    if first is not None:
        yield f"Look at one session:  jackline audit --session {short(first.session)}"
    if audit.noise.questions:
        yield "Ask less:             jackline audit --propose   (shows grants that your history speaks for; changes nothing)"
    yield "Read it as a page:    jackline audit --html audit.html"
    yield "Guard the next ones:  jackline connect"


def draw_proposal(proposal: Proposal) -> str:
    """The grants, each with what it permits and its history."""
    if not proposal.grants:
        return "No grant is proposed: nothing harmless was asked about often enough."
    lines = [
        style(
            f"{_count(len(proposal.grants), 'grant')} proposed; {_count(proposal.spared, 'question')} would have been spared at most.",
            "white",
            bold=True,
        ),
        "",
    ]
    for grant in proposal.grants:
        times = _count(grant.times, "time")
        lines.append(f"  {visible(grant.permits)}")
        lines.append(
            f"    asked {times} in {_count(grant.sessions, 'session')}, never refused; e.g. {_cut(visible(grant.example))}"
        )
    lines += ["", proposal.text.rstrip()]
    return "\n".join(lines)


def draw_compared(compared: Compared, names: tuple[str, str]) -> str:
    """What changes between two policies."""
    first, second = names
    per = [
        100 * count / compared.calls if compared.calls else 0.0
        for count in (compared.questions_before, compared.questions_after)
    ]
    difference = compared.questions_after - compared.questions_before
    more = f"{abs(difference):,} {'more' if difference > 0 else 'fewer'}" if difference else "as many"
    lines = [
        style(f"{_count(compared.calls, 'call')} under `{first}` and `{second}`", "white", bold=True), "",
        f"  {first}: {compared.questions_before:,} questions, {per[0]:.2f} per 100 calls",
        f"  {second}: {compared.questions_after:,} questions, {per[1]:.2f} per 100 calls ({more})", "",
    ]  # fmt: skip
    if not compared.moves:
        return "\n".join([*lines, "No call is judged differently."])
    lines.append(f"{_count(sum(compared.moves.values()), 'call')} judged differently:")
    for move, count in sorted(compared.moves.items(), key=lambda item: -item[1]):
        before, after = move.split(">")
        lines.append(f"  {count:>7,}  {before} → {after}")
    lines.append("")
    for changed in compared.examples[:MAX_CHANGES]:
        lines.append(f"  {changed.before} → {changed.after}  {_cut(visible(changed.text))}")
        rules = f"{changed.rule_before or 'no rule'} → {changed.rule_after or 'no rule'}"
        lines.append(f"      session {short(changed.session)} call {changed.call}; {rules}")
    return "\n".join(lines)


def draw_timeline(report: SessionReport, timeline: Timeline, findings: list[Finding]) -> str:
    """A session turn by turn."""
    by_call: dict[int, list[Finding]] = {}
    for finding in findings:
        by_call.setdefault(finding.call, []).append(finding)
    head = f"{report.session}  {report.client} {report.version}".rstrip()
    when = f"{moment(report.begin)} to {moment(report.end)}, " if report.begin else ""
    lines = [style(head, "white", bold=True), f"{when}{report.project}, {_count(report.calls, 'call')}", ""]
    for each in timeline.moments:
        lines += _call_lines(each, by_call.pop(each.index, [])) if isinstance(each, Judged) else _turn_lines(each)
    for rest in by_call.values():
        for finding in rest:
            lines += finding_lines(finding)
    if timeline.cut:
        lines.append("… the rest is left out")
    return "\n".join(lines)


def _turn_lines(turn: Turn) -> list[str]:
    if not turn.text.strip():
        return []
    return [
        style(f"{_clock(turn.at)}{_SPEAKERS[turn.kind]}", "cyan"),
        *(f"    {each}" for each in _paragraph(turn.text)),
        "",
    ]


def _call_lines(judged: Judged, findings: list[Finding]) -> list[str]:
    from_action = judged.turn.action
    fate = fate_of(judged.decision)
    name = from_action.tool if from_action is not None else "?"
    lost = "  no result" if judged.outcome == "unknown" and not judged.result else ""
    outcome = f"  {_OUTCOMES[judged.outcome]}" if judged.outcome in _OUTCOMES else lost
    title = style(f"#{judged.index} {name}", "white", bold=True)
    lines = [f"{_clock(judged.turn.at)}{title}  {style(FATE_TOLD[fate], FATE_COLOURS[fate])}{outcome}"]
    if from_action is not None:
        for key, value in from_action.arguments.items():
            for number, each in enumerate(_paragraph(str(value))):
                lines.append(f"    {'' if number or key in {'command', 'path'} else key + ': '}{each}")
    for effect in judged.decision.effects[:MAX_LINES]:
        marks = f"  [{', '.join(sorted(effect.resource.labels))}]" if effect.resource.labels else ""
        lasting = "  not reversible" if effect.reversible == "no" else ""
        lines.append(
            style(
                f"      · {effect.verb} {effect.resource.kind} {visible(effect.resource.name)}{marks}{lasting}", "blue"
            )
        )
    lines += [f"      {visible(reason.text)} ({reason.rule})" for reason in judged.decision.reasons[:2]]
    for finding in findings:
        lines += finding_lines(finding)
    return [*lines, ""]


def _paragraph(text: str) -> list[str]:
    lines = [_cut(visible(line)) for line in text.strip().splitlines()]
    return lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 1], f"… {len(lines) - MAX_LINES + 1} more lines"]


def short(session: str) -> str:
    """As much of a session's ID as is needed to name it; where the ID is a file's path, the file's name."""
    name = session.rpartition("/")[2]
    return visible(name if name != session else session[:_SHORT])


def day(at: int) -> str:
    """A day, in this machine's time."""
    return _time(at).strftime("%Y-%m-%d")


def moment(at: int) -> str:
    """A minute, in this machine's time."""
    return _time(at).strftime("%Y-%m-%d %H:%M")


def _clock(at: int) -> str:
    return _time(at).strftime("%H:%M:%S  ") if at else ""


def _time(at: int) -> datetime:
    try:
        return datetime.fromtimestamp(at / _MICROS, UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole if whole else 0.0
    return f"{share:.1f} %" if share >= 0.1 or not part else "< 0.1 %"  # noqa: PLR2004 - a tenth of a percent
