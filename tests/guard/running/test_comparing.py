"""What was predicted beside what was observed: a table of cases, and what holds for all."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.observe.facts import Process, Seen
from jackline.core.effect import Effect, Resource
from jackline.guard.running.comparing import Fact, compare, effects_of, facts_in, sound

KINDS = ("file", "process", "endpoint", "repository", "package", "infrastructure")
VERBS = ("create", "modify", "delete", "execute", "connect", "send", "install", "read", "opaque")
NAMES = ("/w", "/w/a", "/w/a/b", "/w/.git/HEAD", "/wa", "git", "host.example", "host.example/team/app", "*", "/w#main")

effects = st.builds(
    Effect,
    st.sampled_from(VERBS),
    st.builds(
        Resource,
        st.sampled_from(KINDS),
        st.sampled_from(NAMES),
        reach=st.sampled_from(["workspace", "remote"]),
        port=st.sampled_from([0, 443]),
    ),
    certainty=st.sampled_from(["certain", "possible"]),
)
facts = st.one_of(
    st.builds(Fact, st.sampled_from(["create", "modify", "delete"]), st.just("file"), st.sampled_from(NAMES[:5])),
    st.builds(Fact, st.just("execute"), st.just("process"), st.sampled_from(["git", "ls"])),
    st.builds(Fact, st.just("connect"), st.just("endpoint"), st.just("host.example"), st.sampled_from([80, 443])),
)


def effect(verb, kind, name, **more):
    return Effect(verb, Resource(kind, name, **more))


@pytest.mark.parametrize(
    ("effects", "fact", "foreseen"),
    [
        ([effect("create", "file", "/w/a")], Fact("create", "file", "/w/a"), "predicted"),
        ([effect("create", "file", "/w/a")], Fact("modify", "file", "/w/a"), "predicted"),
        ([effect("create", "file", "/w/a")], Fact("delete", "file", "/w/a"), "unpredicted"),
        ([effect("delete", "file", "/w/a")], Fact("delete", "file", "/w/a/b"), "predicted"),
        ([effect("delete", "file", "/w/a")], Fact("delete", "file", "/w/ab"), "unpredicted"),
        ([effect("delete", "file", "/w/a")], Fact("create", "file", "/w/a"), "unpredicted"),
        ([effect("create", "file", "/w/a/b/c")], Fact("create", "file", "/w/a"), "predicted"),
        ([effect("modify", "file", "/w/*.py")], Fact("modify", "file", "/w/x.py"), "predicted"),
        ([effect("read", "file", "/w/a")], Fact("modify", "file", "/w/a"), "unpredicted"),
        ([effect("modify", "repository", "/w")], Fact("create", "file", "/w/.git/objects/aa/bb"), "predicted"),
        ([effect("modify", "repository", "/w#main")], Fact("modify", "file", "/w/src/a"), "covered"),
        ([effect("read", "repository", "/w")], Fact("modify", "file", "/w/.git/index"), "unpredicted"),
        ([effect("install", "package", "npm:x")], Fact("create", "file", "/w/node_modules/x/i.js"), "covered"),
        ([effect("opaque", "process", "make")], Fact("execute", "process", "gcc"), "covered"),
        ([effect("execute", "process", "git")], Fact("execute", "process", "git"), "predicted"),
        ([effect("execute", "process", "git")], Fact("execute", "process", "gpg"), "unpredicted"),
        ([effect("connect", "endpoint", "h", port=443)], Fact("connect", "endpoint", "h", 443), "predicted"),
        ([effect("connect", "endpoint", "h", port=443)], Fact("connect", "endpoint", "h", 22), "unpredicted"),
        ([effect("send", "endpoint", "h")], Fact("connect", "endpoint", "h", 22), "predicted"),
        ([effect("read", "repository", "h/team/app")], Fact("connect", "endpoint", "h", 443), "predicted"),
        ([], Fact("connect", "endpoint", "h", 443), "unpredicted"),
    ],
)
def test_cases(effects, fact, foreseen):
    (found,) = compare(effects, [fact]).facts
    assert found.foreseen == foreseen


def test_what_is_named_counts_before_what_is_allowed_for():
    both = [effect("opaque", "process", "x"), effect("execute", "process", "git")]
    assert compare(both, [Fact("execute", "process", "git")]).count("predicted") == 1


def test_what_did_not_happen_is_told_where_it_would_have_been_seen():
    seen = effect("delete", "file", "/w/a")
    outside = effect("delete", "file", "/h/a", reach="home")
    possible = msgspec.structs.replace(seen, certainty="possible")
    built_in = effect("execute", "process", "echo")
    assert compare([seen, outside, possible, built_in], []).absent == (seen,)


@given(st.lists(effects, max_size=5), st.lists(facts, max_size=5))
def test_each_fact_is_counted_once(effects, facts):
    found = compare(effects, facts)
    assert [each.fact for each in found.facts] == facts
    total = sound([found])
    assert (total.facts, total.predicted + total.covered + total.unpredicted) == (len(facts), len(facts))
    assert total.share is None if not facts else 0 <= total.share <= 1


@given(st.lists(effects, max_size=5), effects, st.lists(facts, max_size=5))
def test_a_further_effect_never_makes_a_fact_less_foreseen(effects, more, facts):
    rank = ["unpredicted", "covered", "predicted"].index
    for before, after in zip(compare(effects, facts).facts, compare([*effects, more], facts).facts, strict=True):
        assert rank(before.foreseen) <= rank(after.foreseen)


@given(st.lists(effects, max_size=5), st.lists(facts, max_size=5))
def test_an_effect_either_happened_or_may_be_absent_but_never_both(effects, facts):
    found = compare(effects, facts)
    for absent in found.absent:
        alone = compare([absent], facts)
        assert alone.count("predicted") == 0


@given(st.lists(effects, max_size=5), st.lists(facts, max_size=5))
def test_under_an_opaque_effect_nothing_is_unpredicted(effects, facts):
    assert compare([*effects, effect("opaque", "process", "x")], facts).count("unpredicted") == 0


json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(["changed", "processes", "flow", "unseen", "uncounted"])
inner = st.dictionaries(st.sampled_from(["path", "verb", "times", "host", "port", "cause", "first"]), json, max_size=4)


@given(st.lists(st.dictionaries(keys, json | inner | st.lists(inner, max_size=3), max_size=4), max_size=4))
def test_any_recorded_data_is_read_or_left_out(observed):
    found, unseen = facts_in(observed)
    assert len({(each.verb, each.kind, each.name, each.port) for each in found}) == len(found)
    assert isinstance(unseen, int)


def test_facts_are_read_from_what_is_recorded():
    seen = Seen(
        (
            Process(1, 0, "/bin/sh", ("sh",), first=True),
            Process(2, 1, "/usr/bin/git", ("git",), times=3),
            Process(3, 1, "/opt/git", ("git",), absent=True),
        ),
        unseen=4,
    )
    changed = {"changed": [{"path": "/w/a", "verb": "create"}], "uncounted": 2}
    flow = {"flow": {"host": "h", "port": 443, "cause": "closed"}}
    refused = {"flow": {"host": "evil", "port": 443, "cause": "refused"}}
    found, unseen = facts_in([{**changed, **msgspec.to_builtins(seen)}, flow, refused])
    assert found == (
        Fact("create", "file", "/w/a"),
        Fact("execute", "process", "git", times=3),
        Fact("connect", "endpoint", "h", 443),
    )
    assert unseen == 6
    assert [(each.resource.name, each.extent.at_most) for each in effects_of(seen)] == [("sh", 1), ("git", 3)]
