"""Connecting twice is connecting once, and disconnecting gives back what was there."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from jackline.clients.connect import files, jsonc, tomlfile
from jackline.clients.connect.codex import SNAKE, trust_hash
from jackline.clients.connect.hooks import is_ours
from jackline.clients.connect.interface import Connector, Place
from jackline.clients.connect.journal import connect, disconnect, standing
from jackline.clients.connect.registry import CONNECTORS
from jackline.core.errors import ConfigurationError, UsageError
from jackline.core.profiles import PROFILES
from tests.clients.connect.conftest import PROGRAMS, Machine
from tests.clients.connect.test_jsonc import texts

THEIRS = """{
  // my settings
  "model": "opus",
  "hooks": {
    "PreToolUse": [
      {"matcher": "Bash", "hooks": [{"type": "command", "command": "/usr/local/bin/lint"}]}
    ]
  },
  "env": { "FOO": "bar" }
}
"""

every_client = pytest.mark.parametrize("connector", CONNECTORS.values(), ids=list(CONNECTORS))


@every_client
def test_connecting_twice_is_connecting_once(connector: Connector, machine: Machine) -> None:
    written(machine, connector, THEIRS)
    first = connect(connector, machine.place(), PROGRAMS)
    state = machine.files()
    second = connect(connector, machine.place(), PROGRAMS)
    assert "written" in {change.outcome for change in first}
    assert {change.outcome for change in second} == {"unchanged"}
    assert machine.files() == state
    assert standing(connector, machine.place(), PROGRAMS) == "connected"


@every_client
@pytest.mark.parametrize(
    "before",
    ["", "{}", THEIRS, THEIRS.replace("\n", "\r\n"), "\ufeff{}\n"],
    ids=["empty", "object", "full", "crlf", "bom"],
)
def test_disconnecting_gives_the_bytes_back(connector: Connector, machine: Machine, before: str) -> None:
    path = written(machine, connector, before)
    path.chmod(0o640)
    state = machine.files()
    connect(connector, machine.place(), PROGRAMS)
    assert machine.files() != state
    disconnect(connector, machine.place(), PROGRAMS)
    assert machine.files() == state
    assert not list((machine.state / "connections").iterdir())


@every_client
def test_what_was_not_there_is_gone_again(connector: Connector, machine: Machine) -> None:
    assert not machine.files()
    connect(connector, machine.place(), PROGRAMS)
    assert machine.files()
    changes = disconnect(connector, machine.place(), PROGRAMS)
    assert not machine.files()
    assert {change.outcome for change in changes} == {"restored"}
    assert {change.outcome for change in disconnect(connector, machine.place(), PROGRAMS)} == {"absent"}


@every_client
@settings(max_examples=25, deadline=None)  # it writes files
@given(before=texts())
def test_everything_of_the_users_is_still_there(connector: Connector, before: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        path = written(machine, connector, before)
        try:
            connect(connector, machine.place(), PROGRAMS)
        except ConfigurationError:  # their `hooks` is no object: said, and nothing was changed
            assert path.read_bytes().decode() == before
            return
        assert without_ours(jsonc.parse(path.read_bytes().decode())) == without_ours(jsonc.parse(before))
        disconnect(connector, machine.place(), PROGRAMS)
        assert path.read_bytes().decode() == before


@every_client
def test_after_a_change_of_the_users_only_our_entries_go(connector: Connector, machine: Machine) -> None:
    path = written(machine, connector, THEIRS)
    connect(connector, machine.place(), PROGRAMS)
    path.write_text(jsonc.put(path.read_text(), ("theme",), "dark"))
    outcomes = {change.path: change.outcome for change in disconnect(connector, machine.place(), PROGRAMS)}
    assert outcomes[str(path)] == "removed"
    assert jsonc.parse(path.read_text()) == {**jsonc.parse(THEIRS), "theme": "dark"}
    assert "// my settings" in path.read_text()


@every_client
def test_connecting_again_after_a_change_of_the_users_keeps_it(connector: Connector, machine: Machine) -> None:
    path = written(machine, connector, THEIRS)
    connect(connector, machine.place(), PROGRAMS)
    path.write_text(jsonc.put(path.read_text(), ("theme",), "dark"))
    connect(connector, machine.place(), PROGRAMS)
    assert standing(connector, machine.place(), PROGRAMS) == "connected"
    disconnect(connector, machine.place(), PROGRAMS)
    assert jsonc.parse(path.read_text()) == {**jsonc.parse(THEIRS), "theme": "dark"}


@every_client
def test_whether_a_client_is_connected(connector: Connector, machine: Machine) -> None:
    path = written(machine, connector, THEIRS)
    assert standing(connector, machine.place(), PROGRAMS) == "none"
    connect(connector, machine.place(), PROGRAMS)
    assert standing(connector, machine.place(), PROGRAMS) == "connected"
    path.write_text("// moved\n" + path.read_text().replace(": [", ":  [", 1))
    assert standing(connector, machine.place(), PROGRAMS) in {"connected", "changed"}
    path.write_text(path.read_text().replace("--limit 130000", "--limit 1"))
    assert standing(connector, machine.place(), PROGRAMS) == (
        "connected" if connector.name == "opencode" else "changed"
    )
    path.write_text(THEIRS)
    assert standing(connector, machine.place(), PROGRAMS) == ("changed" if connector.name == "codex" else "none")
    disconnect(connector, machine.place(), PROGRAMS)
    assert standing(connector, machine.place(), PROGRAMS) == "none"


def test_our_handler_in_the_users_own_group_goes_alone(machine: Machine) -> None:
    """A person may have tidied up: their handler and ours in one group."""
    connector = CONNECTORS["claude"]
    path = written(machine, connector, "{}")
    connect(connector, machine.place(), PROGRAMS)
    value = jsonc.parse(path.read_text())
    value["hooks"]["PreToolUse"][0]["hooks"].insert(0, {"type": "command", "command": "lint"})
    path.write_text(json.dumps(value))
    disconnect(connector, machine.place(), PROGRAMS)
    assert jsonc.parse(path.read_text()) == {
        "hooks": {"PreToolUse": [{"matcher": "*", "hooks": [{"type": "command", "command": "lint"}]}]}
    }


@every_client
def test_another_installation_replaces_the_entries_of_the_first(connector: Connector, machine: Machine) -> None:
    path = written(machine, connector, THEIRS)
    connect(connector, machine.place(), PROGRAMS)
    moved = PROGRAMS.__class__(
        **{**{f: getattr(PROGRAMS, f) for f in PROGRAMS.__struct_fields__}, "hook": ("/new/jackline-hook",)}
    )
    connect(connector, machine.place(), moved)
    assert "/opt/jackline/bin/jackline-hook" not in path.read_text()
    disconnect(connector, machine.place(), moved)
    assert path.read_text() == THEIRS


@every_client
def test_without_its_journal_our_entries_still_go(connector: Connector, machine: Machine) -> None:
    path = written(machine, connector, THEIRS)
    connect(connector, machine.place(), PROGRAMS)
    for file in sorted((machine.state / "connections").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    disconnect(connector, machine.place(), PROGRAMS)
    assert jsonc.parse(path.read_text()) == jsonc.parse(THEIRS)


def test_a_setting_that_ours_replaced_comes_back_though_the_file_was_changed(machine: Machine) -> None:
    connector = CONNECTORS["claude"]
    before = (
        '{"env": {"CLAUDE_CODE_SHELL_PREFIX": "/usr/bin/nice"}, "statusLine": {"type": "command", "command": "mine"}}'
    )
    path = written(machine, connector, before)
    connect(connector, machine.place(), PROGRAMS)
    value = jsonc.parse(path.read_text())
    assert value["statusLine"]["command"] == "mine"
    assert value["env"]["CLAUDE_CODE_SHELL_PREFIX"] == machine.place().folder("claude") + "/jackline-shell"
    path.write_text(jsonc.put(path.read_text(), ("x",), 1))
    disconnect(connector, machine.place(), PROGRAMS)
    assert jsonc.parse(path.read_text()) == {**json.loads(before), "x": 1}


IN_THE_WAY = [
    '{"hooks": ',
    '{"hooks": [], "plugin": 1}',
    '{"hooks": {"PreToolUse": 1, "BeforeTool": 1}, "plugin": {}}',
    "[]",
    b"\xff\xfe{}",
]


@every_client
@pytest.mark.parametrize("text", IN_THE_WAY)
def test_a_file_that_cannot_be_edited_is_left_alone(connector: Connector, machine: Machine, text: str | bytes) -> None:
    path = written(machine, connector, text)
    state = machine.files()
    with pytest.raises(ConfigurationError) as error:
        connect(connector, machine.place(), PROGRAMS)
    assert str(path) in str(error.value)
    assert "nothing was changed" in str(error.value)
    assert machine.files() == state
    assert not machine.state.exists()


def test_a_projects_link_out_of_the_project_is_not_followed(machine: Machine) -> None:
    (machine.home / ".ssh").mkdir()
    (machine.project / ".claude").symlink_to(machine.home / ".ssh")
    with pytest.raises(ConfigurationError, match="leads out of the project"):
        connect(CONNECTORS["claude"], machine.place("project"), PROGRAMS)
    assert not list((machine.home / ".ssh").iterdir())


def test_a_link_of_the_users_own_is_followed_and_kept(machine: Machine) -> None:
    """Many people keep their settings in a repository and link them into the home."""
    dotfiles = machine.home / "dotfiles"
    dotfiles.mkdir()
    (dotfiles / "claude.json").write_text("{}")
    (machine.home / ".claude").mkdir()
    link = machine.home / ".claude" / "settings.json"
    link.symlink_to(dotfiles / "claude.json")
    connect(CONNECTORS["claude"], machine.place(), PROGRAMS)
    assert link.is_symlink()
    assert "PreToolUse" in (dotfiles / "claude.json").read_text()
    disconnect(CONNECTORS["claude"], machine.place(), PROGRAMS)
    assert (dotfiles / "claude.json").read_text() == "{}"


def test_what_is_not_a_plain_file_is_refused(machine: Machine) -> None:
    folder = machine.home / ".claude"
    folder.mkdir()
    os.mkfifo(folder / "settings.json")
    with pytest.raises(ConfigurationError, match="not a plain file"):
        connect(CONNECTORS["claude"], machine.place(), PROGRAMS)


def test_a_write_that_fails_leaves_the_file_and_no_other(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(machine, CONNECTORS["gemini"], THEIRS)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    connect(CONNECTORS["gemini"], machine.place(), PROGRAMS)
    disconnect(CONNECTORS["gemini"], machine.place(), PROGRAMS)
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        connect(CONNECTORS["gemini"], machine.place(), PROGRAMS)
    assert path.read_text() == THEIRS
    assert [each.name for each in path.parent.iterdir()] == ["settings.json"]


def test_a_crash_between_journal_and_file_is_undone(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(machine, CONNECTORS["claude"], THEIRS)
    real = files.replace

    def crash(found: files.Found, content: bytes, mode: int | None = None) -> None:
        if found.path == str(path):
            raise KeyboardInterrupt
        real(found, content, mode)

    monkeypatch.setattr(files, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        connect(CONNECTORS["claude"], machine.place(), PROGRAMS)
    monkeypatch.setattr(files, "replace", real)
    disconnect(CONNECTORS["claude"], machine.place(), PROGRAMS)
    assert path.read_text() == THEIRS
    assert not list((machine.state / "connections").iterdir())


def test_a_changed_backup_is_not_written_back(machine: Machine) -> None:
    path = written(machine, CONNECTORS["gemini"], THEIRS)
    connect(CONNECTORS["gemini"], machine.place(), PROGRAMS)
    after = path.read_bytes()
    backup = next((machine.state / "connections").rglob("before-1"))
    backup.write_text('{"hooks": {"BeforeTool": [{"hooks": [{"type": "command", "command": "evil"}]}]}}')
    with pytest.raises(ConfigurationError, match="was changed"):
        disconnect(CONNECTORS["gemini"], machine.place(), PROGRAMS)
    assert path.read_bytes() == after


def test_the_backup_and_the_file_keep_secrets_to_their_owner(machine: Machine) -> None:
    path = written(machine, CONNECTORS["claude"], '{"env": {"TOKEN": "s3cret"}}')
    path.chmod(0o600)
    connect(CONNECTORS["claude"], machine.place(), PROGRAMS)
    kept = [path, *(each for each in (machine.state / "connections").rglob("*") if each.is_file())]
    assert {stat.S_IMODE(each.stat().st_mode) for each in kept if not each.name.startswith("jackline-")} == {0o600}
    assert stat.S_IMODE(next((machine.state / "connections").iterdir()).stat().st_mode) == 0o700


def test_everybody_can_run_the_launchers_of_a_managed_connection(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state of a guard with its own account is closed to others; what the machine's settings name must not be."""
    monkeypatch.setitem(PROFILES["claude"].connects, "managed", f"{machine.home}/etc/managed-settings.json")
    shelf = machine.state.with_name("shelf")
    place = Place("managed", str(machine.home), str(machine.project), str(machine.state), {}, str(shelf))
    connect(CONNECTORS["claude"], place, PROGRAMS)
    value = jsonc.parse((machine.home / "etc" / "managed-settings.json").read_text())
    launcher = Path(value["env"]["CLAUDE_CODE_SHELL_PREFIX"])
    assert launcher.is_relative_to(shelf)
    assert value["allowManagedHooksOnly"] is True
    for path in (launcher, *launcher.parents[:3]):
        assert path.stat().st_mode & 0o005 == 0o005, path
    assert not machine.state.exists()
    disconnect(CONNECTORS["claude"], place, PROGRAMS)
    assert not (machine.home / "etc").exists()


