"""The view, in real overlays: what is published is what the view showed, and undo brings back what was."""

import os
import random

import pytest

from jackline.contain.view.handles import Root
from jackline.contain.view.undo import undo
from jackline.contain.view.view import View
from tests.contain.view.acts import ground, script
from tests.contain.view.world import Case, Inside, as_nobody, look


def run_live(inside, setup, several):
    case = Case(setup)
    try:
        states = [look(inside, case.workspace)]
        view = View(case.root, case.upper, case.history, session="s", live=True)
        view.start()
        inside.call("mount", case.workspace, case.at("upper"), case.at("work"), case.merged)
        try:
            for number, script in enumerate(several):
                inside.call("perform", case.merged, script)
                found = view.savepoint(f"a{number}")
                assert found.conflicts == ()
                shown = look(inside, case.merged, case.at("upper"))
                states.append(look(inside, case.workspace))
                assert states[-1] == shown
                assert view.savepoint("again").entries == ()
        finally:
            inside.call("unmount", case.merged)
        for number in reversed(range(len(several))):
            for change in case.history.changes(action=f"a{number}"):
                undo(case.root, case.history, [change])
            assert look(inside, case.workspace) == states[number]
    finally:
        case.close()


def run_staged(inside, setup, several):
    """Nothing is published until the end; each action is undone in the view, and all of it afterwards."""
    case = Case(setup)
    try:
        before = look(inside, case.workspace)
        view = View(case.root, case.upper, case.history, session="s", live=False)
        view.start()
        inside.call("mount", case.workspace, case.at("upper"), case.at("work"), case.merged)
        try:
            shown = [contents(look(inside, case.merged, case.at("upper")))]
            for number, acts in enumerate(several):
                inside.call("perform", case.merged, acts)
                view.savepoint(f"a{number}")
                shown.append(contents(look(inside, case.merged, case.at("upper"))))
            for number in reversed(range(len(several))):
                for change in case.history.changes(action=f"a{number}"):
                    if number:
                        with Root(f"/proc/{inside.pid}/root{case.merged}") as merged:
                            assert view.undo_shown(merged, [change]) == []
                        assert contents(look(inside, case.merged, case.at("upper"))) == shown[number]
            assert look(inside, case.workspace) == before
            final = look(inside, case.merged, case.at("upper"))
        finally:
            inside.call("unmount", case.merged)
        done = view.publish()
        assert done.conflicts == ()
        assert look(inside, case.workspace) == final
        if done.change is not None:
            undo(case.root, case.history, [done.change])
        assert look(inside, case.workspace) == before
    finally:
        case.close()


def contents(found):
    """A tree without what writing through a mount cannot promise: the times of directories are those of the writing, and
    names of one file may be parted."""
    return {
        path: {key: value for key, value in seen.items() if key != "group" and not (key == "modified" and "group" not in seen)}
        for path, seen in found.items()
    }  # fmt: skip


def run_seeds(run, inside, seeds):
    for seed in seeds:
        chance = random.Random(seed)
        setup = ground(chance)
        several = [script(chance, chance.randrange(3, 14)) for _ in range(chance.randrange(1, 4))]
        try:
            run(inside, setup, several)
        except BaseException as error:
            error.add_note(f"seed {seed}: {setup} {several}")
            raise


MORE = int(os.environ.get("VIEW_CASES", "1"))
"""Times as many cases as in everyday's tests."""


@pytest.mark.parametrize("first", range(0, 400 * MORE, 50))
def test_what_is_published_is_what_the_view_shows_and_undo_brings_back_what_was(inside, first):
    run_seeds(run_live, inside, range(first, first + 50))


@pytest.mark.parametrize("first", range(0, 150 * MORE, 50))
def test_a_staged_view_publishes_all_at_the_end(inside, first):
    run_seeds(run_staged, inside, range(10_000 + first, 10_000 + first + 50))


@pytest.mark.skipif(os.geteuid() != 0, reason="this account is an ordinary one already")
@pytest.mark.parametrize("run", [run_live, run_staged])
def test_the_same_as_an_ordinary_user(run, inside):
    def work():
        child = Inside()
        run_seeds(run, child, range(20_000, 20_000 + 75 * MORE))

    as_nobody(work)
