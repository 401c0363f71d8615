"""`make demo`: the database wipe of February 2026, replayed against a guarded throw-away project.

    python -m demo [--without-guard] [--keep]

A separate program (agent.py) carries out the story's tool calls as Claude Code would: through the hooks and the shell prefix
that `jackline connect claude` wrote. What is shown for each step was asked of the public command line afterwards.
`--without-guard` runs the same agent with no hooks, and shows that the losses are real.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.contained import act
from demo.story import Step, story
from demo.telling import jackline, paint, say
from demo.world import World, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
WIDTH = 108
VERDICTS = {
    "allow": ("green", "ALLOWED"),
    "ask": ("yellow", "ASKED, and nobody is there: NOT RUN"),
    "held": ("yellow", "HELD until a person has reviewed it: not run"),
    "deny": ("red", "STOPPED"),
}
MAX_EFFECTS = 3
Json = dict[str, Any]


def main() -> int:
    """Run the demo. Returns 0 if everything that should be there is there."""
    parser = argparse.ArgumentParser(
        prog="python -m demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--without-guard", action="store_true", help="run the same agent with no hooks: the data are lost"
    )
    parser.add_argument("--keep", action="store_true", help="leave the throw-away folder for a look round")
    options = parser.parse_args()
    started = time.monotonic()
    root = Path(tempfile.mkdtemp(prefix="demo-"))
    world = make_world(root)
    try:
        good = replay(world, guarded=not options.without_guard)
        say(
            f"\n{paint('dim', f'{time.monotonic() - started:.1f} s')}"
            + (paint("dim", f", in {root}") if options.keep else "")
        )
    finally:
        world.stop_guard()
        if not options.keep:
            shutil.rmtree(root, ignore_errors=True)
    return 0 if good else 1


def replay(world: World, *, guarded: bool) -> bool:
    """Let the agent work, and show what became of it. Returns whether it ended as it should."""
    before = world.losses()
    steps = story(str(world.project), world.environment["HOME"])
    if guarded:
        connected = jackline(world, "connect", "claude")
        if connected.returncode:
            say(connected.stdout + connected.stderr)
            return False
        say(
            paint(
                "bold",
                "An agent works in a production infrastructure repository. `jackline connect claude` was all the preparation.",
            )
        )
    else:
        say(paint("bold", "The same agent, with no guard."))
    right = [
        show(world, number, step, event, guarded=guarded)
        for number, (step, event) in enumerate(run_agent(world, steps, guarded=guarded), 1)
    ]
    return summary(world, before, guarded=guarded) and (not guarded or (all(right) and len(right) == len(steps)))


def run_agent(world: World, steps: tuple[Step, ...], *, guarded: bool) -> Iterator[tuple[Step, Json]]:
    """Start the agent, hand it one step at a time, and read what it says happened."""
    command = [
        sys.executable,
        "-I",
        str(HERE / "agent.py"),
        "--project",
        str(world.project),
        *([] if guarded else ["--unguarded"]),
    ]
    known = {**world.environment, **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}}
    known |= {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "Agent"), ("EMAIL", "agent@example.org"))
    }
    known["PATH"] = f"{world.programs}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for name in ("terraform", "aws"):  # never a real one
        found = shutil.which(name, path=known["PATH"])
        if found != str(world.programs / name):
            message = f"`{name}` would be {found}"
            raise RuntimeError(message)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=known) as agent:
        if agent.stdin is None or agent.stdout is None:
            return
        for step in steps:
            agent.stdin.write(json.dumps({"tool": step.tool, "input": step.input}) + "\n")
            agent.stdin.flush()
            line = agent.stdout.readline()
            if not line:
                return
            yield step, json.loads(line)
        agent.stdin.close()


def show(world: World, number: int, step: Step, event: Json, *, guarded: bool) -> bool:
    """Print one step. Returns whether what should not run did not run, and the other way round."""
    say(f"\n{paint('bold', f'{number:2}')}  {paint('dim', step.says)}")
    say(f"    {paint('bold', short(world, step.shown, WIDTH - 6))}")
    if guarded:
        decision = recorded(world, event)
        held = "held" in decision.get("remedies", [])
        colour, word = VERDICTS["held" if held else str(decision.get("verdict", event["verdict"]))]
        for line in effects(world, decision):
            say(f"      {'effect':9}{line}")
        say(f"      {'decision':9}{paint(colour, word)}")
        reasons = [f"{reason['text']} [rule {reason['rule']}]" for reason in decision.get("reasons", [])] or [
            event["reason"]
        ]
        if reasons[0]:
            say(why(world, reasons[0]))
    if event["ran"] and event["output"].strip():
        say(paint("dim", textwrap.indent("\n".join(event["output"].strip().splitlines()[-2:]), "      | ")))
    return bool(event["ran"]) != step.harmful


def recorded(world: World, event: Json) -> Json:
    """The decision on a call as the ledger has it."""
    shown = jackline(world, "show", "--json")
    actions = json.loads(shown.stdout)["actions"] if shown.returncode == 0 else []
    return next((dict(action["decision"]) for action in actions if action["asked"].get("call") == event["call"]), {})


def effects(world: World, decision: Json) -> list[str]:
    """What the action does, one line an effect, what cannot be undone first; that programs run goes without saying."""
    found = sorted(decision.get("effects", []), key=lambda effect: effect["reversible"] != "no")
    telling = [effect for effect in found if effect["verb"] != "execute"] or found
    lines = list(dict.fromkeys(in_words(world, effect) for effect in telling))
    return lines[:MAX_EFFECTS] + ([f"… and {len(lines) - MAX_EFFECTS} more"] if len(lines) > MAX_EFFECTS else [])


def in_words(world: World, effect: Json) -> str:
    """One effect as a line."""
    resource = effect["resource"]
    marks = [resource["environment"]] if resource["environment"] != "unknown" else []
    marks += ["without bound"] if effect["extent"]["atMost"] is None else []
    marks += ["cannot be undone"] if effect["reversible"] == "no" else []
    said = f"{effect['verb']} {resource['kind']} {short(world, resource['name'], 60)}"
    return f"{said} ({', '.join(marks)})" if marks else said


def why(world: World, text: str) -> str:
    """A reason, wrapped."""
    return textwrap.fill(short(world, text, 400), WIDTH, initial_indent="      why      ", subsequent_indent=" " * 15)


def short(world: World, text: str, width: int) -> str:
    """On one line, with the throw-away folder's name left out."""
    return textwrap.shorten(text.replace(f"{world.root}/", ""), width, placeholder=" …")


