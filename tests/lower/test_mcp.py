"""Calls of MCP tools: the cards' own examples, and what has no card."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.action import Action
from jackline.core.errors import ConfigurationError
from jackline.core.tools import canonical
from jackline.core.words import REACHES, UNDOS, VERBS
from jackline.lower.lowering import lower
from jackline.lower.mcp import card_of, cards, looks_like, read_card, verb_of
from jackline.lower.surroundings import FileFacts, Surroundings, Table

FOLDER = files("jackline.lower.cards")
SAMPLES = Path(__file__).parents[1] / "clients" / "samples"
DISK = {
    ("file", "/ws/old.py"): FileFacts("file", "/ws/old.py", "self", 9),
    ("standing", "/ws/old.py"): frozenset({"modified"}),
    ("file", "/ws/new.py"): FileFacts("absent", "/ws/new.py"),
    ("file", "/ws/d"): FileFacts("absent", "/ws/d"),
    ("context", "kube"): {"context": "prod-eu"},
}


def called(tool, arguments, answers=None):
    world = Surroundings(Table({**DISK, **(answers or {})}), cwd="/ws", workspace="/ws", home="/home/dev", user="dev")
    done = lower(Action(tool=tool, arguments=arguments, cwd="/ws"), world)
    assert done.failure == ""
    return done.effects


def examples():
    for card in cards():
        table = tomllib.loads(FOLDER.joinpath(f"{card.name}.toml").read_text(encoding="utf-8"))
        for call, expected in table["examples"].items():
            yield pytest.param(card, call, expected, id=f"{card.name}/{call}")


def line(effect):
    name = "*" if effect.verb == "opaque" else effect.resource.name
    return " ".join(
        [
            effect.verb,
            "process" if effect.verb == "opaque" else effect.resource.kind,
            name,
            *sorted(effect.resource.labels),
        ]
    )


def normalised(text):
    words = text.split()
    return " ".join([*words[:3], *sorted(word for word in words[3:] if word not in {*REACHES, *UNDOS, "possible"})])


@pytest.mark.parametrize(("card", "call", "expected"), list(examples()))
def test_the_examples_of_the_cards(card, call, expected):
    tool, _, arguments = call.partition(" ")
    effects = called(f"{card.name}/{tool}", json.loads(arguments))
    assert [line(effect) for effect in effects] == [normalised(text) for text in expected]
    for effect, text in zip(effects, expected, strict=True):
        said = set(text.split()[3:])
        assert effect.reversible in said or not said & set(UNDOS)
        assert effect.resource.reach in said or not said & set(REACHES)


def test_every_card_shows_examples_and_names_itself():
    for card in cards():
        assert card_of(card.name) is card, card.name
        text = FOLDER.joinpath(f"{card.name}.toml").read_text(encoding="utf-8")
        assert text.startswith("#"), f"{card.name}: its first line says where it is from"


def test_every_tool_of_the_official_servers_has_an_entry():
    for server in ("filesystem", "everything"):
        card = card_of(server)
        for text in (SAMPLES / "mcp").glob(f"server-{server}.*.jsonl"):
            for row in text.read_text(encoding="utf-8").splitlines():
                tools = (json.loads(row)["msg"].get("result") or {}).get("tools", [])
                assert [tool["name"] for tool in tools if card.tool(tool["name"]) is None] == []


@pytest.mark.parametrize(
    "name", ["fs", "FS", "filesystem", "mcp-filesystem", "plugin:tools:filesystem", "plugin_tools_filesystem"]
)
def test_a_server_is_known_by_the_names_that_users_give_it(name):
    assert card_of(name).name == "filesystem"


def test_what_a_real_client_sends():
    tool, arguments = canonical("mcp__fs__write_file", {"path": "new.py", "content": "rm -rf /"})
    assert [line(effect) for effect in called(tool, arguments)] == ["create file /ws/new.py"]


def test_a_familiar_tool_of_an_unknown_server_is_possible_and_opaque():
    effects = called("mystery/write_file", {"path": "/home/dev/.bashrc", "content": "x"})
    assert {effect.certainty for effect in effects if effect.verb != "opaque"} == {"possible"}
    assert {"persist", "opaque"} <= {effect.verb for effect in effects}


def test_an_unknown_tool_shows_what_its_arguments_name():
    effects = called("mystery/do", {"path": "/etc/shadow", "url": "http://0x7f.1/", "sql": "DROP TABLE t"})
    found = {(effect.verb, effect.resource.kind) for effect in effects}
    assert {("read", "file"), ("connect", "endpoint"), ("opaque", "process")} <= found
    assert all(effect.certainty == "possible" for effect in effects if effect.verb != "opaque")


def test_reads_of_an_approved_server_are_not_opaque_its_other_acts_are():
    approved = {("labels", "agent:mcp/mystery"): frozenset({"approved"})}
    assert "opaque" not in {effect.verb for effect in called("mystery/list_things", {}, approved)}
    assert "opaque" in {effect.verb for effect in called("mystery/list_things", {})}
    assert "opaque" in {effect.verb for effect in called("mystery/delete_things", {}, approved)}
    assert "opaque" in {effect.verb for effect in called("mystery/get_and_delete_things", {}, approved)}


@pytest.mark.parametrize(
    ("tool", "verb"),
    [
        ("get_user", "read"), ("getUser", "read"), ("user-list", "read"), ("delete_user", "delete"), ("get_or_create_user", "create"), ("sendInvoiceEmail", "spend"),
        ("run_command", "execute"), ("frobnicate", "execute"), ("shareDocument", "grant"), ("list_and_purge", "delete"), ("deploy", "publish"), ("updateRow", "modify"),
    ],
)  # fmt: skip
def test_verbs_by_name(tool, verb):
    assert verb_of(tool) == verb


def test_only_recognised_cards_lend_their_tools_names():
    assert looks_like("write_file") is not None
    assert looks_like("query") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tools.x]\n", "no effect"), ('[tools.x]\neffects = ["frob file x"]', "no effect"), ('[tools.x]\narguments = { a = "frob" }', "frob"),
        ('results = "maybe"', "maybe"), ("colour = 1", "colour"), ("a b", "is not TOML"), ('[tools.x]\neffects = ["read file x odd"]', "odd"),
    ],
)  # fmt: skip
def test_wrong_cards_are_named(text, message):
    with pytest.raises(ConfigurationError, match=message):
        read_card(text, "x")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)
TOOLS = sorted(
    {f"{card.name}/{name}" for card in cards() for name, _ in card.tools}
    | {"mystery/write_file", "mystery/get", "x/", "/x", "a/b/c"}
)
ARGUMENTS = st.sampled_from(
    [
        "path",
        "paths",
        "source",
        "destination",
        "url",
        "sql",
        "query",
        "owner",
        "repo",
        "branch",
        "to",
        "namespace",
        "name",
        "command",
        "code",
        "repo_path",
    ]
)


@given(st.sampled_from(TOOLS), st.dictionaries(ARGUMENTS, JSON, max_size=4))
def test_no_call_is_nothing(tool, arguments):
    effects = called(tool, arguments)
    assert effects
    assert {effect.verb for effect in effects} <= set(VERBS)
