"""The view, in real overlays: what is published is what the view showed, and undo brings back what was."""

import os
import random

import pytest

from jackline.contain.view.undo import undo
from jackline.contain.view.view import View
from tests.contain.view.acts import ground, script
from tests.contain.view.world import Case, Inside, look


@pytest.fixture(scope="module")
def inside():
    child = Inside()
    yield child
    child.close()


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


SEEDS = int(os.environ.get("VIEW_SEEDS", "100"))


@pytest.mark.parametrize("first", range(0, SEEDS, 20))
def test_what_is_published_is_what_the_view_shows_and_undo_brings_back_what_was(inside, first):
    for seed in range(first, first + 20):
        chance = random.Random(seed)
        setup = ground(chance)
        several = [script(chance, chance.randrange(3, 14)) for _ in range(chance.randrange(1, 4))]
        try:
            run_live(inside, setup, several)
        except BaseException as error:
            error.add_note(f"seed {seed}: {setup} {several}")
            raise
