"""The exact JSON forms: round trips, one encoding per value, strictness."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core import words
from jackline.core.action import Action, Provenance
from jackline.core.codec import decode, digest, encode
from jackline.core.decision import Decision, Reason
from jackline.core.effect import Effect, Evidence, Extent, Resource
from jackline.core.errors import PolicyError, WireError
from jackline.core.json_schema import json_schema

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "reference" / "schema.json"

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
resources = st.builds(
    Resource, kind=st.sampled_from(words.KINDS), name=text, environment=st.sampled_from(words.ENVIRONMENTS),
    reach=st.sampled_from(words.REACHES), labels=st.frozensets(st.sampled_from(words.LABELS)),
    jurisdiction=st.sampled_from(words.JURISDICTIONS), port=st.integers(0, 65535),
)  # fmt: skip
effects = st.builds(
    Effect, verb=st.sampled_from(words.VERBS), resource=resources,
    extent=st.builds(Extent, at_most=st.none() | st.integers(0, words.UNBOUNDED), exact=st.booleans()),
    reversible=st.sampled_from(words.UNDOS), certainty=st.sampled_from(words.CERTAINTIES), origin=st.sampled_from(words.ORIGINS),
    authorship=st.sampled_from(words.AUTHORSHIPS),
    evidence=st.builds(Evidence, start=st.integers(0, 99), end=st.integers(0, 99), text=text, source=text, digest=text),
)  # fmt: skip
decisions = st.builds(
    Decision, verdict=st.sampled_from(words.VERDICTS), approval=st.integers(0, 3), effects=st.lists(effects, max_size=3).map(tuple),
    reasons=st.lists(st.builds(Reason, rule=text, text=text), max_size=2).map(tuple), seen=st.frozensets(st.sampled_from(words.LABELS)),
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(text, v, max_size=3),
    max_leaves=8,
)
actions = st.builds(
    Action, tool=text, arguments=st.dictionaries(text, json_values, max_size=4), cwd=text, session=text,
    provenance=st.lists(st.builds(Provenance, pointer=text, origin=st.sampled_from(words.ORIGINS)), max_size=2).map(tuple),
)  # fmt: skip


@given(decisions)
def test_a_decision_comes_back_as_it_was(decision: Decision) -> None:
    assert decode(encode(decision), Decision) == decision


@given(actions)
def test_an_action_comes_back_as_it_was(action: Action) -> None:
    assert decode(encode(action), Action) == action


@given(effects)
def test_equal_effects_have_one_form(effect: Effect) -> None:
    again = decode(json.dumps(json.loads(encode(effect)), indent=3), Effect)
    assert encode(again) == encode(effect)
    assert digest(again) == digest(effect)


def test_an_effect_at_the_edge_has_every_field_of_the_contract() -> None:
    plain = json.loads(encode(Effect("read", Resource("file", "/x"))))
    assert plain.keys() == {"verb", "resource", "extent", "reversible", "certainty", "origin", "authorship", "evidence"}
    assert plain["resource"].keys() >= {"kind", "name", "environment", "reach", "labels"}
    assert plain["extent"] == {"atMost": 1, "exact": True}


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"verb":"read"}',
        b'{"tool":"shell","arguments":[],"cwd":"/"}',
        b'{"tool":1,"arguments":{},"cwd":"/"}',
        b'{"tool":"x","arguments":{},"cwd":"/","surprise":1}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"tool":"x","arguments":{},"cwd":"/"} trailing',
    ],
)
def test_what_is_not_an_action_is_refused(wrong: bytes) -> None:
    with pytest.raises(WireError):
        decode(wrong, Action)


def test_a_word_outside_a_vocabulary_is_refused() -> None:
    effect = json.loads(encode(Effect("read", Resource("file", "/x"))))
    effect["verb"] = "destroy"
    with pytest.raises(WireError, match="destroy"):
        decode(json.dumps(effect), Effect)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_action_or_an_error(data: bytes) -> None:
    with contextlib.suppress(WireError):
        assert isinstance(decode(data, Action), Action)


def test_the_published_schema_is_the_generated_one() -> None:
    generated = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    assert SCHEMA_FILE.read_text(encoding="utf-8") == generated, "run `python tests/core/write_schema.py`"


def test_values_are_frozen_and_hash_alike() -> None:
    one, other = Resource("file", "/x"), Resource("file", "/x")
    assert one == other
    assert hash(one) == hash(other)
    with pytest.raises(AttributeError):
        one.name = "/y"  # type: ignore[misc]


def test_a_policy_error_knows_its_place() -> None:
    error = PolicyError("unknown word `delte`", text="permit(\n  delte", start=10, end=15)
    assert (error.line, error.column) == (2, 3)
