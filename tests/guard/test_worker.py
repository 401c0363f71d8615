"""Large inputs are analysed where they can be killed, with the same answer, and a bound on time and memory."""

from __future__ import annotations

import os
import time

import pytest

from jackline.core.action import Action
from jackline.guard import worker
from jackline.guard.eyes import Eyes
from jackline.guard.memory import Family
from jackline.guard.paths import Homes
from jackline.guard.worker import Nursery, WorkerError
from jackline.lower.lowering import Lowered, lower

SCRIPT = "\n".join(
    f"cp file-{number}.txt build/out-{number}.txt && cat src/*.py | sort > all-{number}" for number in range(60)
)


@pytest.fixture
def surroundings(tmp_path):
    homes = Homes(str(tmp_path / "c"), str(tmp_path / "s"), str(tmp_path / "r"))
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "src" / "a.py").write_text("print(1)\n")
    eyes = Eyes(homes)
    return lambda: eyes.surroundings(action(project), Family("s"))


def action(cwd, command=SCRIPT):
    return Action(tool="shell", arguments={"command": command}, cwd=str(cwd))


@pytest.fixture
def nursery():
    found = Nursery()
    yield found
    found.close()


def test_a_worker_finds_what_is_found_in_line(nursery, surroundings):
    here, there = surroundings(), surroundings()
    asked = action(here.cwd)
    assert nursery.lower(asked, there, seconds=20.0) == lower(asked, here).effects
    assert sorted(map(repr, there.answers)) == sorted(map(repr, here.answers))


def test_one_worker_after_another(nursery, surroundings):
    for _ in range(5):
        assert nursery.lower(action("/", "ls"), surroundings(), seconds=20.0)


def forked_with(monkeypatch, replacement):
    monkeypatch.setattr(worker, "lower", replacement)
    return Nursery()


def test_one_that_takes_too_long_is_killed(monkeypatch, surroundings):
    def hang(*_):
        while True:
            pass

    before = children()
    nursery = forked_with(monkeypatch, hang)
    try:
        begun = time.monotonic()
        with pytest.raises(WorkerError, match="longer than"):
            nursery.lower(action("/"), surroundings(), seconds=0.1)
        assert time.monotonic() - begun < 5
    finally:
        nursery.close()
    assert children() == before  # other tests' helpers may be alive


def test_one_that_eats_memory_dies_alone(monkeypatch, surroundings):
    nursery = forked_with(monkeypatch, lambda *_: Lowered((), len(b"x" * (4 << 30))))
    try:
        with pytest.raises(WorkerError, match="died"):
            nursery.lower(action("/"), surroundings(), seconds=20.0)
    finally:
        nursery.close()


def test_one_that_crashes_is_a_sentence(monkeypatch, surroundings):
    nursery = forked_with(monkeypatch, lambda *_: os.kill(os.getpid(), 9))
    try:
        with pytest.raises(WorkerError, match="died"):
            nursery.lower(action("/"), surroundings(), seconds=20.0)
    finally:
        nursery.close()


def test_a_nursery_that_is_gone_is_a_sentence(nursery, surroundings):
    nursery.lower(action("/", "ls"), surroundings(), seconds=20.0)
    os.kill(nursery.pid, 9)
    os.waitpid(nursery.pid, 0)
    nursery.lower(action("/", "ls"), surroundings(), seconds=20.0)  # by the spare one, which was born before
    with pytest.raises(WorkerError, match="guard restart"):
        nursery.lower(action("/"), surroundings(), seconds=20.0)


def children():
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return file.read().split()


def test_a_worker_finds_all_loaded_that_was_put_off(monkeypatch, surroundings):
    def settled(asked, world):
        return Lowered(lower(asked, world).effects * 2)

    monkeypatch.setattr(worker, "settle", lambda: monkeypatch.setattr(worker, "lower", settled))
    nursery = Nursery()
    try:
        here = surroundings()
        asked = action(here.cwd, "ls")
        for _ in range(2):
            assert nursery.lower(asked, surroundings(), seconds=20.0) == lower(asked, here).effects * 2
    finally:
        nursery.close()
