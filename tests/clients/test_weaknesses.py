"""The ways past each connection: which are open in given settings and versions, and that each says what closes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jackline.clients.weaknesses import older, weaknesses
from jackline.core.profiles import PROFILES, expand
from tests.clients.connect.conftest import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("client", PROFILES)
def test_a_tested_version_with_plain_settings_has_none_that_is_open(client: str, machine: Machine) -> None:
    found = weaknesses(client, machine.place(), PROFILES[client].versions[0])
    assert [each for each in found if each.present] == []
    assert found
    assert all(each.closes for each in found)


OPEN = [
    # client, file below the home or project, its text, a word of the finding
    ("claude", "home/.claude/settings.json", json.dumps({"disableAllHooks": True}), "disableAllHooks"),
    (
        "claude",
        "project/.claude/settings.json",
        json.dumps({"env": {"CLAUDE_CODE_SHELL_PREFIX": ""}}),
        "CLAUDE_CODE_SHELL_PREFIX",
    ),
    ("codex", "home/.codex/config.toml", "[features]\nunified_exec_tty = true\n", "write_stdin"),
    ("codex", "home/.codex/config.toml", "[features]\nhooks = false\n", "switches hooks off"),
    ("gemini", "project/.gemini/settings.json", json.dumps({"hooksConfig": {"enabled": False}}), "switches hooks off"),
    ("gemini", "home/.gemini/settings.json", json.dumps({"hooksConfig": {"disabled": ["jackline"]}}), "disabled"),
]


@pytest.mark.parametrize(("client", "name", "text", "word"), OPEN)
def test_a_setting_that_lets_calls_past_is_found(
    client: str, name: str, text: str, word: str, machine: Machine
) -> None:
    path = machine.home.parent / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    found = [each for each in weaknesses(client, machine.place(), PROFILES[client].versions[0]) if each.present]
    assert [word in each.text for each in found] == [True]


def test_a_claude_that_runs_a_call_whose_hook_fails_is_named(machine: Machine) -> None:
    for version, fails_open in (
        ("2.1.197", True),
        ("2.1.294", True),
        ("2.1.295", False),
        ("2.1.330", False),
        ("", False),
    ):
        texts = [each.text for each in weaknesses("claude", machine.place(), version) if each.present]
        assert any("hook is killed" in text for text in texts) == fails_open, version
    assert "is not known" in weaknesses("claude", machine.place(), "")[0].text


def test_broken_settings_are_no_crash(machine: Machine) -> None:
    for name in (".claude/settings.json", ".gemini/settings.json", ".codex/config.toml"):
        path = machine.home / name
        path.parent.mkdir()
        path.write_text("{[")
    for client in PROFILES:
        assert weaknesses(client, machine.place(), "0.0.0")


def test_versions_are_compared_as_numbers() -> None:
    assert older("2.1.99", "2.1.295")
    assert not older("2.2.0", "2.1.295")
    assert not older("2.1.295", "2.1.295")


EXPANDED = [
    ("~/.gemini/settings.json", {}, "/h/.gemini/settings.json"),
    ("./.claude/settings.json", {}, "/p/.claude/settings.json"),
    ("${CODEX_HOME:-~/.codex}/hooks.json", {}, "/h/.codex/hooks.json"),
    ("${CODEX_HOME:-~/.codex}/hooks.json", {"CODEX_HOME": "/c"}, "/c/hooks.json"),
    ("${CODEX_HOME:-~/.codex}/hooks.json", {"CODEX_HOME": "relative"}, "/h/.codex/hooks.json"),
    ("/etc/claude-code/*", {}, "/etc/claude-code/*"),
]


@pytest.mark.parametrize(("pattern", "environment", "path"), EXPANDED)
def test_a_profiles_file_on_this_machine(pattern: str, environment: dict[str, str], path: str) -> None:
    assert expand(pattern, "/h", "/p", environment) == path