def summary(world: World, before: dict[str, str], *, guarded: bool) -> bool:
    """What is left, whether the ledger verifies, and what to try next."""
    after, intact = world.losses(), True
    say("\n" + paint("bold", "What is left"))
    for name, had in before.items():
        kept = int(after[name]) >= int(had)
        intact &= kept
        say(f"    {name:38} {had:>6}  ->  {paint('green' if kept else 'red', after[name])}")
    if not guarded:
        say(paint("red", "\nThe data are gone.") if not intact else "\nNothing was lost?")
        return not intact
    held = act(world)
    verified = jackline(world, "log", "verify")
    said = (verified.stdout or verified.stderr).strip() or "?"
    say("\n" + paint("bold", "The record of both"))
    say(f"    {'jackline log verify':38} {said.splitlines()[0]}")
    say("\n" + paint("bold", "Next"))
    for command, what in (
        ("python -m demo --without-guard", "the same agent with no guard: the losses are real"),
        ("jackline check 'terraform destroy'", "ask for a decision; nothing is run"),
        ("jackline run -- claude", "let an agent loose: nothing leaves, and all it changes can be taken back"),
        ("jackline connect claude", "guard a real agent (gemini, codex, opencode); `jackline disconnect` undoes it"),
        ("jackline doctor", "prove that each connection can say no"),
        ("jackline log", "what was asked and decided; `jackline show ID` tells why"),
    ):
        say(f"    {command:38} {what}")
    return intact and held and verified.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
