"""Every attempt of `attempts.c` against canaries outside, in real floor sandboxes, as root and as an ordinary user.

First each is made bare, where it must succeed: an attempt that cannot succeed shows nothing. Then all walls stand, and none
succeeds. Then each wall is left away in turn, and what newly succeeds is exactly what docs/containment.md says.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess

import pytest
from msgspec.structs import replace

from jackline.contain.launch import launcher
from jackline.contain.limits.budgets import Budgets
from jackline.contain.limits.cage import Cage
from tests.contain.escape.attempts import ATTEMPTS, CARRIED_ALONE, KERNEL
from tests.contain.escape.world import ESCAPED, NOT_HERE, STOPPED, World

WALLS = ("landlock", "seccomp", "network", "mounts", "processes", "rights")
NOT_CHANGED = []


def bare(folder, attempts, names):
    with World(folder, attempts) as world:
        return {name: world.bare(name) for name in names}


def contained(folder, attempts, measured=None, without=()):
    with World(folder, attempts, measured) as world:
        found = {}
        for name in ATTEMPTS:
            found[name] = world.inside(name, without)
            world.look()
        return found


def succeeded(found):
    assert {outcome for outcome, _ in found.values()} <= {ESCAPED, STOPPED, NOT_HERE}, found
    return {name for name, (outcome, _) in found.items() if outcome == ESCAPED}


def test_the_table_and_the_program_name_the_same_attempts(attempts):
    told = subprocess.run([attempts], capture_output=True, text=True, check=False)
    assert sorted(told.stdout.split()) == sorted(ATTEMPTS)


def test_each_attempt_succeeds_where_no_wall_is(user, folder, run, attempts):
    wanted = {name for name, attempt in ATTEMPTS.items() if attempt.bare == "both" or attempt.bare == user}
    found = run(bare, folder, attempts, sorted(wanted))
    assert succeeded(found) == wanted


def test_none_succeeds_in_a_sandbox_of_the_floor(folder, run, attempts):
    found = run(contained, folder, attempts)
    assert succeeded(found) == set()
    assert [changed for _, changed in found.values() if changed] == NOT_CHANGED


@pytest.mark.slow
@pytest.mark.parametrize("wall", WALLS)
def test_with_one_wall_missing_the_others_hold(folder, run, attempts, measured_launcher, wall):
    found = succeeded(run(contained, folder, attempts, measured_launcher, (wall,)))
    kernels = {name for name, attempt in ATTEMPTS.items() if attempt.duty == KERNEL} if wall == "seccomp" else set()
    assert found <= set(CARRIED_ALONE.get(wall, ())) | kernels, (
        "one wall alone carried this, and no reason stands in the table"
    )
    assert set(CARRIED_ALONE.get(wall, ())) <= found, "another wall holds this by now: the table says too much"


def test_with_both_networks_missing_the_network_is_reached(folder, run, attempts, measured_launcher):
    """The counter-proof: the measured build does leave a wall away, and what is then tried would succeed."""
    found = succeeded(run(contained, folder, attempts, measured_launcher, ("network", "session_network")))
    assert {"tcp_to_loopback", "udp_to_loopback"} <= found


def test_the_launcher_that_is_shipped_knows_no_wall_to_leave_away():
    with open(launcher(), "rb") as file:
        shipped = file.read()
    assert b"session_network" not in shipped
    assert b"JACKLINE_LAUNCH_WITHOUT" not in shipped


def survivor(folder, attempts):
    """Whether a process that left its session and its parents lives on when the session is over."""
    with World(folder, attempts) as world:
        reading, writing = os.pipe()
        sandbox = world.start(world.plan(world.attempts, "be_a_survivor"), writing)
        os.close(writing)
        assert sandbox.wait(20) == 0
        assert os.read(reading, 64) == b"alive\n"
        lives = not select.select([reading], [], [], 0)[0]
        world.holder.stop()
        ended = bool(select.select([reading], [], [], 20)[0]) and os.read(reading, 64) == b""
        os.close(reading)
        return [lives, ended]


def test_nothing_survives_the_end_of_a_session(folder, run, attempts):
    assert run(survivor, folder, attempts) == [True, True]


def killed(folder, attempts):
    """The same, where the keeper is killed: the lifeline closes by itself."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException), World(folder, attempts) as world:
            kept = world.start(
                world.plan(world.attempts, "be_a_survivor"), writing
            )  # its lifeline is open while it is kept
            os.close(writing)
            signal.pause()
            kept.close()
        os._exit(1)
    os.close(writing)
    try:
        said = os.read(reading, 64)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert said == b"alive\n"
    return bool(select.select([reading], [], [], 20)[0]) and os.read(reading, 64) == b""


def test_nothing_survives_whoever_keeps_the_session(folder, run, attempts):
    assert run(killed, folder, attempts)


def multiplied(folder, attempts):
    """How many processes a sandbox makes that may have 40, by whatever holds that here."""
    with World(folder, attempts) as world:
        cage = Cage(f"jackline-escape-{os.getpid()}", Budgets(processes=40))
        entrances = cage.entrances()
        reading, writing = os.pipe()
        planned = world.plan(world.attempts, "be_many")
        try:
            sandbox = world.start(replace(planned, limits={**planned.limits, "processes": 40}), writing, entrances)
            os.close(writing)
            cage.watch(sandbox.pid)
            made = int(os.read(reading, 64))
            held = cage.held["processes"]
        finally:
            cage.remove()
            for each in (reading, *entrances):
                os.close(each)
        return [made, held]


def test_a_fork_bomb_ends_at_its_budget(user, folder, run, attempts):
    made, held = run(multiplied, folder, attempts)
    if user == "root" and held == "watched":
        pytest.skip("root is exempt from the limit of processes, and no cgroup here holds it")
    assert 30 <= made <= 40


def filled(folder, attempts):
    """The exit code of a program that writes a file of 256 MiB where 8 MiB are allowed."""
    with World(folder, attempts) as world:
        planned = world.plan(world.attempts, "be_large")
        sandbox = world.start(replace(planned, limits={**planned.limits, "file_bytes": 8 << 20}))
        code = sandbox.wait(20)
        sandbox.close()
        return [code, os.path.getsize(f"{world.session}/upper/large"), os.path.exists(f"{world.workspace}/large")]


def test_a_file_grows_to_its_budget_and_only_in_the_view(folder, run, attempts):
    code, size, on_the_host = run(filled, folder, attempts)
    assert (code, size, on_the_host) == (128 + signal.SIGXFSZ, 8 << 20, False)
