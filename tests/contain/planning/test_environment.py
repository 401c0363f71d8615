"""What a sandbox inherits of its caller's environment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from jackline.contain.planning.environment import composed, scrubbed
from jackline.contain.planning.planning import plan
from jackline.contain.planning.tables import INHERITED
from tests.contain.planning.worlds import COMMAND, HOME, SESSION, host

HOSTILE = [
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "NODE_OPTIONS",
    "BASH_ENV",
    "ENV",
    "BASH_FUNC_ls%%",
    "GIT_DIR",
    "GIT_SSH_COMMAND",
    "GITHUB_TOKEN",
    "ANTHROPIC_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "GPG_AGENT_INFO",
    "DOCKER_HOST",
    "KUBECONFIG",
    "PERL5LIB",
    "RUBYOPT",
    "JAVA_TOOL_OPTIONS",
    "PROMPT_COMMAND",
    "IFS",
    "PS4",
    "XDG_RUNTIME_DIR",
    "http_proxy",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_loads_code_or_holds_a_credential_is_not_inherited(name):
    assert scrubbed({name: "x"}) == {}


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12)))
def test_nothing_is_inherited_but_what_the_table_names(environment):
    assert all(name in INHERITED or name.startswith("LC_") for name in scrubbed(environment))


def test_what_is_given_on_purpose_is_there_unless_it_loads_code():
    command = replace(
        COMMAND, given={"ANTHROPIC_API_KEY": "placeholder", "LD_PRELOAD": "/x.so", "CLAUDE_CODE_SHELL_PREFIX": "/p"}
    )
    environment = plan(command, SESSION, host()).plan.environment
    assert environment["ANTHROPIC_API_KEY"] == "placeholder"
    assert environment["CLAUDE_CODE_SHELL_PREFIX"] == "/p"
    assert "LD_PRELOAD" not in environment
    assert "GITHUB_TOKEN" not in environment


def test_a_place_where_the_agent_may_write_is_not_looked_at_for_programs():
    found = plan(COMMAND, SESSION, host()).plan.environment["PATH"].split(":")
    assert found == ["/run/jackline/bin", "/usr/bin", f"{HOME}/.local/bin", f"{HOME}/.nvm/versions/bin"]


def test_control_characters_and_endless_values_are_not_inherited():
    assert scrubbed({"TERM": "xterm\x1b]0;x", "LANG": "x" * 5000, "TZ": "UTC"}) == {"TZ": "UTC"}
    assert composed("/h", "u", "/bin/sh", ["/bin"], {})["LANG"] == "C.UTF-8"
