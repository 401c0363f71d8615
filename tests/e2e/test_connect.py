"""Connecting for real: what the client itself makes of the files, and that nothing of ours stays behind."""

from __future__ import annotations

import pytest

from tests.e2e.world import World

SETTINGS = {
    "claude": (".claude/settings.json", '{\n  // mine\n  "model": "sonnet",\n  "env": {"FOO": "bar"}\n}\n'),
    "gemini": (".gemini/settings.json", '{"ui": {"theme": "Default"},\n "security": {"auth": {"selectedType": "gemini-api-key"}}}'),
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
