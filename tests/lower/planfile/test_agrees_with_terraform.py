"""Where Terraform itself is installed: whatever of a plan both read, `terraform show -json` says the same of it."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from jackline.lower.planfile import archive as reading
from jackline.lower.planfile import read_plan
from tests.lower.planfile.plans import archive

TERRAFORM = shutil.which("terraform")
SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.plan"))
VERSION = "1.11.4"
"""Which wrote the samples; another one refuses them."""
MUTANTS = 24
ACTS = {
    "no-op": (),
    "read": ("read",),
    "create": ("create",),
    "update": ("modify",),
    "delete": ("delete",),
    "forget": ("forget",),
}

pytestmark = [pytest.mark.slow, pytest.mark.skipif(TERRAFORM is None, reason="Terraform is not installed")]


def run(place: Path, *words: str) -> bytes | None:
    """What Terraform prints; None where it refuses."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run([TERRAFORM, *words], cwd=place, env=environment, capture_output=True, timeout=60, check=False)
    return done.stdout if done.returncode == 0 else None


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    found = tmp_path_factory.mktemp("terraform")
    (found / "main.tf").write_text("")
    said = run(found, "version", "-json")
    if said is None or json.loads(said)["terraform_version"] != VERSION:
        pytest.skip(f"the samples are of Terraform {VERSION}")
    return found


def shown(place: Path, data: bytes) -> tuple[list, list] | None:
    """The resources with what is done to them, and the outputs that change, as Terraform has them."""
    (place / "some.plan").write_bytes(data)
    said = run(place, "show", "-json", "some.plan")
    if said is None:
        return None
    plan = json.loads(said)
    changes = []
    for change in plan.get("resource_changes", []):
        acts = sum((ACTS[action] for action in change["change"]["actions"]), ())
        acts = ("import", *acts) if "importing" in change["change"] else acts
        acts = ("move", *acts) if "previous_address" in change else acts
        if acts:
            suffix = f" (deposed {change['deposed']})" if "deposed" in change else ""
            changes.append((change["address"] + suffix, acts))
    outputs = [name for name, change in plan.get("output_changes", {}).items() if change["actions"] != ["no-op"]]
    return sorted(changes), sorted(outputs)


def read(data: bytes) -> tuple[list, list] | None:
    facts = read_plan(data)
    if facts is None:
        return None
    return sorted((change.address, change.acts) for change in facts.changes), sorted(set(facts.outputs))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_samples(place, path):
    assert read(path.read_bytes()) == shown(place, path.read_bytes()) is not None


def mutant(chance: random.Random) -> bytes:
    """A sound archive around a message with a byte or two changed, taken out or put in from another message."""
    files = [path.read_bytes() for path in SAMPLES]
    messages = [reading.content(file, reading.entries(file)["tfplan"]) for file in files]
    chosen = chance.randrange(len(files))
    message, other = bytearray(messages[chosen]), chance.choice(messages)
    at, start = chance.randrange(len(message)), chance.randrange(len(other))
    match chance.randrange(3):
        case 0:
            message[at] = chance.choice([0, 1, 2, 3, 5, 6, message[at] ^ 1, chance.randrange(256)])
        case 1:
            message[at:at] = other[start : start + chance.choice([1, 2, 150])]
        case _:
            del message[at]
    held = reading.entries(files[chosen]).items()
    return archive(
        [(name, bytes(message) if name == "tfplan" else reading.content(files[chosen], entry)) for name, entry in held]
    )


def test_what_both_read_of_changed_plans_is_the_same(place):
    chance, compared = random.Random(1), 0
    for _ in range(MUTANTS * 40):
        data = mutant(chance)
        ours = read(data)
        if ours is None:
            continue
        theirs = shown(place, data)
        assert theirs is None or theirs == ours
        compared += 1
        if compared >= MUTANTS:
            return
    pytest.fail("too few of the changed plans could be read")
