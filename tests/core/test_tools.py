"""Clients' names for tools → ours."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.tools import CANONICAL, NATIVE, canonical, served

CASES: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("Bash", {"command": "ls"}, "shell", {"command": "ls"}),
    ("exec_command", {"cmd": "ls", "workdir": "/x"}, "shell", {"command": "ls", "cwd": "/x"}),
    ("shell", {"command": ["bash", "-lc", "rm x"]}, "shell", {"command": "bash -lc 'rm x'"}),
    ("run_shell_command", {"command": "ls", "dir_path": "sub"}, "shell", {"command": "ls", "cwd": "sub"}),
    ("Write", {"file_path": "/a", "content": "x"}, "write", {"path": "/a", "content": "x"}),
    ("write", {"filePath": "/a", "content": "x"}, "write", {"path": "/a", "content": "x"}),
    (
        "replace",
        {"file_path": "/a", "old_string": "x", "new_string": "y"},
        "edit",
        {"path": "/a", "old": "x", "new": "y"},
    ),
    ("write_stdin", {"session_id": 3, "chars": "y\n"}, "type", {"process": 3, "text": "y\n"}),
    ("mcp__fs__write_file", {"path": "b"}, "fs/write_file", {"path": "b"}),
    ("mcp_fs_write_file", {"path": "b"}, "fs/write_file", {"path": "b"}),
    ("mcp__fs", {}, "mcp__fs", {}),
    ("NeverHeardOf", {"x": 1}, "NeverHeardOf", {"x": 1}),
]


@pytest.mark.parametrize(("tool", "arguments", "name", "renamed"), CASES, ids=[case[0] for case in CASES])
def test_case(tool: str, arguments: dict[str, Any], name: str, renamed: dict[str, Any]) -> None:
    assert canonical(tool, arguments) == (name, renamed)


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("notes_add_note", "notes/add_note"),
        ("my-server_read-all", "my-server/read-all"),
        ("bash", "bash"),
        ("apply_patch", "apply_patch"),
        ("plan_exit", "plan_exit"),
        ("web_search", "web_search"),
        ("_hidden", "_hidden"),
        ("skill", "skill"),
    ],
)
def test_a_server_and_its_tool_joined_by_one_underscore(tool: str, name: str) -> None:
    assert served(tool) == name


@given(
    st.sampled_from(sorted(NATIVE)),
    st.dictionaries(
        st.sampled_from(["path", "file_path", "filePath", "command", "cmd", "old_string", "x"]), st.text(max_size=5)
    ),
)
def test_no_argument_is_ever_lost(tool: str, arguments: dict[str, str]) -> None:
    _, renamed = canonical(tool, arguments)
    assert sorted(renamed.values()) == sorted(arguments.values())


def test_every_native_tool_has_a_canonical_one() -> None:
    assert {name for name, _ in NATIVE.values()} <= CANONICAL.keys()


@pytest.mark.parametrize("tool", sorted(CANONICAL))
def test_a_canonical_call_is_its_own_form(tool: str) -> None:
    arguments = dict.fromkeys(CANONICAL[tool], "x")
    assert canonical(tool, arguments) == (tool, arguments)
