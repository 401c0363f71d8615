"""Answers survive the ledger: whatever was answered is answered again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.codec import decode, encode
from jackline.core.errors import WireError
from jackline.guard.world import Replayed, restore, store
from jackline.guard.world.answers import QUESTIONS
from jackline.guard.world.source import _QUESTIONS
from jackline.lower.surroundings import (
    Changes,
    FileFacts,
    FileText,
    GitFacts,
    PlanChange,
    PlanCode,
    PlanFacts,
    Surroundings,
    Table,
)

TEXT = st.text(max_size=12)
NAMES = st.dictionaries(TEXT, TEXT, max_size=3)
ANSWERS = {
    "file": st.builds(
        FileFacts,
        st.sampled_from(["file", "directory", "absent", "unknown"]),
        TEXT,
        st.sampled_from(["self", "root", "other"]),
        st.integers(0, 2**62),
        st.booleans(),
    ),
    "list": st.lists(TEXT, max_size=4).map(tuple),
    "text": st.builds(FileText, TEXT, TEXT),
    "plan": st.builds(
        PlanFacts,
        TEXT,
        st.lists(
            st.builds(PlanChange, TEXT, TEXT, st.lists(st.sampled_from(["create", "move"])).map(tuple), TEXT),
            max_size=3,
        ).map(tuple),
        st.lists(TEXT, max_size=2).map(tuple),
        refresh_only=st.booleans(),
        workspace=TEXT,
        production=st.lists(TEXT, max_size=2).map(tuple),
        code=st.lists(st.builds(PlanCode, TEXT, TEXT), max_size=2).map(tuple),
    ),
    "git": st.builds(
        GitFacts,
        root=TEXT,
        branch=TEXT,
        remotes=NAMES,
        dirty=st.lists(TEXT, max_size=3).map(tuple),
        unpushed=st.integers(-1, 99),
        own_branch=st.booleans(),
        aliases=NAMES,
    ),
    "changes": st.builds(
        Changes, st.lists(TEXT, max_size=3).map(tuple), st.lists(TEXT, max_size=3).map(tuple), st.booleans()
    ),
    "standing": st.frozensets(st.sampled_from(["clean", "modified", "untracked", "ignored", "outside"])),
    "wrote": st.booleans(),
    "token": st.booleans(),
    "labels": st.frozensets(st.sampled_from(["secret", "personal"])),
    "context": NAMES,
    "registries": st.frozensets(TEXT, max_size=4),
    "model_hosts": st.frozensets(TEXT, max_size=4),
    "card": TEXT,
    "guard_paths": st.lists(TEXT, max_size=4).map(tuple),
    **dict.fromkeys(["which", "variable", "authorship", "environment", "definition", "process"], TEXT),
}


def test_every_question_has_a_form_and_somebody_who_answers():
    assert set(QUESTIONS) == set(_QUESTIONS) == set(ANSWERS)


@st.composite
def answered(draw):
    question = draw(st.sampled_from(sorted(ANSWERS)))
    return question, draw(TEXT), draw(st.none() | ANSWERS[question])


@given(st.lists(answered(), max_size=6, unique_by=lambda one: one[:2]))
def test_round_trip(answers):
    stored = json.loads(json.dumps(store(answers)))
    assert restore(stored) == answers
    assert decode(encode(store(answers)), list) == stored
    replayed = Replayed(stored)
    assert [replayed.answer(question, subject) for question, subject, _ in answers] == [
        answer for _, _, answer in answers
    ]
    assert replayed.answer("file", "never asked") is None


def test_equal_sets_are_stored_as_equal_text():
    one, other = frozenset(["a", "b", "c", "d"]), frozenset(["d", "c", "b", "a"])
    assert encode(store([("labels", "x", one)])) == encode(store([("labels", "x", other)]))


def test_a_decision_can_be_made_again_without_the_disk():
    table = Table({("file", "/a"): FileFacts("file", "/a", "self", 3), ("which", "git"): "/usr/bin/git"})
    first = Surroundings(table, cwd="/", workspace="/", home="/home/dev", user="dev")
    asked = [first.file("/a"), first.which("git"), first.variable("PATH")]
    again = Surroundings(Replayed(store(first.answers)), cwd="/", workspace="/", home="/home/dev", user="dev")
    assert [again.file("/a"), again.which("git"), again.variable("PATH")] == asked
    assert again.answers == first.answers


@pytest.mark.parametrize(
    "stored",
    [
        [["file", "/a"]],
        [["frobnicate", "/a", 1]],
        [["file", "/a", {"kind": "odd"}]],
        [["list", "/a", 3]],
        [3],
        [["text", "/a", {"text": "x"}]],
    ],
)
def test_what_was_not_stored_by_us_is_an_error(stored):
    with pytest.raises(WireError, match="cannot be read"):
        restore(stored)
