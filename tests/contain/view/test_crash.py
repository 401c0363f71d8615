"""Killed at any step of a publication, an undo or the recovery from it: the tree is as it was before, or as it was to be."""

import os
import random
import signal

import pytest

from jackline.contain.view.recovery import recover
from jackline.contain.view.undo import undo
from jackline.contain.view.view import View
from tests.contain.view.acts import ground, script
from tests.contain.view.world import Case, Killed, Mortal, fork, look

FAR = 10**9


def changed(inside, setup, acts, *, apart=False):
    """A case whose view shows something else than its workspace; what each shows."""
    case = Case(setup, apart=apart)
    before = look(inside, case.workspace)
    view = View(case.root, case.upper, case.history, session="s", live=True)
    view.start()
    inside.call("mount", case.workspace, case.at("upper"), case.at("work"), case.merged)
    inside.call("perform", case.merged, acts)
    after = look(inside, case.merged, case.at("upper"))
    return case, view, before, after


def dies(case, step, work):
    """Do some work with a disk on which it dies; whether it did."""
    case.history.disk.steps = step
    try:
        work()
    except Killed:
        return True
    return False


def mortal(case, view=None):
    """Give a case a disk on which it can be killed, as a new process would have."""
    history = case.reopened(Mortal(FAR))
    if view is not None:
        view._history = history
    return history


def recovered(inside, case, steps, allowed):
    """Recover, dying on the way as often as `steps` says; then the tree is one of those allowed, and nothing is left."""
    for step in steps:
        history = mortal(case)
        dies(case, step, lambda history=history: recover(case.root, history))
    history = mortal(case)
    recover(case.root, history)
    assert recover(case.root, history) == []
    found = look(inside, case.workspace)
    assert found in allowed
    assert os.listdir(case.at("history/stages")) == []
    assert not [name for name in os.listdir(case.workspace) if name.startswith(".jackline")]
    return found


def killed_publishing_and_undoing(inside, setup, acts, chance):
    """One case: killed while it publishes, while it recovers, while it undoes, while it recovers from that."""
    case, view, before, after = changed(inside, setup, acts)
    try:
        history = mortal(case, view)
        steps = [chance.choice([FAR, 1, chance.randrange(1, 30), chance.randrange(1, 120)]) for _ in range(6)]
        dies(case, steps[0], lambda: view.savepoint("a"))
        found = recovered(inside, case, steps[1:3], [before, after])
        if before == after or found == before:
            return found == after
        history = mortal(case)
        done = history.changes(action="a")
        assert len(done) == 1
        dies(case, steps[3], lambda: undo(case.root, history, done))
        found = recovered(inside, case, steps[4:6], [before, after])
        if found == after:
            history = mortal(case)
            undo(case.root, history, history.changes(action="a"))
            assert look(inside, case.workspace) == before
        return True
    finally:
        inside.call("unmount", case.merged)
        case.close()


@pytest.mark.parametrize("first", range(0, 300 * int(os.environ.get("VIEW_CASES", "1")), 50))
def test_whatever_dies_the_tree_is_as_before_or_as_it_was_to_be(inside, first):
    published = 0
    for seed in range(first, first + 50):
        chance = random.Random(seed)
        setup, acts = ground(chance), script(chance, chance.randrange(5, 16))
        try:
            published += killed_publishing_and_undoing(inside, setup, acts, chance)
        except BaseException as error:
            error.add_note(f"seed {seed}: {setup} {acts}")
            raise
    assert 5 < published < 50


SETUP = [
    ("mkdir", "a", 0o755), ("write", "a/c", b"one\n"), ("write", "a/b", b"two\n"), ("mkdir", "b", 0o555), ("write", "c", b"x" * 70),
    ("link", "c", "a/d e"), ("attribute", "c", b"v"),
]  # fmt: skip
ACTS = [
    ("replace", "a/c", b"new\n"), ("unlink", "a/b", 0), ("write", "a/a", b"added\n"), ("append", "c", b"more"),
    ("rmtree", "b", 0), ("write", "b", b"now a file"), ("mkdir", "d e", 0o700), ("write", "d e/a", b"below"),
    ("mkdir", "d e/b", 0o500), ("symlink", "d e/c", "../c"), ("utime", "a", 5), ("chmod", "a/c", 0o600),
]  # fmt: skip


@pytest.mark.parametrize("what", ["publishing", "undoing"])
def test_killed_at_every_single_step(inside, what):
    """Not at a chosen step: at each, until the work gets through."""
    outcomes = []
    for step in range(1, 500):
        case, view, before, after = changed(inside, SETUP, ACTS)
        try:
            history = mortal(case, view)
            if what == "undoing":
                view.savepoint("a")
                done = history.changes(action="a")
                died = dies(case, step, lambda history=history, done=done, case=case: undo(case.root, history, done))
                before, after = after, before
            else:
                died = dies(case, step, lambda view=view: view.savepoint("a"))
            found = recovered(inside, case, [], [before, after])
            outcomes.append(found == after)
            if not died:
                break
        finally:
            inside.call("unmount", case.merged)
            case.close()
    assert outcomes == sorted(outcomes)
    assert len(outcomes) > 40
    assert not outcomes[0]
    assert outcomes[-1]


class Shot(Mortal):
    """The same for a real process: the kernel ends it, and it does not get to say a word."""

    def __getattribute__(self, name):
        try:
            return super().__getattribute__(name)
        except Killed:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("step", [1, 5, 12, 20, 28, 36, 44, 60, FAR])
def test_a_real_process_that_is_killed_leaves_what_the_next_one_recovers(inside, step):
    case, view, before, after = changed(inside, SETUP, ACTS)
    try:
        child = fork()
        if child == 0:
            view._history = case.reopened(Shot(FAR))
            view._history.disk.steps = step
            view.savepoint("a")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) in ({0} if step == FAR else {0, -signal.SIGKILL})
        found = recovered(inside, case, [], [before, after])
        assert (step != FAR) or found == after
        assert (step != 1) or found == before
    finally:
        inside.call("unmount", case.merged)
        case.close()
