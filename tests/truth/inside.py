"""The runner inside the room: `python -m tests.truth.inside` reads cases as JSON lines, writes outcomes as JSON lines.

For each: make its world anew, lower the command there, run it under strace, compare.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

from jackline.core.action import Action
from jackline.guard.world import Station, World
from jackline.lower.lowering import lower
from jackline.policy import LayerText, Posture, judge, load, shipped
from tests.truth import room
from tests.truth.comparison import Known, missing, observable, unhappened
from tests.truth.corpus import Case
from tests.truth.facts import Told, snapshot
from tests.truth.strace import OPTIONS, calls
from tests.truth.touches import touches

WORLDS = f"{room.PLACE}/worlds"
TRACE = f"{room.PLACE}/trace"
SEEN = (room.HOME, "/tmp")
OURS = tuple(map(str, room.ours()))
LIMIT = 20.0
PATH = "/usr/local/bin:/usr/bin:/bin"
ENVIRONMENT = {
    "HOME": room.HOME, "PATH": PATH, "USER": "u", "LOGNAME": "u", "LANG": "C.UTF-8", "SHELL": "/bin/bash", "PWD": room.PROJECT,
    "PYTHONDONTWRITEBYTECODE": "1", "npm_config_update_notifier": "false", "npm_config_audit": "false", "npm_config_fund": "false",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1", "NO_COLOR": "1",
}  # fmt: skip


@cache
def tables() -> dict:
    return tomllib.loads((Path(__file__).parent / "worlds.toml").read_text(encoding="utf-8"))


@cache
def template(world: str) -> str:
    """A world, made once; returns its home."""
    home = f"{WORLDS}/{world}"
    table = tables()["world"][world]
    _clear()
    for name, content in {**tables()["home"]["files"], **table["files"]}.items():
        path = Path(name.replace("~", room.HOME, 1) if name.startswith("~/") else f"{room.PROJECT}/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    subprocess.run(
        ["bash", "-ec", table.get("setup", "")], cwd=room.PROJECT, env=ENVIRONMENT, check=True, capture_output=True
    )
    Path(WORLDS).mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", room.HOME, home], check=True)
    return home


@cache
def tracked(world: str) -> frozenset[str]:
    """The files that git knows in a world as it stands."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=f"{template(world)}/project", env=ENVIRONMENT, capture_output=True, check=False
    )
    return frozenset(
        f"{room.PROJECT}/{name}" for name in listed.stdout.decode(errors="surrogateescape").split("\0") if name
    )


def _clear() -> None:
    shutil.rmtree(room.HOME, ignore_errors=True)
    for entry in os.scandir("/tmp"):
        if not any(path == entry.path or path.startswith(f"{entry.path}/") for path in OURS):
            subprocess.run(["rm", "-rf", entry.path], check=False)
    Path(room.PROJECT).mkdir(parents=True)


def traced(command: str) -> tuple[int, str]:
    """Run a command under strace; its exit code and what it said on standard error."""
    argv = ["strace", *OPTIONS, "-o", TRACE, "bash", "-c", command]
    process = subprocess.Popen(argv, cwd=room.PROJECT, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True)  # fmt: skip
    try:
        _, said = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        _, said = process.communicate()
        return 124, said
    return process.returncode, said


def run(case: Case, world: World) -> dict:
    """The outcome of one case."""
    home = template(case.world)
    _clear()
    shutil.rmtree(room.HOME)
    subprocess.run(["cp", "-a", home, room.HOME], check=True)
    station = Station(home=room.HOME, user="u", uid=room.USER, environment=ENVIRONMENT)
    surroundings = world.surroundings(room.PROJECT, station)
    lowered = lower(Action(tool="shell", arguments={"command": case.command}, cwd=room.PROJECT), surroundings)
    before = snapshot(*SEEN, but=OURS)
    code, said = traced(case.command)
    with open(TRACE, encoding="ascii", errors="replace") as lines:
        told = list(touches(calls(lines), room.PROJECT, "strace"))[1:]  # but for strace's own start of the shell
    facts = Told(before, snapshot(*SEEN, but=OURS), SEEN).facts(told)
    opened = frozenset(
        subject for question, subject, answer in surroundings.answers if question == "text" and answer is not None
    )
    known = Known(opened, tracked(case.world))
    absent = unhappened(lowered.effects, facts, known)
    return {
        "case": dataclasses.asdict(case), "exit": code, "said": said[-300:], "failure": lowered.failure, "verdict": verdict(lowered.effects),
        "opaque": sorted({effect.resource.name for effect in lowered.effects if effect.verb == "opaque"}),
        "facts": [[fact.verb, fact.name, fact.program] for fact in facts],
        "missing": [[fact.verb, fact.name, fact.program] for fact in missing(facts, lowered.effects, known)],
        "effects": [shown(effect) for effect in lowered.effects],
        "observable": sum(map(observable, lowered.effects)),
        "unhappened": [shown(effect) for effect in absent],
        "certain": sum(observable(effect) and effect.certainty == "certain" for effect in lowered.effects),
        "unhappened_certain": sum(effect.certainty == "certain" for effect in absent),
    }  # fmt: skip


def shown(effect) -> str:
    labels = ",".join(sorted(effect.resource.labels))
    many = "" if effect.extent.at_most == 1 else " many"
    return f"{effect.verb} {effect.resource.kind} {effect.resource.name} [{labels}]{many} {effect.certainty}"


@cache
def policies():
    return load([LayerText("user", shipped.text("baseline"), "baseline")])


def verdict(effects) -> str:
    return judge(policies(), effects, Posture(agent="truth", available=frozenset(), approvals=3)).verdict


def main() -> None:
    """See the module's text."""
    given = [Case(**json.loads(line)) for line in sys.stdin]
    room.enter()
    os.environ["PATH"] = PATH
    world = World()
    for case in given:
        absent = [name for name in case.needs if shutil.which(name) is None]
        outcome = {"case": dataclasses.asdict(case), "absent": absent} if absent else run(case, world)
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    try:
        main()
    except room.NoRoomError as error:
        sys.exit(f"no room: {error}")
