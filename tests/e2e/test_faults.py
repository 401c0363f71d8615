"""The fault matrix: each way in which a guard can fail, in the middle of a session of each real client.

The dangerous call does not run, what the model reads says why, and work goes on once the fault is mended.
"""

from __future__ import annotations

import os
from importlib import resources

import pytest

from tests.e2e.world import KEY, World, script

CLIENTS = ("claude", "codex", "gemini", "opencode")
DANGEROUS = f"mkdir -p ~/.ssh && echo '{KEY}' >> ~/.ssh/authorized_keys; terraform destroy -auto-approve"

SESSION = [
    {"shell": "printf 'o%s' ne"},  # not `echo one`: some clients repeat the command in a refusal
    {"shell": DANGEROUS},  # the fault comes before this step
    {"shell": "printf 'th%s' ree"},  # it is mended before this one
]

FAULTS = {
    # fault: (what breaks it, what mends it)
    "killed": ("kill -KILL $GUARD", ":"),
    "killed and not to be started": ("kill -KILL $GUARD; mv {launcher} {launcher}.off", "mv {launcher}.off {launcher}"),
    "hung": ("kill -STOP $GUARD", "kill -CONT $GUARD"),
    "socket gone": ("rm {runtime}/guard.sock", ":"),
    "runtime folder gone": ("rm -r {runtime}", "kill -KILL $GUARD"),
    "policy broken": (
        "echo 'permit (' > {config}/own.cedar",
        "cp {config}/good.cedar {config}/own.cedar; jackline guard reload",
    ),
    "disk full": ("dd if=/dev/zero of={state}/filler bs=4k 2>/dev/null || :", "rm {state}/filler"),
}


MATRIX = [(fault, client) for fault in FAULTS for client in CLIENTS]


@pytest.mark.parametrize(("fault", "client"), MATRIX)
def test_a_guard_that_fails(fault: str, client: str, world: World) -> None:
    if fault == "disk full":
        if os.geteuid() != 0:
            pytest.skip("a disk that can be filled is a mount, which needs root")
        world.small_disk()
    if fault == "policy broken":
        own_policy(world)
    world.jackline("connect", client)
    launcher = next((world.state / "connections").glob("*/jackline-guard"))
    places = {"launcher": launcher, "runtime": world.runtime, "config": world.config, "state": world.state}
    broken, mended = (text.format(**places) for text in FAULTS[fault])
    guard = f"{world.root}/guard"  # the process, kept where a fault does not reach it
    before = {
        1: world.program("break", f"echo $GUARD > {guard}; {broken}"),
        2: script(world.root / "bin" / "mend", f"set -eu\nGUARD=$(cat {guard})\n{mended}"),
    }
    report = world.run(client, SESSION, before)
    one, stopped, three = report.results
    assert not report.harm
    assert "one" in one
    assert "Jackline" in stopped
    assert any(
        word in stopped for word in ("jackline doctor", "never", "approve", "policy", "make room on the disk")
    ), stopped
    assert "three" in three


def own_policy(world: World) -> None:
    """A policy of the user's own in a file: the shipped one's text."""
    text = resources.files("jackline.policy").joinpath("shipped", "baseline.cedar").read_text()
    for name in ("own.cedar", "good.cedar"):
        (world.config / name).write_text(text)
    settings = world.config / "config.toml"
    settings.write_text(f'policy = "{world.config}/own.cedar"\n' + settings.read_text())


@pytest.mark.parametrize("client", CLIENTS)
def test_a_policy_that_is_broken_from_the_start(client: str, world: World) -> None:
    """No policy is no permission: nothing runs, and the reason names the file; mended, work goes on."""
    own_policy(world)
    (world.config / "own.cedar").write_text("permit (")
    world.jackline("connect", client)
    mend = world.program("mend", f"cp {world.config}/good.cedar {world.config}/own.cedar; jackline guard reload")
    report = world.run(client, [{"shell": DANGEROUS}, {"shell": "printf 't%s' wo"}], {1: mend})
    assert not report.harm
    assert "own.cedar" in report.results[0]
    assert "two" in report.results[1]
