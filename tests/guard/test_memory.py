"""What the guard remembers: bounded, the same after a restart, and never less than the ledger's labels."""

from __future__ import annotations

import msgspec
import pytest

from jackline.core.decision import Decision
from jackline.core.effect import Effect, Resource
from jackline.core.event import Event
from jackline.guard import memory as memory_module
from jackline.guard import record as record_module
from jackline.guard.memory import MAX_ARGUMENT, MAX_EFFECTS, Memory
from tests.guard.desk_top import SESSION

EFFECT = {"verb": "read", "resource": {"kind": "file", "name": "/x", "environment": "unknown", "reach": "workspace", "labels": [],
          "jurisdiction": "none", "port": 0}, "extent": {"atMost": 1, "exact": True}, "reversible": "yes", "certainty": "certain",
          "origin": "user", "authorship": "none", "evidence": {"start": 0, "end": 0, "text": ""}}  # fmt: skip


def requested(action, session="s", **data):
    return Event(kind="requested", at=0, session=session, action=action, data={"tool": "shell", "cwd": "/p", **data})


def decided(action, session="s", verdict="allow", effects=(), **data):
    decision = {"verdict": verdict, "effects": list(effects), "remedies": [], "approval": 0, "reasons": [], "seen": [], "policy": "",
                "surroundings": "", "id": action, "micros": 0}  # fmt: skip
    return Event(
        kind="decided", at=0, session=session, action=action, data={"decision": decision, "count": len(effects), **data}
    )


def test_effects_of_one_family_are_bounded():
    memory = Memory()
    for number in range(100):
        memory.apply(requested(f"A{number}"))
        memory.apply(decided(f"A{number}", effects=[EFFECT] * 400, verdict="deny"))
    family = memory.family("s")
    assert sum(known.size for known in family.actions.values()) <= MAX_EFFECTS + 400
    assert "A99" in family.actions


def test_the_count_of_remembered_effects_is_that_of_its_actions():
    memory = Memory()
    for number, effects in enumerate((3, 0, 7, 2, 5)):
        memory.apply(requested(f"A{number % 3}"))
        memory.apply(decided(f"A{number % 3}", effects=[EFFECT] * effects))
        memory.apply(decided(f"A{number % 3}", effects=[EFFECT] * (effects + 1)))  # judged again
    family = memory.family("s")
    assert family.effects == sum(known.size for known in family.actions.values()) == 8 + 3 + 6


def test_a_decision_is_remembered_alike_as_it_was_made_and_as_it_is_read_back():
    made, read = Memory(), Memory()
    for memory, form in (
        (made, lambda decision: msgspec.convert(decision, Decision)),
        (read, lambda decision: decision),
    ):
        event = decided("A1", effects=[EFFECT])
        memory.apply(requested("A1"))
        memory.apply(msgspec.structs.replace(event, data={**event.data, "decision": form(event.data["decision"])}))
    assert made.family("s").actions == read.family("s").actions
    assert made.family("s").state == read.family("s").state


def test_arguments_are_bounded():
    memory = Memory()
    memory.apply(requested("A1", arguments={"content": "x" * 10**6, "edits": [{"old": "x"}], "all": True}))
    arguments = memory.family("s").actions["A1"].arguments
    assert len(arguments["content"]) == MAX_ARGUMENT + 1
    assert arguments.keys() == {"content", "all"}


def test_families_are_bounded_and_none_that_waits_is_forgotten(monkeypatch):
    monkeypatch.setattr(memory_module, "MAX_FAMILIES", 4)
    memory = Memory()
    memory.apply(requested("A0", session="waiting"))
    memory.apply(decided("A0", session="waiting", verdict="ask", effects=[EFFECT]))
    for number in range(10):
        memory.apply(requested(f"A{number + 1}", session=f"s{number}"))
        memory.apply(decided(f"A{number + 1}", session=f"s{number}"))
    assert len(memory.families()) == 4
    assert [known.id for _, known in memory.waiting()] == ["A0"]


def test_a_forgotten_family_is_recalled_with_its_labels(secret, monkeypatch):
    secret.shell("cat .env", permission_mode="default")
    secret.after("Bash", {"command": "cat .env"}, permission_mode="default")
    record = secret.service.parts().record
    record.memory.forget(SESSION)
    secret.send(secret.event("Stop", stop_hook_active=False, last_assistant_message="Done."))
    assert "secret" in record.memory.family(SESSION).state.labels


def test_labels_from_before_what_is_recalled_are_kept(secret, monkeypatch):
    monkeypatch.setattr(record_module, "RECALLED", 6)
    secret.shell("cat .env", permission_mode="default")
    secret.after("Bash", {"command": "cat .env"}, permission_mode="default")
    for _ in range(6):
        secret.shell("ls")
    secret.restart()
    family = secret.service.parts().record.family(SESSION)
    assert len(family.actions) < 7
    assert "secret" in family.state.labels


def test_numbers_that_were_spent_on_failures_are_not_given_again(desktop, monkeypatch):
    record = desktop.service.parts().record
    for _ in range(20):
        record.next_action()
    desktop.shell("ls")
    desktop.restart()
    desktop.shell("ls")
    names = [event.action for event in desktop.events("requested")]
    assert names == ["A21", "A22"]


def test_a_decision_that_was_cut_cannot_be_approved():
    memory = Memory()
    memory.apply(requested("A1"))
    memory.apply(
        Event(
            kind="decided",
            at=0,
            session="s",
            action="A1",
            data={"decision": {"verdict": "ask"}, "count": 1, "bound": "k"},
        )
    )
    memory.apply(Event(kind="decided", at=0, session="s", action="A1", data={}))
    assert memory.waiting() == []


@pytest.mark.parametrize("parent", ["s", "s/1"])
def test_a_family_is_one_however_deep(parent):
    memory = Memory()
    memory.family("s")
    memory.family("s/1", "s")
    memory.family("s/1/2", parent)
    assert memory.root("s/1/2") == "s"
    assert len(memory.families()) == 1


def test_a_session_that_names_itself_is_its_own_root():
    assert Memory().root("s", "s") == "s"


def test_an_effect_has_a_signature_without_its_spelling():
    effect = Effect("delete", Resource("file", "/x"))
    assert memory_module.signatures([effect, effect]) == {("delete", "file", "/x")}
