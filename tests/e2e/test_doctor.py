"""The doctor against real clients: it proves what holds, and finds what does not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import missing
from tests.e2e.world import World


@pytest.mark.parametrize("client", ["claude", "codex", "gemini", "opencode", "qwen"])
def test_a_connection_is_proved(client: str, world: World) -> None:
    world.jackline("connect", client)
    found = examine(world, client)
    assert found["holds"] is True, found
    assert found["guarded"]["worked"]
    assert found["guarded"]["stopped"]
    assert found["unanswered"]["stopped"]
    assert "Jackline" in found["guarded"]["reason"]
    assert "jackline doctor" in found["unanswered"]["reason"]
    assert found["assurance"] == "hooked"
    assert found["version"]


BREAKS = {
    # what somebody did to the settings → the client in which it lets calls through
    "claude": lambda world: replace(
        world.home / ".claude/settings.json", '"hooks"', '"disableAllHooks": true, "hooks"'
    ),
    "codex": lambda world: replace(world.home / ".codex/config.toml", "sha256:", "sha256:0"),
    "gemini": lambda world: replace(
        world.home / ".gemini/settings.json", '"hooks"', '"hooksConfig": {"enabled": false}, "hooks"'
    ),
}


@pytest.mark.parametrize("client", BREAKS)
def test_a_connection_that_does_not_hold_is_found(client: str, world: World) -> None:
    """`connected` compares files, so what somebody adds there is seen at once; the canary must see it as well."""
    world.jackline("connect", client)
    BREAKS[client](world)
    done = world.jackline("doctor", client, "--json", check=False)
    (found,) = json.loads(done.stdout)["clients"]
    if client == "claude":  # the shell prefix still asks: two ways in, one of them shut
        assert any("disableAllHooks" in weakness["text"] and weakness["present"] for weakness in found["weaknesses"])
    else:
        assert done.returncode == 1
        assert found["holds"] is False, found


def test_without_a_client_there_is_no_proof(world: World) -> None:
    world.jackline("connect", "claude")
    (world.root / "bin" / "claude").unlink()
    if shutil.which("claude"):
        pytest.skip("this machine has a claude of its own on PATH")
    found = examine(world, "claude")
    assert found["holds"] is None
    assert "not on PATH" in found["problem"]


def test_what_is_not_connected_is_said(world: World) -> None:
    done = world.jackline("doctor", "claude")
    assert "not connected" in done.stdout


def examine(world: World, client: str) -> dict[str, Any]:
    if reason := missing(client):
        pytest.skip(reason)
    done = world.jackline("doctor", client, "--json", check=False)
    (found,) = json.loads(done.stdout)["clients"]
    return found


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
