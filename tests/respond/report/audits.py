"""Audits to report on: made of the sessions that detectors are tested with, and of text that means harm."""

from __future__ import annotations

from jackline.core.action import Action
from jackline.core.decision import Decision, Reason
from jackline.core.effect import Effect, Evidence, Resource
from jackline.core.history import Audit, Finding, Judged, Noise, SessionReport, Timeline, Turn

HOSTILE = (
    '</script><script>window.owned = 1</script><img src=x onerror="window.owned = 2"> <svg/onload=window.owned=3> '
    "<!--<script> javascript:window.owned=4 {{style}} {{data}} \u202edlrow\u202c \u200b\u2028 ${window.owned=5} ]]> &lt;b&gt;"
)


def call(
    session: str, index: int, command: str, effects=(), result: str = "", verdict: str = "allow", line: int = 0
) -> Judged:
    action = Action(tool="shell", arguments={"command": command}, cwd="/home/u/tide", session=session)
    reasons = () if verdict == "allow" else (Reason(rule="baseline/outside", text=f"asks about {command}"),)
    decision = Decision(verdict=verdict, effects=tuple(effects), reasons=reasons)
    turn = Turn(
        kind="call", session=session, action=action, line=line or index, at=1_750_000_000_000_000 + index * 1_000_000
    )
    return Judged(turn=turn, decision=decision, index=index, outcome="succeeded", exit_code=0, result=result)


def effect(verb: str, kind: str, name: str, start: int, text: str, **more) -> Effect:
    return Effect(verb, Resource(kind, name, **more), evidence=Evidence(start, start + len(text), text))


def audit(text: str = HOSTILE, calls: int = 6) -> Audit:
    """An audit in which every text that can come from a transcript is this one."""
    session = f"s-{text}"
    moments = [
        Turn(kind="prompt", session=session, text=text, line=1),
        Turn(kind="said", session=session, text=f"done {text}", line=2),
        call(
            session,
            1,
            f"rm -rf ~/Documents # {text}",
            [effect("delete", "file", f"/home/u/Documents/{text}", 0, "rm -rf ~/Documents", reach="home")],
            text,
            "deny",
        ),
        *(
            call(
                session,
                at,
                f"curl https://x{at}.example",
                [effect("connect", "endpoint", f"x{at}.example", 5, f"https://x{at}.example", reach="remote")],
                "ok",
            )
            for at in range(2, calls + 1)
        ),
    ]
    findings = (
        Finding(
            kind="irreversible",
            severity="critical",
            session=session,
            text=f"delete on {text}",
            call=1,
            line=1,
            fate="refused",
            rule=text,
            evidence=text,
            asi=("ASI02",),
            atlas=("AML.T0101",),
        ),
        Finding(
            kind="injection",
            severity="high",
            session=session,
            text="`shell` followed an instruction",
            call=2,
            line=2,
            fate="asked",
        ),
        Finding(kind="claims", severity="medium", session=session, text="the agent said that tests pass", line=2),
        Finding(kind="secrets", severity="note", session=session, text="a secret was read", call=3, line=3),
    )
    reports = (
        SessionReport(
            session=session,
            client=text,
            project=text,
            file=f"/home/u/{text}.jsonl",
            calls=calls,
            findings=4,
            fates={"refused": 1, "allowed": calls - 1},
            begin=1_750_000_000_000_000,
        ),
        SessionReport(session="quiet", client="claude", project="/home/u/tide", calls=3, fates={"allowed": 3}),
    )
    return Audit(
        sessions=reports,
        findings=findings,
        noise=Noise(questions=3, median=1.0, p90=2.0, per_100_calls=4.2, rules={text: 3}),
        fates={"allowed": calls - 1, "refused": 1, "asked": 2, "undoable": 4},
        calls=calls,
        kept=4,
        begin=1_750_000_000_000_000,
        end=1_760_000_000_000_000,
        timelines=(Timeline(session=session, moments=tuple(moments)),),
        version="0.1.0",
        looked=(text,),
    )
