"""What one effect costs under the baseline, beside Cedar's own engine on the same requests; and how 500 rules load.

The effects are those of the baseline's examples, one of each sort. Processor time of this thread. `judge` is the whole
decision on an action with that one effect; `one effect` is the part that each further effect costs.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import cedarpy

from benchmarks._measure import percentile, table
from jackline.policy import LayerText, Policies, judge, load, shipped
from jackline.policy.cedar import form
from jackline.policy.covers import holds
from jackline.policy.examples import Example, read_examples
from jackline.policy.posture import seen_with
from jackline.policy.vocabulary import schema_text
from jackline.policy.weigh import weigh

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 200
ROUNDS = 7
CEDAR_CALLS = 20
LOADS = 5
RULES = 500


def micros(work: Callable[[], object], calls: int) -> float:
    """Microseconds of processor time per call: the median of some rounds of many calls."""
    found = []
    for _ in range(ROUNDS):
        start = time.thread_time_ns()
        for _ in range(calls):
            work()
        found.append((time.thread_time_ns() - start) / calls / 1000)
    return percentile(found, 0.5)


def weighing(policies: Policies, example: Example) -> Callable[[], object]:
    """One effect, as `judge` weighs it: the session's facts are there already."""
    facts = example.posture.facts(seen_with(example.posture.seen, (example.effect,)))
    return lambda: weigh(policies, example.effect, facts, example.posture)


def judging(policies: Policies, example: Example) -> Callable[[], object]:
    """A whole decision on an action with one effect, with its reasons where it is no bare allow."""
    effects = (example.effect,)
    return lambda: judge(policies, effects, example.posture)


def reference(text: str, example: Example) -> Callable[[], object]:
    """The same request to Cedar's engine: everything parsed beforehand that can be."""
    schema = cedarpy.Schema.from_str(schema_text())
    facts = example.posture.facts(seen_with(example.posture.seen, (example.effect,)))
    entities = json.dumps(form.entities([example.effect.resource], facts))
    parsed = cedarpy.Entities.from_json_str(entities, schema=schema)
    effect = example.effect
    held = holds(effect.verb, effect.resource.kind, effect.resource.reach)
    request = form.request(effect, facts, held, 0)
    request["context"] = json.dumps(request["context"])
    rules = cedarpy.PolicySet.from_str(text)
    return lambda: cedarpy.is_authorized(request, rules, parsed)


def many_rules() -> str:
    """The baseline over and over, until there are enough rules, each with an id of its own."""
    text = shipped.text("baseline")
    copies = RULES // text.count("@id(") + 1
    rules = "\n".join(text.replace('@id("', f'@id("{copy}-') for copy in range(copies)).split('@id("')
    return '@id("'.join(rules[: RULES + 1]).rpartition(";")[0] + ";"


def seconds(work: Callable[[], object]) -> float:
    """Seconds of processor time of one call: the median of some."""
    return micros(work, 1) / 1_000_000


def main() -> None:
    """Print the table."""
    text = shipped.text("baseline")
    examples = [
        each for each in read_examples(shipped.examples("baseline")) if "tree" not in each.effect.resource.labels
    ]
    baseline = load([LayerText("user", text)])
    large = load([LayerText("user", many_rules())])
    subjects: dict[str, tuple[Callable[[Example], Callable[[], object]], int]] = {
        "one effect, baseline": (lambda example: weighing(baseline, example), CALLS),
        "one action, baseline (`judge`)": (lambda example: judging(baseline, example), CALLS),
        f"one effect, {len(large.layers[0].policies)} rules": (lambda example: weighing(large, example), CALLS),
        "cedarpy, baseline, handles": (lambda example: reference(text, example), CEDAR_CALLS),
    }
    rows = []
    for name, (make, calls) in subjects.items():
        found = [micros(make(example), calls) for example in examples]
        rows.append([name, f"{percentile(found, 0.5):.2f}", f"{percentile(found, 0.99):.2f}"])
    print(table(f"policy alone, {len(examples)} sorts of effects, µs of processor time", ["", "p50", "p99"], rows))
    print()
    loads = [
        ["baseline", f"{seconds(lambda: load([LayerText('user', text)])) * 1000:.0f}"],
        [
            f"{len(large.layers[0].policies)} rules",
            f"{seconds(lambda: load([LayerText('user', many_rules())])) * 1000:.0f}",
        ],
        [
            "cedarpy, the same rules, parse only",
            f"{seconds(lambda: cedarpy.PolicySet.from_str(many_rules())) * 1000:.0f}",
        ],
    ]
    print(table("loading, ms of processor time", ["", "p50"], loads))


if __name__ == "__main__":
    main()
