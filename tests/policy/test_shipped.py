"""The shipped policies: their examples, their relation to each other, and the table that the baseline stands for."""

from __future__ import annotations

import itertools
from random import Random
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from jackline.core import words
from jackline.core.effect import ANY, ONE, Effect, Resource
from jackline.core.errors import PolicyError, UsageError
from jackline.policy import LayerText, Policies, Posture, load, shipped
from jackline.policy.examples import expression, needs, read_examples, run_examples
from jackline.policy.format import format_policy
from jackline.policy.layers import checked
from jackline.policy.lexer import tokenize
from jackline.policy.posture import seen_with
from jackline.policy.remedies import ALL, APPROVED, BARE, NONE, offered
from jackline.policy.vocabulary import NO_PHASE
from jackline.policy.weigh import weigh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.words import Label

POLICIES = {name: load([LayerText("user", shipped.text(name))]) for name in shipped.NAMES}
NO_QUESTION = offered(frozenset(words.REMEDY_COSTS), 0)


def mask(policies: Policies, effect: Effect, **session: object) -> int:
    posture = Posture(**session)  # type: ignore[arg-type]
    return weigh(policies, effect, posture.facts(seen_with(posture.seen, (effect,))), posture)


def sampled(seed: int, count: int) -> Iterator[Effect]:
    chance = Random(seed)
    for _ in range(count):
        resource = Resource(
            chance.choice(words.KINDS), chance.choice(["/home/bob/x", "/w/x", "git.example/x#b"]),
            chance.choice(words.ENVIRONMENTS), chance.choice(words.REACHES),
            frozenset(chance.sample(words.LABELS, chance.choice([0, 0, 1, 2]))),
        )  # fmt: skip
        yield Effect(
            chance.choice(words.VERBS), resource, chance.choice([ONE, ANY]), chance.choice(words.UNDOS),
            origin=chance.choice(words.ORIGINS), authorship=chance.choice(words.AUTHORSHIPS),
        )  # fmt: skip


SAMPLE = list(sampled(3, 2500))


@pytest.mark.parametrize("name", shipped.NAMES)
@pytest.mark.parametrize("phases", [(NO_PHASE,), ("plan", "apply")])
def test_passes_the_check_that_a_start_leaves_out(name: str, phases: tuple[str, ...]) -> None:
    text = shipped.text(name)
    left_out = load([LayerText("user", text, shipped=True)], phases)
    assert left_out.layers[0].policies == checked(text, phases)
    assert left_out.digest == load([LayerText("user", text)], phases).digest


def test_what_is_not_shipped_is_checked() -> None:
    wrong = 'permit (principal, action == Action::"reed", resource);'
    assert load([LayerText("user", wrong, shipped=True)])
    with pytest.raises(PolicyError):
        load([LayerText("user", shipped.text("baseline"), shipped=True), LayerText("user", wrong)])


@pytest.mark.parametrize("name", shipped.NAMES)
def test_examples_hold(name: str) -> None:
    outcomes = run_examples(POLICIES[name], read_examples(shipped.examples(name)))
    assert len(outcomes) >= 15
    wrong = [
        f"{each.example.line}: {each.example.text} -> {expression(each.found)}" for each in outcomes if not each.passed
    ]
    assert not wrong


@pytest.mark.parametrize("name", shipped.NAMES)
def test_every_rule_is_laid_out_named_and_explained(name: str) -> None:
    text = shipped.text(name)
    assert format_policy(text) == text
    comments = [comment.end for comment in tokenize(text).comments]
    for rule in checked(text):
        assert rule.annotation("id")
        assert any(text[end : rule.start].strip() == "" for end in comments if end < rule.start), rule.id
        demands_something = rule.effect == "forbid" or "context.approval" in text[rule.start : rule.end]
        assert rule.annotation("why") or not demands_something, rule.id


def test_what_is_not_shipped_says_what_is() -> None:
    with pytest.raises(UsageError, match="baseline, strict, observe"):
        shipped.text("basline")


def test_strict_is_the_baseline_without_the_questions() -> None:
    for effect in SAMPLE:
        assert mask(POLICIES["strict"], effect) & NO_QUESTION == mask(POLICIES["baseline"], effect) & NO_QUESTION, (
            effect
        )
        reachable = mask(POLICIES["strict"], effect)
        assert reachable == NONE or reachable & NO_QUESTION, "no question opens anything"


def test_observe_permits_all_but_what_the_baseline_never_permits() -> None:
    for effect in SAMPLE:
        never = mask(POLICIES["baseline"], effect) == NONE
        assert mask(POLICIES["observe"], effect) == (NONE if never else ALL), effect


