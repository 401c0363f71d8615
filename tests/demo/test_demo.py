"""The demo keeps its promises: guarded nothing is lost, unguarded everything is, and its agent obeys hooks as Claude does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from demo.story import story
from demo.world import ORDERS, SNAPSHOTS, make_world

CHECKOUT = Path(__file__).resolve().parents[2]


def run(*options):
    return subprocess.run(
        [sys.executable, "-m", "demo", *options], cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=110
    )


@pytest.mark.slow
def test_with_the_guard_nothing_is_lost():
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ORDERS:>6}  ->  {ORDERS}" in done.stdout


@pytest.mark.slow
def test_without_the_guard_the_losses_are_real():
    done = run("--without-guard")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ORDERS:>6}  ->  0" in done.stdout
    assert f"{len(SNAPSHOTS):>6}  ->  0" in done.stdout


def test_the_story_has_both_kinds_of_steps():
    steps = story("/p", "/h")
    assert {step.harmful for step in steps} == {True, False}


@pytest.fixture
def agent(tmp_path):
    """`agent(hook entry, command)`: the event of one shell call under that hook."""
    home, project = tmp_path / "home", tmp_path / "project"
    (home / ".claude").mkdir(parents=True)
    project.mkdir()

    def step(entry, command="touch ran; echo hello", prefix=""):
        settings = (
            {"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", **entry}]}]}} if entry else {}
        )
        settings["env"] = {"CLAUDE_CODE_SHELL_PREFIX": prefix} if prefix else {}
        (home / ".claude" / "settings.json").write_text(json.dumps(settings))
        done = subprocess.run(
            [sys.executable, "-I", str(CHECKOUT / "demo" / "agent.py"), "--project", str(project)], check=True, capture_output=True, text=True,
            input=json.dumps({"tool": "Bash", "input": {"command": command}}) + "\n", env={"HOME": str(home), "PATH": "/usr/bin:/bin"}, timeout=60,
        )  # fmt: skip
        event = json.loads(done.stdout)
        assert event["ran"] == (project / "ran").exists()
        return event

    return step


def answer(decision):
    said = {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": decision,
            "permissionDecisionReason": "because",
        }
    }
    return f"echo '{json.dumps(said)}'"


@pytest.mark.parametrize(
    ("entry", "ran"),
    [
        ({}, True),
        ({"command": "echo '{}'"}, True),
        ({"command": answer("allow")}, True),
        ({"command": answer("ask")}, False),
        ({"command": answer("deny")}, False),
        ({"command": "echo no >&2; exit 2"}, False),
        ({"command": "exit 1"}, True),
        ({"command": "exit 1", "onFailure": "block"}, False),
        ({"command": "echo not json"}, True),
        ({"command": "echo not json", "onFailure": "block"}, True),
        ({"command": "sleep 20", "timeout": 0.2}, True),
        ({"command": "sleep 20", "timeout": 0.2, "onFailure": "block"}, False),
        ({"command": "/no/such/program", "onFailure": "block"}, False),
    ],
)
def test_the_agent_obeys_a_hook_as_the_client_does(agent, entry, ran):
    assert agent(entry)["ran"] is ran


def test_the_agent_runs_its_commands_through_the_prefix(agent, tmp_path):
    prefix = tmp_path / "prefix"
    prefix.write_text('#!/bin/sh\necho "prefixed"\nexec /bin/bash -c "$1"\n')
    prefix.chmod(0o755)
    event = agent({}, prefix=str(prefix))
    assert event["output"] == "prefixed\nhello\n"
    assert agent({}, command="true", prefix="/bin/false")["exit"] == 1


def test_the_world_has_something_to_lose(tmp_path):
    world = make_world(tmp_path)
    assert [int(value) > 0 for value in world.losses().values()] == [True] * 5
