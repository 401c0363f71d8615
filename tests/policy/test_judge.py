"""`judge`: verdicts, remedies, trees, layers, reasons."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from jackline.core.effect import Effect, Evidence, Resource
from jackline.core.errors import PolicyError, UsageError
from jackline.core.words import Remedy
from jackline.policy import LayerText, Policies, Posture, judge, load, shipped
from jackline.policy.approvals import ClassApproval, pattern_of
from jackline.policy.remedies import ALL, is_upward_closed
from jackline.policy.weigh import weigh
from tests.policy.generating import FACTS, LABELS, POLICY, pool

EVERYTHING: frozenset[Remedy] = frozenset({"contained", "undoable", "rehearsed", "held"})
BASELINE = load([LayerText("user", shipped.text("baseline"))])
EFFECTS = pool(2)
SEEN = Posture(agent=FACTS.agent, teams=tuple(FACTS.teams), seen=FACTS.seen)


def user(text: str) -> Policies:
    return load([LayerText("user", text)])


def labelled(*labels: str) -> frozenset[str]:
    return frozenset(labels)


def delete(name: str, *labels: str, **more: str) -> Effect:
    return Effect("delete", Resource("file", name, labels=frozenset(labels), **more), reversible="no")  # type: ignore[arg-type]


# Verdicts


def test_an_action_without_effects_does_nothing() -> None:
    assert judge(BASELINE, [], Posture()).verdict == "allow"


def test_a_bare_allow_has_no_reasons() -> None:
    decision = judge(BASELINE, [Effect("read", Resource("file", "/w/a.py"))], Posture())
    assert (decision.verdict, decision.remedies, decision.approval, decision.reasons) == ("allow", (), 0, ())


@pytest.mark.parametrize(
    ("available", "approvals", "expected"),
    [
        (set(), 0, ("deny", (), 0)),
        (set(), 1, ("ask", (), 1)),
        ({"undoable"}, 0, ("allow", ("undoable",), 0)),
        ({"undoable", "contained", "held"}, 3, ("allow", ("undoable",), 0)),
        ({"contained"}, 2, ("ask", (), 1)),
    ],
)
def test_the_cheapest_remedies_that_can_be_given_are_chosen(
    available: set[Remedy], approvals: int, expected: tuple[str, tuple[str, ...], int]
) -> None:
    decision = judge(BASELINE, [delete("/w/a.py")], Posture(available=frozenset(available), approvals=approvals))
    assert (decision.verdict, decision.remedies, decision.approval) == expected


def test_all_effects_have_one_choice_of_remedies() -> None:
    opaque = Effect("opaque", Resource("process", "python x.py"), reversible="no", authorship="session")
    both = judge(BASELINE, [delete("/w/a.py"), opaque], Posture(available=EVERYTHING, approvals=1))
    assert (both.verdict, both.remedies) == ("allow", ("contained", "undoable"))
    secret = Effect("read", Resource("file", "/w/.env", labels=frozenset({"secret"})))
    asked = judge(BASELINE, [delete("/w/a.py"), secret], Posture(available=EVERYTHING, approvals=1))
    assert (asked.verdict, asked.remedies, asked.approval) == ("ask", (), 1), "one question answers for both"


def test_held_is_asked_without_a_question() -> None:
    push = Effect("publish", Resource("repository", "git.example/x#main", reach="remote"))
    decision = judge(BASELINE, [push], Posture(available=EVERYTHING, approvals=1))
    assert (decision.verdict, decision.remedies, decision.approval) == ("ask", ("held",), 0)
    assert "outbox" in decision.reasons[0].way_out


def test_what_the_same_action_reads_counts_for_what_it_sends() -> None:
    secret = Effect("read", Resource("file", "/w/.env", labels=frozenset({"secret"})))
    web = Effect("connect", Resource("endpoint", "docs.example", reach="remote", port=443))
    assert judge(BASELINE, [web], Posture()).verdict == "allow"
    policies = user(shipped.text("baseline") + '@id("x") permit (principal, action == Action::"read", resource);')
    assert judge(policies, [secret], Posture()).seen == {"secret"}
    decision = judge(policies, [web, secret], Posture(approvals=1))
    assert (decision.verdict, [reason.effect for reason in decision.reasons]) == ("ask", [0])


def test_a_session_takes_on_labels_only_by_what_may_run() -> None:
    web = Effect("connect", Resource("endpoint", "docs.example", reach="remote", port=443))
    secret = Effect("read", Resource("secret", "vault/x", reach="remote"))
    assert judge(BASELINE, [web], Posture()).seen == {"untrusted"}
    assert judge(BASELINE, [secret], Posture()).seen == frozenset()
    assert judge(BASELINE, [secret], Posture(approvals=1)).seen == {"secret"}
    for label in ("registry", "model_api", "loopback"):
        endpoint = replace(web.resource, labels=frozenset({label}))
        assert judge(BASELINE, [replace(web, resource=endpoint)], Posture()).seen == frozenset()


def test_an_approval_that_was_given_is_not_asked_for_again() -> None:
    effect = delete("/home/u/x", reach="home")
    assert judge(BASELINE, [effect], Posture(approvals=1)).verdict == "ask"
    assert judge(BASELINE, [effect], Posture(approved=1)).verdict == "allow"


def test_a_class_approval_covers_its_effects_and_no_others() -> None:
    effect = delete("/home/u/x", reach="home")
    given_ = ClassApproval(pattern_of(effect), 1, until=0)
    posture = Posture(classes=(given_,))
    assert judge(BASELINE, [effect], posture).verdict == "allow"
    others = [
        delete("/home/u/y", reach="home"),
        delete("/home/u/x", "irreplaceable", reach="home"),
        replace(effect, verb="grant"),
        replace(effect, origin="untrusted"),
    ]
    for other in others:
        assert judge(BASELINE, [other], posture).verdict == "deny", other
        assert judge(BASELINE, [effect, other], posture).verdict == "deny", other


def test_the_digest_of_the_policies_is_in_the_decision() -> None:
    other = load([LayerText("user", shipped.text("baseline") + "\n")])
    assert judge(BASELINE, [], Posture()).policy == BASELINE.digest != other.digest


# Trees, and names that are known in part

FORBID = "permit (principal, action, resource); forbid (principal, action, resource) when {{ {} }};"


@pytest.mark.parametrize(
    ("condition", "name", "denied"),
    [
        ('resource in Directory::"/home/u/.ssh"', "/home/u", True),
        ('resource in Directory::"/home/u/.ssh"', "/home/u/.ssh/keys", True),
        ('resource in Directory::"/home/u/.ssh"', "/home/u/.ss", False),
        ('resource in Directory::"/home/u/.ssh"', "/home/v", False),
        ('resource == File::"/w/keep.txt"', "/w", True),
        ('resource.name == "/w/keep.txt"', "/w", True),
        ('["/a", "/w/keep.txt"].contains(resource.name)', "/w", True),
        ('resource.name == "/w/keep.txt"', "/w/keep", False),
        ('resource.name like "*/.git/*"', "/w", True),
        ('resource.name like "/w/data/*.db"', "/w/data/old", True),
        ('resource.name like "/w/data/*.db"', "/w/logs", False),
        ('resource.name like "/w/*" && !(resource.name like "/w/tmp/*")', "/w/tmp", True),  # "/w/tmp" itself
        ('resource.name like "/w/*" && !(resource.name like "/w/tmp/*")', "/w/tmp/x", False),
        ('resource.name like "/w/*" && !(resource.name like "*.tmp")', "/w/x", True),
        ('resource.name like "/w/x/*" && !(resource.name like "*.tmp")', "/w/x", True),
        ('resource.name like "/w/x/*" && !(resource.name like "/w/*")', "/w/x", False),
        ('!(resource in Directory::"/w/tmp")', "/w/tmp", False),
        ('resource is Table && resource.name like "*"', "/w", False),
    ],
)
def test_a_tree_is_judged_on_what_rules_name_below_it(condition: str, name: str, denied: bool) -> None:
    policies = user(FORBID.format(condition))
    decision = judge(policies, [delete(name, "tree")], Posture(available=EVERYTHING, approvals=3))
    assert (decision.verdict == "deny") == denied


@pytest.mark.parametrize(
    ("name", "denied"),
    [
        ("*", True),
        ("/home/u/*", True),
        ("/home/u/.s*", True),
        ("/home/u/.x*", False),
        ("/home/u/.ssh/*", True),
        ("/w/*", False),
    ],
)
def test_a_name_that_is_known_in_part_is_judged_on_all_that_it_may_be(name: str, denied: bool) -> None:
    policies = user(FORBID.format('resource in Directory::"/home/u/.ssh"'))
    assert (judge(policies, [delete(name)], Posture()).verdict == "deny") == denied


def test_a_host_that_is_known_in_part_may_be_any_host() -> None:
    forbid = user(FORBID.format('resource in Domain::"evil.example"'))
    permit = user('permit (principal, action, resource in Domain::"good.example");')
    for name in ("*", "*.good.example", "a.good*"):
        effect = Effect("connect", Resource("endpoint", name, reach="remote"))
        assert judge(forbid, [effect], Posture()).verdict == "deny"
        assert judge(permit, [effect], Posture()).verdict == "deny"


def test_a_permit_for_a_tree_must_hold_for_all_of_it() -> None:
    policies = user('permit (principal, action, resource) when { resource.name like "/w/*" || resource.name == "/v" };')
    assert judge(policies, [delete("/w/a", "tree")], Posture()).verdict == "allow"
    assert judge(policies, [delete("/v", "tree")], Posture()).verdict == "deny"


def test_what_fills_a_tree_does_not_change_what_is_protected_in_it() -> None:
    unpacked = Effect("modify", Resource("file", "/w", labels=frozenset({"tree"})), reversible="with_undo")
    assert judge(BASELINE, [unpacked], Posture(), PROTECTED).verdict == "allow"
    removed = Effect("delete", Resource("file", "/home/u/*/x.pyc", labels=frozenset({"build_output"})))
    assert judge(BASELINE, [removed], Posture(), PROTECTED).verdict == "allow"


PROTECTED = (
    Resource("guard", "/home/u/.config/jackline"),
    Resource("file", "/w/.env", labels=frozenset({"secret"})),
    Resource("table", "shop.orders", environment="production"),
)


@pytest.mark.parametrize(
    ("effect", "rule"),
    [
        (delete("/home/u/.config", "tree"), "never-the-guard"),
        (delete("/home/u/.con*"), "never-the-guard"),
        (delete("*"), "never-the-guard"),
        (Effect("read", Resource("file", "/w", labels=frozenset({"tree"}))), "read-secret-approved"),
        (
            Effect("delete", Resource("table", "shop", labels=frozenset({"tree"}), environment="development")),
            "destroy-approved",
        ),
    ],
)
def test_a_tree_is_judged_on_what_is_protected_below_it(effect: Effect, rule: str) -> None:
    decision = judge(BASELINE, [effect], Posture(available=frozenset({"undoable"})), PROTECTED)
    assert (decision.verdict, decision.reasons[0].rule) == ("deny", rule)


def test_what_is_protected_elsewhere_does_not_matter() -> None:
    posture = Posture(available=EVERYTHING)
    assert judge(BASELINE, [delete("/w/src", "tree")], posture, PROTECTED).verdict == "allow"
    assert judge(BASELINE, [delete("/w/.env.example")], posture, PROTECTED).verdict == "allow"


CHILDREN = ("/x", "/.ssh/id", "/a.py", "/etc/passwd", "/\u00fc/.git/x#y", "/b/c/d.example.com")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=POLICY, root=st.sampled_from(["/", "/w", "/etc", "/home/u", "/home"]), child=st.sampled_from(CHILDREN))
def test_what_is_permitted_for_a_tree_is_permitted_for_all_in_it(text: str, root: str, child: str) -> None:
    policies = user(text)
    for effect in EFFECTS[::7]:
        resource = replace(
            effect.resource, kind="file", labels=effect.resource.labels | {"tree"}, port=0, jurisdiction="none"
        )
        tree = replace(effect, resource=replace(resource, name=root))
        inside = replace(effect, resource=replace(resource, name=root.rstrip("/") + child))
        allowed = weigh(policies, tree, FACTS, SEEN)
        assert is_upward_closed(allowed)
        decider = policies.decider(effect.verb, "file")
        assert not allowed & ~decider.permitted(inside.resource, inside, FACTS, decider.holds[resource.reach])


# Layers


def test_a_layer_permits_only_what_those_above_permit() -> None:
    write = Effect("create", Resource("file", "/w/a"))
    texts = [LayerText("user", shipped.text("baseline"))]
    no_writes = 'forbid (principal, action in Action::"changes", resource);'
    asks = 'forbid (principal, action in Action::"changes", resource) unless { context.approval >= 2 };'
    assert judge(load(texts), [write], Posture()).verdict == "allow"
    for layer in ("system", "project"):
        assert judge(load([*texts, LayerText(layer, no_writes)]), [write], Posture(approvals=3)).verdict == "deny"
        asked = judge(load([*texts, LayerText(layer, asks)]), [write], Posture(approvals=3))
        assert (asked.verdict, asked.approval, asked.reasons[0].rule) == ("ask", 2, "policy0")
        assert judge(load([*texts, LayerText(layer, "")]), [write], Posture()).verdict == "allow"
    open_wide = LayerText("project", "permit (principal, action, resource);")
    guard = Effect("configure", Resource("guard", "x"))
    assert judge(load([*texts, open_wide]), [guard], Posture()).verdict == "deny"


def test_without_a_user_layer_nothing_is_loaded() -> None:
    with pytest.raises(UsageError, match="no `user` layer"):
        load([LayerText("project", "permit (principal, action, resource);")])
    assert judge(user(""), [Effect("read", Resource("file", "/w/a"))], Posture(approvals=3)).verdict == "deny"


def test_a_wrong_text_in_any_layer_loads_nothing() -> None:
    with pytest.raises(PolicyError):
        load([LayerText("user", shipped.text("baseline")), LayerText("project", "permit (principal, action);")])


@settings(max_examples=35, deadline=None, suppress_health_check=list(HealthCheck))
@given(above=POLICY, below=POLICY, project=POLICY)
def test_layers_only_tighten(above: str, below: str, project: str) -> None:
    alone = user(below)
    layered = load([LayerText("system", above), LayerText("user", below), LayerText("project", project)])
    for effect in EFFECTS[::5]:
        tight, loose = weigh(layered, effect, FACTS, SEEN), weigh(alone, effect, FACTS, SEEN)
        assert not tight & ~loose


# Remedies


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=POLICY,
    chosen=st.sets(st.sampled_from(sorted(EVERYTHING))),
    more=st.sampled_from(sorted(EVERYTHING)),
    approvals=st.integers(0, 3),
)
def test_one_more_remedy_never_turns_an_allow_into_a_denial(
    text: str, chosen: set[Remedy], more: Remedy, approvals: int
) -> None:
    policies = user(text)
    before = replace(SEEN, available=frozenset(chosen), approvals=approvals)
    after = replace(before, available=frozenset({*chosen, more}))
    order = {"deny": 0, "ask": 1, "allow": 2}
    for effect in EFFECTS[::9]:
        first, second = judge(policies, [effect], before), judge(policies, [effect], after)
        assert order[second.verdict] >= order[first.verdict] or second.remedies == ("held",)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=POLICY, approvals=st.integers(1, 3), available=st.sets(st.sampled_from(["contained", "undoable", "rehearsed"]))
)
def test_who_follows_the_way_out_is_allowed(text: str, approvals: int, available: set[Remedy]) -> None:
    policies = user(text)
    posture = replace(SEEN, available=frozenset(available), approvals=approvals)
    for effect in EFFECTS[::9]:
        decision = judge(policies, [effect], posture)
        if decision.verdict == "ask":
            assert decision.reasons
            assert all(reason.way_out for reason in decision.reasons)
            answered = judge(policies, [effect], replace(posture, approved=decision.approval, approvals=0))
            assert (answered.verdict, answered.remedies) == ("allow", decision.remedies)
        elif decision.verdict == "deny":
            assert decision.reasons
            everything = judge(policies, [effect], replace(SEEN, available=EVERYTHING, approvals=3))
            assert any(reason.way_out for reason in decision.reasons) == (everything.verdict != "deny")


@given(text=POLICY)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_rules_together_are_the_rules_one_by_one(text: str) -> None:
    policies = user(text)
    for effect in EFFECTS[::3]:
        decider = policies.decider(effect.verb, effect.resource.kind)
        held = decider.holds[effect.resource.reach]
        permitted = forbidden = 0
        for rule in policies.layers[0].table(effect.verb, effect.resource.kind).rules:
            mask = rule.test(effect.resource, effect, FACTS, held)
            if rule.policy.effect == "permit":
                permitted |= mask
            else:
                forbidden |= mask
        assert decider.permitted(effect.resource, effect, FACTS, held) == permitted & ~forbidden & ALL


# Reasons


def test_a_reason_names_the_effect_the_rule_and_the_evidence() -> None:
    evidence = Evidence(0, 10, "rm -rf src")
    effect = replace(delete("/w/src", "tree"), evidence=evidence)
    decision = judge(BASELINE, [Effect("read", Resource("file", "/w/a")), effect], Posture(approvals=1))
    (reason,) = decision.reasons
    assert (reason.rule, reason.effect) == ("change-approved", 1)
    assert "deletes `/w/src` and all below it" in reason.text
    assert "`rm -rf src`" in reason.text
    assert "undoable would do, but that cannot be had here" in reason.text
    assert reason.way_out == "a person approves it: `jackline approve`"


def test_a_denial_by_a_forbid_offers_nothing() -> None:
    decision = judge(BASELINE, [delete("/etc/passwd", reach="system")], Posture(available=EVERYTHING, approvals=3))
    (reason,) = decision.reasons
    assert (reason.rule, reason.way_out) == ("never-system-files", "")
    assert reason.text.startswith("deletes `/etc/passwd`: never; system files")


def test_a_way_out_never_suggests_what_another_rule_denies() -> None:
    askable, never = delete("/home/u/x", reach="home"), delete("/etc/passwd", reach="system")
    decision = judge(BASELINE, [askable, never], Posture(approvals=3))
    assert [reason.rule for reason in decision.reasons] == ["never-system-files"]
    assert not any(reason.way_out for reason in judge(BASELINE, [askable, never], Posture()).reasons)


def test_reasons_are_few() -> None:
    effects = [delete(f"/home/u/{number}", reach="home") for number in range(400)]
    assert len(judge(BASELINE, effects, Posture(approvals=1)).reasons) == 12


def test_nothing_permits_says_so() -> None:
    decision = judge(
        user('permit (principal, action == Action::"read", resource);'), [delete("/w/a")], Posture(approvals=3)
    )
    assert (decision.reasons[0].rule, decision.reasons[0].text) == ("no-rule", "deletes `/w/a`: no rule permits this")


def test_labels_of_the_pool_are_in_use() -> None:
    assert set(LABELS) <= set().union(*(effect.resource.labels for effect in EFFECTS))
