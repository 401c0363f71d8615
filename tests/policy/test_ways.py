"""All least ways to have an action allowed: they agree with what is decided, and say more where nothing can be had."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jackline.core.effect import Effect, Resource
from jackline.policy import shipped
from jackline.policy.judge import judge
from jackline.policy.layers import LayerText, load
from jackline.policy.posture import Posture
from jackline.policy.remedies import Choice, point_of
from jackline.policy.ways import ways

BASELINE = load([LayerText("user", shipped.text("baseline"), "baseline")])
READ = Effect("read", Resource("file", "/w/a"))
SECRET = Effect("read", Resource("file", "/w/.env", labels=frozenset({"secret"})))
DELETE = Effect("delete", Resource("file", "/w/a"), reversible="no")
NEVER = Effect("connect", Resource("endpoint", "x.example", reach="remote", labels=frozenset({"tunnel"})))
EFFECTS = (READ, SECRET, DELETE, NEVER, Effect("publish", Resource("repository", "r#main", reach="remote")))
BARE = Choice((), 0)


def test_each_effect_says_what_it_needs_by_itself() -> None:
    found = ways(BASELINE, (READ, SECRET, DELETE), Posture(approvals=1))
    assert found.each == (BARE, Choice((), 1), Choice(("undoable",), 0))
    assert found.here == Choice((), 1)
    assert found.all == (Choice((), 1),)


def test_what_is_never_leaves_the_rest() -> None:
    found = ways(BASELINE, (SECRET, NEVER), Posture(approvals=1))
    assert (found.each[1], found.all, found.here, found.rest) == (None, (), None, Choice((), 1))
    assert ways(BASELINE, (NEVER,), Posture()).rest is None


@given(
    st.lists(st.sampled_from(EFFECTS), max_size=4),
    st.frozensets(st.sampled_from(["undoable", "held", "contained"])),
    st.integers(0, 3),
)
def test_the_way_here_is_what_is_decided(effects, available, approvals) -> None:
    posture = Posture(available=available, approvals=approvals)
    decision = judge(BASELINE, effects, posture)
    found = ways(BASELINE, effects, posture)
    assert (found.here is None) == (decision.verdict == "deny")
    if found.here is not None:
        assert (found.here.remedies, found.here.approval) == (decision.remedies, decision.approval)
        chosen = point_of(found.here.remedies, found.here.approval)
        assert chosen >= min(point_of(way.remedies, way.approval) for way in found.all)