# The baseline, row by row: properties of all effects, where the examples show one of each


def test_a_person_can_approve_all_that_is_not_never() -> None:
    forbids = [rule for rule in checked(shipped.text("baseline")) if rule.effect == "forbid"]
    assert len(forbids) == 6
    for effect in SAMPLE:
        found = mask(POLICIES["baseline"], effect)
        assert found == NONE or found & APPROVED[2] == APPROVED[2], effect


def test_nothing_on_the_guard_is_ever_permitted_but_reading() -> None:
    for verb, reach, label in itertools.product(words.VERBS, words.REACHES, ("cache", "own_child", "registry", "tree")):
        effect = Effect(verb, Resource("guard", "x", reach=reach, labels=frozenset({label})))
        assert (mask(POLICIES["baseline"], effect) == NONE) == (verb != "read")


@pytest.mark.parametrize("label", ["raw_device", "tunnel", "miner"])
def test_some_labels_are_never_permitted(label: Label) -> None:
    for effect in SAMPLE:
        marked = replace(effect, resource=replace(effect.resource, labels=effect.resource.labels | {label}))
        assert all(mask(POLICIES[name], marked) == NONE for name in shipped.NAMES), marked


def test_untrusted_text_chooses_no_target_without_a_person() -> None:
    """Row: "an outward or irreversible effect whose target's `origin` is untrusted". The loopback is not outside, what
    is contained and undoable is not irreversible."""
    outward = {"connect", "send", "publish", "spend"}
    for effect in SAMPLE:
        if "loopback" in effect.resource.labels or effect.verb == "opaque" or effect.resource.kind == "package":
            continue
        if effect.verb in outward or (effect.reversible == "no" and effect.verb in {"create", "modify", "delete"}):
            steered = replace(effect, origin="untrusted")
            assert not mask(POLICIES["baseline"], steered) & NO_QUESTION, steered


def test_a_session_with_a_secret_reaches_the_outside_by_a_person_only() -> None:
    for effect in SAMPLE:
        inside = effect.resource.labels & {"loopback", "registry", "model_api"}
        if effect.verb in {"connect", "send", "publish"} and not inside:
            found = mask(POLICIES["baseline"], effect, seen=frozenset({"secret"}))
            assert not found & BARE, effect


def test_secrets_are_read_by_a_person_only() -> None:
    for reach, label in itertools.product(words.REACHES, ("secret", "credential", "personal")):
        effect = Effect("read", Resource("file", "/x", reach=reach, labels=frozenset({label})))
        assert expression(needs(POLICIES["baseline"], effect, Posture())) == "approval 1"


def test_privilege_and_persistence_are_never_free() -> None:
    for effect in SAMPLE:
        if effect.verb in {"grant", "persist"}:
            assert not mask(POLICIES["baseline"], effect) & NO_QUESTION, effect


def test_destruction_outside_development_needs_more_than_one_yes() -> None:
    for kind, environment in itertools.product(("infrastructure", "table"), ("production", "staging", "unknown")):
        for verb, extent in (("delete", ONE), ("delete", ANY), *([("modify", ANY)] if kind == "table" else [])):
            resource = Resource(kind, "x", environment, "remote")  # type: ignore[arg-type]
            effect = Effect(verb, resource, extent, "no")  # type: ignore[arg-type]
            assert (
                expression(needs(POLICIES["baseline"], effect, Posture())) == "rehearsed and approval 1 or approval 2"
            )


def test_a_grant_lifts_everything_but_never() -> None:
    opened = load(
        [
            LayerText("user", shipped.text("baseline")),
            LayerText("user", '@id("all") permit (principal, action, resource);'),
        ]
    )
    for effect in SAMPLE:
        assert mask(opened, effect) == (NONE if mask(POLICIES["baseline"], effect) == NONE else ALL)


def test_every_label_that_makes_an_effect_worse_never_makes_it_freer() -> None:
    worse = (
        "secret",
        "credential",
        "personal",
        "uncommitted",
        "backup",
        "irreplaceable",
        "root",
        "unknown_port",
        "protected",
    )
    for effect in SAMPLE[:800]:
        plain = replace(effect, resource=replace(effect.resource, labels=frozenset()))
        for label in worse:
            marked = replace(plain, resource=replace(plain.resource, labels=frozenset({label})))
            assert not mask(POLICIES["baseline"], marked) & ~mask(POLICIES["baseline"], plain), marked
