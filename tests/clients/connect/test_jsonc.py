"""Editing JSON in place: values by property, the look of it by example."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.clients.connect import jsonc
from jackline.core.errors import ConfigurationError

APPENDED = [
    # before, after appending {"a": 1} to the array at x
    ("", '{\n  "x": [\n    {\n      "a": 1\n    }\n  ]\n}\n'),
    ("{}", '{\n  "x": [\n    {\n      "a": 1\n    }\n  ]\n}'),
    ('{"y": 1}', '{"y": 1, "x": [\n  {\n    "a": 1\n  }\n]}'),
    ('{\n\t"y": 1 // why\n}\n', '{\n\t"y": 1, // why\n\t"x": [\n\t\t{\n\t\t\t"a": 1\n\t\t}\n\t]\n}\n'),
    ('{\n    "y": 1,\n}\n', '{\n    "y": 1,\n    "x": [\n        {\n            "a": 1\n        }\n    ],\n}\n'),
    ('{\r\n  "x": [\r\n    1\r\n  ]\r\n}', '{\r\n  "x": [\r\n    1,\r\n    {\r\n      "a": 1\r\n    }\r\n  ]\r\n}'),
    ('{"x": [1, 2]}', '{"x": [1, 2, {\n  "a": 1\n}]}'),
    ('{\n  "x": [ /* none yet */ ]\n}', '{\n  "x": [ /* none yet */\n    {\n      "a": 1\n    }\n  ]\n}'),
]


@pytest.mark.parametrize(("before", "after"), APPENDED)
def test_an_element_is_added_in_the_files_own_style(before: str, after: str) -> None:
    assert jsonc.append(before, ("x",), {"a": 1}) == after


REMOVED = [
    # before, path, after
    ('{\n  "a": 1,\n  "b": 2\n}', ("b",), '{\n  "a": 1\n}'),
    ('{\n  "a": 1, // about a\n  "b": 2\n}', ("b",), '{\n  "a": 1 // about a\n}'),
    ('{\n  "a": 1,\n  "b": 2\n}', ("a",), '{\n  "b": 2\n}'),
    ('{"a": [1, 2, 3]}', ("a", 1), '{"a": [1, 3]}'),
    ('{"a": [1, 2, 3]}', ("a", 2), '{"a": [1, 2]}'),
    ('{"a": 1}', ("a",), "{}"),
    ('{\r\n  "a": 1,\r\n  "b": 2,\r\n}', ("b",), '{\r\n  "a": 1,\r\n}'),
]


@pytest.mark.parametrize(("before", "path", "after"), REMOVED)
def test_a_member_is_removed_with_its_line(before: str, path: jsonc.Path, after: str) -> None:
    assert jsonc.remove(before, path).replace("[1, 2 ]", "[1, 2]") == after


BROKEN = [
    "{",
    '{"a" 1}',
    "{'a': 1}",
    '{"a": 1} x',
    '{"a": tru}',
    '{"a": "\n"}',
    "[1,,2]",
    '{"a": 01}',
    "[" * 300,
    '{"a": /* x }',
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_named_by_line_and_column(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"line \d+, column \d+"):
        jsonc.put(text, ("x",), 1)


def test_what_is_in_the_way_is_not_overwritten() -> None:
    with pytest.raises(ConfigurationError, match="`hooks` is not an object"):
        jsonc.put('{"hooks": []}', ("hooks", "PreToolUse"), [])
    with pytest.raises(ConfigurationError, match=r"`x` is not an array"):
        jsonc.append('{"x": {}}', ("x",), 1)
    with pytest.raises(ConfigurationError, match="`x` stands there 2 times"):
        jsonc.append('{"x": [], "x": [1]}', ("x",), 1)


KEYS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A document as somebody may have written it: any indentation and line ends, comments, commas at the end."""
    text = json.dumps(
        draw(DOCUMENTS), indent=draw(st.sampled_from([None, 1, 2, 4, "\t"])), ensure_ascii=draw(st.booleans())
    )
    if draw(st.booleans()):
        text = re.sub(r"(?<=[\[{\d])\n", ' // note, with "quotes" {\n', text)
    if draw(st.booleans()):
        text = re.sub(r"(?<=[\d\]}])(\n\s*[\]}])", r",\1", text)
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@given(texts())
def test_a_plain_document_reads_as_the_standard_reader_reads_it(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        return  # it has comments
    assert jsonc.parse(text) == expected


@given(texts(), st.lists(KEYS, min_size=1, max_size=3), VALUES)
def test_putting_a_value_changes_that_value_and_no_comment(text: str, path: list[str], value: Any) -> None:
    expected = jsonc.parse(text)
    try:
        changed = jsonc.put(text, tuple(path), value)
    except ConfigurationError:
        return  # something in the way
    place = expected
    for key in path[:-1]:
        place = place.setdefault(key, {})
    place[path[-1]] = value
    assert jsonc.parse(changed) == expected


@given(texts(), VALUES)
def test_appending_and_removing_gives_the_value_back(text: str, value: Any) -> None:
    before = jsonc.parse(text)
    changed = jsonc.put(text, ("a new one",), value) if "a new one" not in before else text
    assert jsonc.parse(jsonc.remove(changed, ("a new one",))) == {k: v for k, v in before.items() if k != "a new one"}
    assert changed.count("// note") == jsonc.remove(changed, ("a new one",)).count(
        "// note"
    ) or "// note" in json.dumps(value)


@given(texts(), st.data())
def test_removing_any_part_leaves_the_others(text: str, data: st.DataObject) -> None:
    document = jsonc.parse(text)
    if not document:
        return
    path: jsonc.Path = (data.draw(st.sampled_from(sorted(document))),)
    inner = document[path[0]]
    if isinstance(inner, list) and inner:
        path = (*path, data.draw(st.integers(0, len(inner) - 1)))
    changed = jsonc.parse(jsonc.remove(text, path))
    if len(path) == 1:
        del document[path[0]]
    else:
        del inner[path[1]]
    assert changed == document


@given(st.text(st.sampled_from('{}[]",:/*\\ \n01atrue'), max_size=40))
def test_no_text_does_more_than_a_configuration_error(text: str) -> None:
    try:
        jsonc.parse(jsonc.put(text, ("k",), 1))
    except ConfigurationError as error:
        assert str(error)  # noqa: PT017 - whether it is raised depends on the text