def test_a_scope_that_a_client_does_not_have(machine: Machine) -> None:
    with pytest.raises(UsageError, match="no `managed` configuration"):
        connect(CONNECTORS["qwen"], machine.place("managed"), PROGRAMS)


def test_claude_blocks_on_a_hook_that_fails_only_where_that_is_meant(machine: Machine) -> None:
    path = written(machine, CONNECTORS["claude"], "{}")
    connect(CONNECTORS["claude"], machine.place(), PROGRAMS)
    hooks = jsonc.parse(path.read_text())["hooks"]
    blocking = {event for event, groups in hooks.items() if groups[0]["hooks"][0].get("onFailure") == "block"}
    quiet = {event for event, groups in hooks.items() if groups[0]["hooks"][0]["command"].endswith("|| echo '{}'")}
    assert blocking == {"PreToolUse", "PermissionRequest"}
    assert quiet == hooks.keys() - blocking
    assert {"Stop", "SubagentStop", "UserPromptSubmit"} <= quiet


def written(machine: Machine, connector: Connector, text: str | bytes) -> Path:
    path = Path(machine.place().settings(connector.name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def without_ours(value: Any) -> Any:
    """A value without what a connection writes, and without what is then empty."""
    if is_ours(value) or (isinstance(value, str) and value.endswith(("/jackline-shell", "/jackline-opencode.js"))):
        return None
    if isinstance(value, list):
        value = [part for part in map(without_ours, value) if part not in (None, {}, [])]
    if isinstance(value, dict):
        value = {k: part for k, v in value.items() if (part := without_ours(v)) not in (None, {}, [])}
        return None if value.keys() == {"matcher"} else value
    return value


def test_every_profile_that_says_where_it_connects_can_be_connected() -> None:
    assert {name for name, profile in PROFILES.items() if profile.connects} == set(CONNECTORS)


def test_codex_trusts_our_handlers_and_no_other(machine: Machine) -> None:
    """The hashes were compared with the ones that Codex 0.169.0 shows for the same handlers."""
    hooks = written(machine, CONNECTORS["codex"], THEIRS)
    config = hooks.with_name("config.toml")
    config.write_text('model = "x" # mine\n\n[features]\nhooks = true\n')
    connect(CONNECTORS["codex"], machine.place(), PROGRAMS)
    value = tomlfile.parse(config.read_text())
    assert value["features"] == {"hooks": True, "unified_exec_tty": False}
    assert f"{hooks}:pre_tool_use:1:0" in value["hooks"]["state"]  # theirs is the first group
    assert f"{hooks}:pre_tool_use:0:0" not in value["hooks"]["state"]
    assert len(value["hooks"]["state"]) == len(SNAKE)
    config.write_text(config.read_text().replace('model = "x"', 'model = "y"'))
    disconnect(CONNECTORS["codex"], machine.place(), PROGRAMS)
    assert config.read_text().strip() == 'model = "y" # mine\n\n[features]\nhooks = true'


def test_a_terminal_that_the_user_switched_on_stays_on(machine: Machine) -> None:
    hooks = written(machine, CONNECTORS["codex"], "{}")
    config = hooks.with_name("config.toml")
    config.write_text("[features]\nunified_exec_tty = true\n")
    connect(CONNECTORS["codex"], machine.place(), PROGRAMS)
    assert tomlfile.parse(config.read_text())["features"] == {"unified_exec_tty": True}


def test_the_hash_of_a_handler() -> None:
    """Both values were read off the real client (`hooks/list` of its app server)."""
    with_matcher = {"type": "command", "command": "/tmp/x/bin/hook codex", "timeout": 5}
    assert (
        trust_hash("PreToolUse", {"matcher": "*"}, with_matcher)
        == "sha256:cbae21ee3d3b14e88d8fb9b49d7e8b73aefc9e4a653156d480bbc2a6c218ce07"
    )
    without = {"type": "command", "command": "/tmp/x/bin/hook codex || echo '{}'", "timeout": 7}
    assert trust_hash("Stop", {}, without) == "sha256:548026e5bd6cc5b6e45f76cd1cf38f792ade6171dcf79da99002082725ae406e"
