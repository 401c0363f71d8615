"""The compiled policies against Cedar's own engine, on generated policies and requests."""

from __future__ import annotations

import json
import random

import cedarpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.core.errors import PolicyError
from jackline.policy import LayerText, load, shipped
from jackline.policy.cedar import form
from jackline.policy.covers import holds
from jackline.policy.remedies import POINTS, is_upward_closed
from jackline.policy.vocabulary import schema_text
from tests.policy.generating import FACTS, POLICY, pool

SCHEMA = cedarpy.Schema.from_str(schema_text())
EFFECTS = pool(1)
ENTITIES = cedarpy.Entities.from_json_str(
    json.dumps(form.entities([effect.resource for effect in EFFECTS], FACTS)), schema=SCHEMA
)
ALLOW = cedarpy.Decision.Allow


def compare(text: str, seed: int, count: int) -> None:
    """Ask both engines the same `count` requests. Cedar must give no error, and the same answers."""
    policies = load([LayerText("user", text)])
    chance = random.Random(seed)
    asked = []
    for _ in range(count):
        effect, approved = chance.choice(EFFECTS), chance.choice([0, 0, 0, 1, 2])
        held = holds(effect.verb, effect.resource.kind, effect.resource.reach, approved)
        mask = policies.decider(effect.verb, effect.resource.kind).permitted(effect.resource, effect, FACTS, held)
        assert is_upward_closed(mask), (text, effect)
        asked.append((effect, held, approved, chance.randrange(POINTS), mask))
    requests = [
        form.request(effect, FACTS, held, point, approved=approved) for effect, held, approved, point, _ in asked
    ]
    for request in requests:
        request["context"] = json.dumps(request["context"])  # half the time of handing a dict over
    answers = cedarpy.is_authorized_batch(requests, cedarpy.PolicySet.from_str(text), ENTITIES)
    for (effect, _, _, point, mask), answer in zip(asked, answers, strict=True):
        assert not answer.diagnostics.errors, (text, effect, answer.diagnostics.errors)
        assert bool(mask >> point & 1) == (answer.decision == ALLOW), (text, effect, point)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=POLICY, seed=st.integers(0, 2**32))
def test_generated_policies_decide_as_cedar_does(text: str, seed: int) -> None:
    try:
        load([LayerText("user", text)])
    except PolicyError:
        return  # stricter than Cedar: nothing to compare
    compare(text, seed, 200)


@pytest.mark.parametrize("name", shipped.NAMES)
def test_shipped_policies_decide_as_cedar_does(name: str) -> None:
    compare(shipped.text(name), 7, 700)


@pytest.mark.parametrize("name", shipped.NAMES)
def test_shipped_policies_pass_cedars_own_validator(name: str) -> None:
    result = cedarpy.validate_policies(shipped.text(name), schema_text())
    assert result.validation_passed, result.errors
