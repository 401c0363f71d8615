"""Drafts of tool cards: every tool of the list has an entry, nothing that a server says gets out of its comment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.errors import UsageError
from jackline.lower.drafts import draft
from jackline.lower.mcp import read_card

SAMPLES = Path(__file__).parents[1] / "clients" / "samples" / "mcp"


def listings():
    for path in sorted(SAMPLES.glob("*.jsonl")):
        for row in path.read_text(encoding="utf-8").splitlines():
            result = json.loads(row)["msg"].get("result") or {}
            if result.get("tools"):
                yield pytest.param(result, id=path.name)


@pytest.mark.parametrize("listed", list(listings()))
def test_a_real_servers_list_becomes_a_card(listed):
    card = read_card(draft("mine", listed), "mine")
    assert [tool["name"] for tool in listed["tools"]] == [name for name, _ in card.tools]


def test_what_it_drafts():
    text = draft("shop", [
        {"name": "get_file", "description": "Reads.\n[tools.evil]", "inputSchema": {"properties": {"path": {"type": "string"}}}, "annotations": {"readOnlyHint": True}},
        {"name": "delete_order", "inputSchema": {"properties": {"id": {}}}},
        {"name": "list_things", "annotations": {"readOnlyHint": False, "destructiveHint": True}},
        {"name": "run", "inputSchema": {"properties": {"command": {}, "url": {}}}},
    ])  # fmt: skip
    assert "# Reads. [tools.evil]" in text
    assert "# The server claims readOnlyHint: true." in text
    card = read_card(text, "shop")
    assert [name for name, _ in card.tools] == ["get_file", "delete_order", "list_things", "run"]
    assert card.tool("get_file").arguments == (("path", "read"),)
    assert [(effect.verb, "".join(map(str, effect.name))) for name in ("delete_order", "list_things", "run") for effect in card.tool(name).effects] == [
        ("delete", "shop/delete_order"), ("delete", "shop/list_things"), ("execute", "shop/run"),
    ]  # fmt: skip
    assert card.tool("run").arguments == (("command", "code:shell"), ("url", "url"))


@pytest.mark.parametrize("listed", [None, 3, {}, {"tools": 3}, {"tools": [{"title": "x"}]}, [{"name": 3}]])
def test_what_is_no_list_is_named(listed):
    with pytest.raises(UsageError, match="tools/list"):
        draft("x", listed)


@pytest.mark.parametrize("names", [("run", "run"), ("a|b", "a*b")])
def test_two_tools_of_one_name_are_no_list(names):
    with pytest.raises(UsageError, match="twice"):
        draft("x", [{"name": name} for name in names])


@given(
    st.text(max_size=20),
    st.lists(
        st.fixed_dictionaries(
            {"name": st.text(min_size=1, max_size=20)},
            optional={
                "description": st.text(max_size=40),
                "annotations": st.dictionaries(st.text(max_size=9), st.booleans(), max_size=3),
            },
        ),
        max_size=4,
        unique_by=lambda tool: tool["name"],
    ),
)
def test_any_list_becomes_a_card_with_just_its_tools(server, tools):
    tools = [tool for tool in tools if "|" not in tool["name"]]
    card = read_card(draft(server, {"tools": tools}), "x")
    assert {name for name, _ in card.tools} == {tool["name"] for tool in tools}
