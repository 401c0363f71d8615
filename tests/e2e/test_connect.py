"""Connecting for real: what the client itself makes of the files, and that nothing of ours stays behind."""

from __future__ import annotations

import pytest

from tests.e2e.world import World

SETTINGS = {
    "claude": (".claude/settings.json", '{\n  // mine\n  "model": "sonnet",\n  "env": {"FOO": "bar"}\n}\n'),
    "gemini": (
        ".gemini/settings.json",
        '{"ui": {"theme": "Default"},\n "security": {"auth": {"selectedType": "gemini-api-key"}}}',
    ),
    "codex": (".codex/config.toml", 'model = "gpt-5.5" # mine\n\n[features]\nhooks = true\n'),
}


@pytest.mark.parametrize("client", SETTINGS)
def test_a_session_between_connect_and_disconnect_leaves_no_trace_of_us(client: str, world: World) -> None:
    name, text = SETTINGS[client]
    path = world.home / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    world.jackline("connect", client)
    first = path.read_bytes()
    world.jackline("connect", client)
    assert path.read_bytes() == first
    world.run(client, [{"shell": "echo one"}])
    world.jackline("disconnect", client)
    assert path.read_text() == text
    report = world.run(client, [{"shell": "terraform destroy -auto-approve"}])
    assert report.value["terraform_ran"] == ["destroy -auto-approve"]  # nobody is asked any more


@pytest.mark.parametrize("way", ["--bare", "a project's own settings"])
def test_a_managed_connection_holds_against(way: str, world: World) -> None:
    """What switches a user's connection off does not switch the machine's off."""
    if not world.private_system():
        pytest.skip("the machine's folders can be replaced for a test by root only, where overlays exist")
    world.jackline("connect", "claude", "--scope", "managed")
    local = world.project / ".claude" / "settings.local.json"
    local.parent.mkdir()
    local.write_text('{"disableAllHooks": true, "env": {"CLAUDE_CODE_SHELL_PREFIX": ""}}')
    extra = "--bare" if way == "--bare" else ""
    report = world.run(
        "claude", [{"shell": "terraform destroy -auto-approve"}, {"shell": "printf 'af%s' ter"}], extra=extra
    )
    assert not report.harm
    assert "Jackline" in report.results[0]
    assert "after" in report.results[1]
    world.jackline("disconnect", "claude", "--scope", "managed")
    assert world.inside("find", "/etc/claude-code", "/usr/local/libexec/jackline", "-type", "f") == ""
