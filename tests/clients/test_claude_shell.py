"""The wrapper round Claude's shell commands: the forms of the real client, and that nothing else passes for one.

`corpus/claude_shell.jsonl` holds what Claude Code 2.1.330 handed to its prefix (temporary paths shortened).
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.clients.claude_shell import hook_commands, servers_of, unwrap

CORPUS = [
    json.loads(line) for line in (Path(__file__).parent / "corpus" / "claude_shell.jsonl").read_text().splitlines()
]
START = (
    "source /h/.claude/shell-snapshots/snapshot-bash-1-a.sh 2>/dev/null || true && { \\builtin shopt -u extglob || "
    "\\builtin setopt NO_EXTENDED_GLOB NO_BARE_GLOB_QUAL; } >/dev/null 2>&1 || true && "
)
END = " < /dev/null && pwd -P >| /tmp/claude-1a2b-cwd"


@pytest.mark.parametrize("case", CORPUS, ids=[case["command"][:30] for case in CORPUS])
def test_the_real_clients_wrapper(case: dict[str, str]) -> None:
    found = unwrap(case["text"])
    assert (found.kind, found.text, found.preamble) == ("command", case["command"], case.get("preamble", ""))
    assert found.snapshot.startswith("/h/.claude/shell-snapshots/")


NOT_A_WRAPPER = [
    START + "eval 'ls'; rm -rf x" + END,
    START + "eval 'ls'" + END + "; rm -rf x",
    START + "eval 'ls'" + END + "\nrm -rf x",
    START + "rm -rf x && eval 'ls'" + END,
    START + 'eval "$(rm -rf x)"' + END,
    START + "eval 'ls'$(rm -rf x)" + END,
    START + "eval 'ls' 'rm -rf x'" + END,
    START + "eval ls`rm x`" + END,
    START + "eval *" + END,
    START.replace("snapshot-bash-1-a.sh", "$(rm -rf x)") + "eval 'ls'" + END,
    START.replace("/h/.claude", "/h/.claude/x' y") + "eval 'ls'" + END,
    START.replace("NO_EXTENDED_GLOB", "X; rm -rf x") + "eval 'ls'" + END,
    START.replace("true && {", "true && export A=$(rm -rf x)\n: && {") + "eval 'ls'" + END,
    START.replace("true && {", "true && rm -rf x\n: && {") + "eval 'ls'" + END,
    START.replace("true && {", "true && export A='\n: && {") + "eval 'ls'" + END,
    START + "eval 'ls' < /dev/null && pwd -P >| /tmp/$(rm -rf x)",
    "rm -rf x",
    "eval 'ls' < /dev/null && pwd -P >| /tmp/x",
    "",
]


@pytest.mark.parametrize("text", NOT_A_WRAPPER)
def test_what_is_nearly_a_wrapper_is_unknown(text: str) -> None:
    assert unwrap(text) == unwrap(text).__class__("unknown", text)


def test_exports_of_session_hooks_are_shown() -> None:
    text = START.replace("true && {", "true && export FROM_HOOK=1\nexport B='x y'\n: && {") + "eval 'ls'" + END
    found = unwrap(text)
    assert (found.kind, found.text, found.preamble) == ("command", "ls", "export FROM_HOOK=1\nexport B='x y'\n")


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=60))
def test_any_command_comes_out_as_it_went_in(command: str) -> None:
    quoted = "'" + command.replace("'", "'\"'\"'") + "'"
    assert unwrap(START + "eval " + quoted + END).text == command


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@given(st.text(st.sampled_from("'\"\\ab$`;&|<>(){} \n*#!~"), max_size=12))
def test_a_word_that_is_read_is_the_word_that_bash_reads(quoted: str) -> None:
    """The reader of words against the real shell: whatever is accepted means to bash what it means to us."""
    found = unwrap(START + "eval " + quoted + END)
    if found.kind == "unknown":
        return
    words = subprocess.run(["bash", "-c", f"printf '%s\\0' {quoted}"], capture_output=True, check=True).stdout
    assert words.decode() == found.text + "\0"


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    assert unwrap(START + text).kind in {"command", "unknown"}
    assert unwrap(text, frozenset({"a"}), frozenset({("a",)})).kind in {"command", "hook", "server", "unknown"}


def test_a_text_of_many_quotes_is_read_in_linear_time() -> None:
    """No budget of seconds: a reader that backtracks would not come back at all."""
    for piece in ("'a'", "a", "''", '"\'"', "{ \\builtin unalias -- x; \\builtin unset -f -- x; }"):
        assert unwrap(START + "eval " + piece * 50_000 + "(").kind == "unknown"


def test_the_configurations_own_commands() -> None:
    settings = {
        "hooks": {
            "PreToolUse": [{"matcher": "*", "hooks": [{"type": "command", "command": "lint --fast"}, 7]}],
            "Stop": 3,
        },
        "statusLine": {"type": "command", "command": "my status"},
    }
    hooks = hook_commands(json.dumps(settings).encode())
    assert hooks == {"lint --fast", "my status"}
    assert unwrap("lint --fast", hooks).kind == "hook"
    assert unwrap("lint --fast; rm x", hooks).kind == "unknown"
    servers = servers_of(
        json.dumps(
            {"mcpServers": {"fs": {"command": "/bin/fs", "args": ["a b", "c"]}, "x": 1, "y": {"url": "u"}}}
        ).encode()
    )
    assert servers == {("/bin/fs", "a b", "c")}
    assert unwrap("/bin/fs 'a b' c", servers=servers).kind == "server"
    assert unwrap("/bin/fs 'a b' c $(x)", servers=servers).kind == "unknown"
    assert shlex.join(("/bin/fs", "a b", "c")) == "/bin/fs 'a b' c"


@given(st.binary(max_size=60))
def test_a_broken_configuration_names_nothing(content: bytes) -> None:
    assert isinstance(hook_commands(content), frozenset)
    assert isinstance(servers_of(content), frozenset)
