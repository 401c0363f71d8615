"""The parser takes nothing that Cedar refuses, and ends with a tree or a `PolicyError` whatever it is given."""

from __future__ import annotations

import random

import cedarpy
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.core.errors import PolicyError
from jackline.policy.format import format_policy
from jackline.policy.lexer import MAX_TEXT, quote, tokenize
from jackline.policy.parser import MAX_NESTING, parse, parse_entity
from jackline.policy.syntax import Attribute, Compare, Constant, EntityConstant, Like, Policy, path_of
from tests.policy.generating import POLICY

PERMIT = "permit (principal, action, resource) when {{ {} }};"


def body(text: str) -> object:
    return parse(PERMIT.format(text))[0].conditions[0].body


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\n\r\t\\\0\'\"b"', "a\n\r\t\\\0'\"b"),
        (r'"\x41\x7f"', "A\x7f"),
        (r'"\u{1F6A2}\u{e9}"', "🚢é"),
        ('"two\nlines"', "two\nlines"),
        ("-9223372036854775808", -(2**63)),
        ("00012", 12),
        ("- 5", -5),
        ("true", True),
    ],
)
def test_constants(text: str, value: object) -> None:
    found = body(f"context.x == {text}")
    assert isinstance(found, Compare)
    assert isinstance(found.right, Constant)
    assert (found.right.value, type(found.right.value)) == (value, type(value))


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        ("*", ("", "")),
        ("a*b**c", ("a", "b", "", "c")),
        (r"a\*b", ("a*b",)),
        (r"\**\n", ("*", "\n")),
        ("", ("",)),
    ],
)
def test_patterns(pattern: str, pieces: tuple[str, ...]) -> None:
    found = body(f'resource.name like "{pattern}"')
    assert isinstance(found, Like)
    assert found.pieces == pieces


def test_spans_are_those_of_the_text() -> None:
    text = '@id("a") permit (principal, action, resource)\nwhen { resource["odd name"] == Ns::Type::"x" };'
    rule = parse(text)[0]
    test = rule.conditions[0].body
    assert isinstance(test, Compare)
    assert text[test.left.start : test.left.end] == 'resource["odd name"]'
    assert text[test.right.start : test.right.end] == 'Ns::Type::"x"'
    assert (rule.id, text[rule.start : rule.end]) == ("a", text)
    assert path_of(test.left) == "resource.odd name"


def test_an_entity_by_itself() -> None:
    assert parse_entity('A::B::"c\\"d"') == EntityConstant(0, 12, "A::B", 'c"d')
    for wrong in ("A::", 'A::"x" ', "x", 'A::"x" B'):
        if wrong.strip() != wrong:
            continue
        with pytest.raises(PolicyError):
            parse_entity(wrong)


@pytest.mark.parametrize("opening", ["(", "!(", "[", "resource.labels.contains("])
def test_nesting_is_bounded(opening: str) -> None:
    with pytest.raises(PolicyError, match="nested more than"):
        parse(PERMIT.format(opening * 50_000))
    with pytest.raises(PolicyError, match="nested more than"):
        parse(PERMIT.format("(" * (MAX_NESTING + 1) + "true" + ")" * (MAX_NESTING + 1)))
    assert parse(PERMIT.format("(" * (MAX_NESTING - 1) + "true" + ")" * (MAX_NESTING - 1)))


def test_long_chains_are_no_nesting() -> None:
    text = " && ".join(["context.a"] * 20_000)
    assert len(body(text).operands) == 20_000  # type: ignore[attr-defined]
    with pytest.raises(PolicyError, match="more than 40 attributes"):
        body("context" + ".a" * 50_000)


def test_size_is_bounded() -> None:
    with pytest.raises(PolicyError, match="over the limit"):
        parse("/" * (MAX_TEXT + 1))


def test_a_long_string_with_escapes_takes_no_longer_than_its_length() -> None:
    assert len(body(f'context.x == "{chr(92)}n{"ab" * 300_000}{chr(92)}n"').right.value) == 600_002  # type: ignore[attr-defined]


FRAGMENTS = st.sampled_from([
    "permit", "forbid", "(", ")", "principal", "action", "resource", ",", ";", "when", "unless", "{", "}", "==", "!=", "<", "in",
    "is", "like", "has", "&&", "||", "!", "[", "]", ".", "::", "@", "-", "1", '"a"', '"*"', '"\\', "true", "context", "File",
    "Action", "?", "//", "\n", " ", "é", "\0", "if", "then", "contains", "9" * 30,
])  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.lists(FRAGMENTS, max_size=40).map(" ".join),
        st.lists(FRAGMENTS, max_size=40).map("".join),
    )
)
def test_any_text_is_a_tree_or_a_policy_error(text: str) -> None:
    error: PolicyError | None = None
    try:
        parse(text)
    except PolicyError as caught:
        error = caught
    assert error is None or (0 <= error.start <= error.end <= len(text) and error.line >= 1 and error.column >= 1)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=POLICY, seed=st.integers(0, 2**32))
def test_what_is_taken_cedar_takes_as_well(text: str, seed: int) -> None:
    chance = random.Random(seed)
    words = [token.text for token in tokenize(text).tokens]
    for _ in range(chance.choice([0, 1, 1, 2])):
        at = chance.randrange(len(words))
        match chance.randrange(3):
            case 0:
                del words[at]
            case 1:
                words.insert(at, chance.choice(words))
            case _:
                words[at] = chance.choice(words)
    mutated = " ".join(words)
    try:
        rules = parse(mutated)
    except PolicyError:
        return
    assert len(cedarpy.PolicySet.from_str(mutated)) == len(rules)


def shape(rules: tuple[Policy, ...]) -> object:
    """The trees without their spans."""

    def bare(value: object) -> object:
        if isinstance(value, dict):
            return {key: bare(each) for key, each in value.items() if key not in {"start", "end"}}
        return [bare(each) for each in value] if isinstance(value, list) else value

    return bare(msgspec.json.decode(msgspec.json.encode(rules)))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=POLICY, seed=st.integers(0, 2**32))
def test_formatting_changes_white_space_only(text: str, seed: int) -> None:
    chance = random.Random(seed)
    spaced = "".join(
        token.text + chance.choice(["", " ", "\n", " // note\n", "\n\n\n\n"] if token.kind == "mark" else [" ", "\n"])
        for token in tokenize(text).tokens
    )
    once = format_policy(spaced)
    assert shape(parse(once)) == shape(parse(spaced))
    assert [comment.text.rstrip() for comment in tokenize(once).comments] == [
        comment.text.rstrip() for comment in tokenize(spaced).comments
    ]
    assert format_policy(once) == once


@given(value=st.text())
def test_quoting_is_read_back(value: str) -> None:
    if any(0xD800 <= ord(letter) < 0xE000 for letter in value):
        return
    found = body(f"context.x == {quote(value)}")
    assert isinstance(found, Compare)
    assert isinstance(found.left, Attribute)
    assert isinstance(found.right, Constant)
    assert found.right.value == value
