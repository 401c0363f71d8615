"""YAML as maps, lists and texts, within bounds, whatever the text is."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.manifests.yamldoc import MAX_NODES, document, documents, listing, mapping, texts, true


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: [x, 'y', \"z\"]\n", {"a": "1", "b": ["x", "y", "z"]}),
        ("a: yes\nb: null\nc: ~\nd:\ne: 'null'\n", {"a": "yes", "b": None, "c": None, "d": None, "e": "null"}),
        ("run: |\n  rm -rf a\n  rm b\nfold: >-\n  a\n  b\n", {"run": "rm -rf a\nrm b\n", "fold": "a b"}),
        ("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n", {"x": {"a": "1", "b": "2"}, "y": {"a": "1", "b": "3"}}),
        ("y:\n  b: 3\n  <<: [{a: 1}, {a: 2, b: 4}]\n", {"y": {"b": "3", "a": "1"}}),
        ("a: 1\na: 2\n", {"a": "2"}),
        ("!!python/object/apply:os.system ['rm -rf /']", ["rm -rf /"]),
        ("a: !vault x\nb: !Ref [c]\n", {"a": "x", "b": ["c"]}),
        ("? [a, b]\n: c\n", {"['a', 'b']": "c"}),
        ("- - a\n", [["a"]]),
        ("{{ helm }}: x: y", None),
        ("a: *nothing", None),
        ("a: [", None),
        ("", None),
        ("--- a\n--- b\n", None),
    ],
)
def test_document(text: str, expected: Any) -> None:
    assert document(text) == expected


def test_several_documents() -> None:
    assert documents("a: 1\n---\n---\nb: &x 2\n---\nc: *x\n") is None
    assert documents("a: 1\n---\nb: 2\n") == [{"a": "1"}, {"b": "2"}]


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x, x]\n"
        + "".join(f"a{i + 1}: &a{i + 1} [*a{i}, *a{i}, *a{i}, *a{i}, *a{i}, *a{i}]\n" for i in range(20)),
        "[" * 5000,
        "- " * 5000,
        "{a: " * 500 + "1" + "}" * 500,
        "- a\n" * (MAX_NODES + 1),
        "a: &a [*a]",
    ],
)
def test_bombs_are_refused(text: str) -> None:
    assert documents(text) is None


def test_what_a_value_is() -> None:
    assert (mapping([1]), listing(None), listing("a"), texts(["a", {}, None]), true("True"), true(None)) == (
        {},
        [],
        ["a"],
        ["a"],
        True,
        False,
    )


_values = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(_values)
def test_what_was_written_is_read(value: Any) -> None:
    assert document(yaml.safe_dump(value, allow_unicode=True)) == value
    assert document(json.dumps(value, ensure_ascii=False)) == value


@given(st.text(max_size=100) | st.text("&*a:-[]{}, \n|>!%#'\"?", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    documents(text)
