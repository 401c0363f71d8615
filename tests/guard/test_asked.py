"""What was asked of the surroundings, as it is kept: the same whatever the order of asking, and what replaying needs."""

from __future__ import annotations

import msgspec

from jackline.core.codec import digest, encode
from jackline.guard.asked import MAX_KEPT_TEXT, Asked
from jackline.guard.world.answers import restore, store
from jackline.lower.surroundings import FileFacts, FileText, Surroundings, Table

ANSWERS = {
    ("which", "ls"): "/usr/bin/ls",
    ("definition", "alias:ls"): None,
    ("file", "/p"): FileFacts("directory", "/p", "self", 4096),
    ("labels", "file:/p"): frozenset({"secret", "credential"}),
    ("wrote", "/p"): True,
    ("guard_paths", ""): ("/b", "/a"),
    ("text", "/p/Makefile"): FileText("all:\n\tls\n", "00"),
}


def asked_in(order):
    surroundings = Surroundings(Table(ANSWERS), cwd="/p", workspace="/p", home="/h", user="u")
    for question, subject in order:
        surroundings.ask(question, subject)
    return surroundings


def test_the_digest_is_that_of_the_sorted_answers_in_json():
    first, second = Asked(asked_in(ANSWERS)), Asked(asked_in(reversed(ANSWERS)))
    assert first.digest == second.digest == digest(sorted(store(asked_in(ANSWERS).answers), key=lambda each: each[:2]))
    assert Asked().digest == digest([])


def test_what_is_kept_is_read_back_as_it_was_answered():
    kept = msgspec.json.decode(encode(Asked(asked_in(ANSWERS)).kept))
    assert restore(kept) == [(*key, answer) for key, answer in ANSWERS.items()]


def test_a_long_content_is_not_kept():
    surroundings = Surroundings(
        Table({("text", "/f"): FileText("x" * (MAX_KEPT_TEXT + 1), "00")}), cwd="/", workspace="/", home="/h", user="u"
    )
    surroundings.text("/f")
    asked = Asked(surroundings)
    assert msgspec.json.decode(encode(asked.kept)) == [["text", "/f", None]]
    assert asked.digest == digest(store(surroundings.answers))
