"""What an approval, a class and a refusal are bound to."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from jackline.core.action import Action
from jackline.core.effect import Effect, Evidence, Extent, Resource
from jackline.policy.approvals import ClassApproval, EffectPattern, binding, pattern_of, same_effects

ACTION = Action(
    tool="shell", arguments={"command": "rm x"}, cwd="/w", id="A1", session="s", call="c1", description="tidy up"
)
EFFECT = Effect(
    "delete",
    Resource("file", "/w/x", labels=frozenset({"untracked"})),
    reversible="no",
    evidence=Evidence(0, 4, "rm x"),
)
BOUND = {"surroundings": "s1", "policy": "p1"}


def key(action: Action = ACTION, effects: tuple[Effect, ...] = (EFFECT,), **more: Any) -> str:
    return binding(action, effects, **{**BOUND, **more})


@pytest.mark.parametrize(
    "other",
    [
        key(replace(ACTION, arguments={"command": "rm  x"})),
        key(replace(ACTION, cwd="/v")),
        key(replace(ACTION, session="t")),
        key(replace(ACTION, tool="python")),
        key(effects=()),
        key(effects=(EFFECT, EFFECT)),
        key(effects=(replace(EFFECT, evidence=Evidence(0, 4, "rm x", "/w/run.sh", "00")),)),
        key(surroundings="s2"),
        key(policy="p2"),
    ],
)
def test_an_approval_is_bound_to_all_that_was_judged(other: str) -> None:
    assert other != key()


def test_an_approval_is_not_bound_to_names_and_accounts_of_the_call() -> None:
    assert key(replace(ACTION, id="A2", call="c2", description="something else")) == key()


def test_a_refusal_is_for_the_same_effects_in_whatever_words() -> None:
    again = replace(EFFECT, evidence=Evidence(0, 9, "unlink x"), certainty="possible", extent=Extent(1))
    other = replace(EFFECT, resource=replace(EFFECT.resource, name="/w/y"))
    assert same_effects([EFFECT]) == same_effects([again]) == same_effects([again, EFFECT])
    assert same_effects([EFFECT, other]) == same_effects([other, EFFECT])
    assert len({same_effects([EFFECT]), same_effects([other]), same_effects([EFFECT, other]), same_effects([])}) == 4


@pytest.mark.parametrize(
    ("change", "like"),
    [
        ({}, True),
        ({"evidence": Evidence(3, 4, "x")}, True),
        ({"reversible": "yes"}, True),
        ({"verb": "modify"}, False),
        ({"origin": "untrusted"}, False),
        ({"authorship": "fetched"}, False),
    ],
)
def test_a_class_is_effects_like_one(change: dict[str, Any], like: bool) -> None:
    assert pattern_of(EFFECT).matches(replace(EFFECT, **change)) == like


@pytest.mark.parametrize(
    ("change", "like"),
    [
        ({"labels": frozenset()}, True),
        ({"labels": frozenset({"untracked", "secret"})}, False),
        ({"name": "/w/y"}, False),
        ({"name": "/w/x/y"}, False),
        ({"reach": "home"}, False),
        ({"environment": "production"}, False),
        ({"kind": "memory"}, False),
        ({"port": 1}, False),
    ],
)
def test_a_class_is_resources_like_one(change: dict[str, Any], like: bool) -> None:
    assert pattern_of(EFFECT).matches(replace(EFFECT, resource=replace(EFFECT.resource, **change))) == like


def test_a_class_is_no_larger_and_no_harder_to_put_back_than_its_example() -> None:
    small = replace(EFFECT, extent=Extent(3), reversible="with_undo")
    pattern = pattern_of(small)
    assert pattern.matches(small)
    assert pattern.matches(replace(small, extent=Extent(2), reversible="yes"))
    assert not pattern.matches(replace(small, extent=Extent(4)))
    assert not pattern.matches(replace(small, extent=Extent(None, exact=False)))
    assert not pattern.matches(replace(small, reversible="no"))
    assert pattern_of(replace(small, extent=Extent(None, exact=False))).matches(small)


def test_a_class_stands_until_its_end_and_for_what_was_known() -> None:
    given = ClassApproval(pattern_of(EFFECT), 1, until=10, seen=frozenset({"untrusted"}))
    assert given.stands(frozenset(), 9)
    assert given.stands(frozenset({"untrusted"}), 9)
    assert not given.stands(frozenset({"untrusted", "secret"}), 9)
    assert not given.stands(frozenset(), 10)


def test_a_class_may_be_all_below_a_folder() -> None:
    pattern = EffectPattern("delete", "file", "/w/tmp/")
    for name, like in (
        ("/w/tmp/a", True),
        ("/w/tmp/a/b", True),
        ("/w/tmp", False),
        ("/w/tmpx", False),
        ("/w/tmp/*", False),
    ):
        assert pattern.matches(Effect("delete", Resource("file", name))) == like
    assert EffectPattern("delete", "file").matches(Effect("delete", Resource("file", "/anything")))
