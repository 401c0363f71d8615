"""Editing TOML in place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jackline.clients.connect import tomlfile
from jackline.core.errors import ConfigurationError

PUT = [
    ("", ("a",), "k", "[a]\nk = false\n"),
    ("x = 1", ("a",), "k", "x = 1\n\n[a]\nk = false\n"),
    ("[a] # mine\nz = 1\n[b]\n", ("a",), "k", "[a] # mine\nk = false\nz = 1\n[b]\n"),
    ("[a]\nk = true # old\n", ("a",), "k", "[a]\nk = false\n"),
    ("", ("a", "/x y:0"), "k", '[a."/x y:0"]\nk = false\n'),
]


@pytest.mark.parametrize(("before", "table", "key", "after"), PUT)
def test_a_key_is_set(before: str, table: tuple[str, ...], key: str, after: str) -> None:
    assert tomlfile.put(before, table, key, value=False) == after


REFUSED = [
    "a = { z = 1 }\n",  # an inline table cannot be added to
    "a = 1\n",
    "a.z = 1\n",  # a dotted key closes the table
    "[[a]]\nz = 1\n",
    "broken",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_form_that_cannot_be_edited_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        tomlfile.put(text, ("a",), "k", value=False)


def test_a_header_inside_a_long_text_is_no_header() -> None:
    text = 'prompt = """\n[features]\n"""\n'
    with pytest.raises(ConfigurationError, match="by hand"):
        tomlfile.put(text, ("features",), "k", value=False)


NAMES = st.text(st.sampled_from('ab/. :"\\é'), min_size=1, max_size=6)
VALUES = st.booleans() | st.integers(-9, 9) | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8)
TABLES = st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=3), max_size=3)


def written(tables: dict[str, dict[str, Any]]) -> str:
    lines = ["# a comment"]
    for name, table in tables.items():
        lines += ["", f"[{json.dumps(name, ensure_ascii=False)}] # of theirs"]
        lines += [
            f"{json.dumps(key, ensure_ascii=False)} = {json.dumps(value, ensure_ascii=False)}"
            for key, value in table.items()
        ]
    return "\n".join(lines) + "\n"


@example({":": {}}, [":", ":"], False)  # an empty table of theirs above ours
@given(
    TABLES,
    st.lists(NAMES, min_size=1, max_size=2),
    st.booleans() | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8),
)
def test_setting_and_removing_gives_the_value_back_and_keeps_the_comments(
    tables: dict[str, Any], table: list[str], value: str | bool
) -> None:
    text = written(tables)
    try:
        changed = tomlfile.put(text, tuple(table), "ours", value)
    except ConfigurationError:
        return  # a key of theirs is in the way
    assert tomlfile.find(changed, tuple(table), "ours") == value
    back = tomlfile.remove(changed, tuple(table), "ours")
    kept = {name: inner for name, inner in tomlfile.parse(back).items() if inner}
    assert kept == {name: inner for name, inner in tables.items() if inner}
    assert back.count("# ") >= 1 + sum(1 for inner in tables.values() if inner)


@given(st.text(st.sampled_from('[]."=a\n #{}1'), max_size=40))
def test_no_text_does_more_than_a_configuration_error(text: str) -> None:
    try:
        tomlfile.put(text, ("a", "b"), "k", value=True)
    except ConfigurationError as error:
        assert str(error)  # noqa: PT017 - whether it is raised depends on the text
