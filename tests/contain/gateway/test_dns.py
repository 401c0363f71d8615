"""One question in, one answer out."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.gateway import dns
from jackline.core.errors import WireError

OPT = b"\0\0\x29\x10\0\0\0\0\0\0\0"


def name_of(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def query(text="example.com", kind=dns.A, flags=0x0100, counts=(1, 0, 0, 0), more=b"", family=1):
    head = b"".join(number.to_bytes(2, "big") for number in (0x1234, flags, *counts))
    return head + name_of(text) + kind.to_bytes(2, "big") + family.to_bytes(2, "big") + more


def test_a_question_and_its_answer():
    question = dns.read_question(query("WWW.Example.com"))
    assert (question.name, question.kind, question.edns) == ("www.example.com", dns.A, False)
    answer = dns.answer(question, address=IPv4Address("198.18.0.1"))
    assert answer == (
        b"\x12\x34\x81\x80\0\1\0\1\0\0\0\0"
        + name_of("WWW.Example.com") + b"\0\1\0\1"  # spelt as it was asked: resolvers check that
        + b"\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4\xc6\x12\0\1"
    )  # fmt: skip


def test_a_refusal_says_why_to_who_understands():
    question = dns.read_question(query(counts=(1, 0, 0, 1), more=OPT))
    answer = dns.answer(question, dns.NO_SUCH_NAME, reason="ask for: connect example.com")
    assert answer[3] & 0xF == 3
    assert answer.endswith(b"\0\x0fask for: connect example.com")
    plain = dns.answer(dns.read_question(query()), dns.NO_SUCH_NAME, reason="why")
    assert b"why" not in plain


REFUSED = {
    "nothing": b"",
    "a head only": query()[:12],
    "an answer": query(flags=0x8100),
    "an update": query(flags=0x2800),
    "no question": query(counts=(0, 0, 0, 0)),
    "two questions": query(counts=(2, 0, 0, 0), more=name_of("b.test") + b"\0\1\0\1"),
    "an answer that comes along": query(counts=(1, 1, 0, 0)),
    "two additional records": query(counts=(1, 0, 0, 2), more=OPT + OPT),
    "an additional record that is no EDNS": query(counts=(1, 0, 0, 1), more=b"\0\0\1" + OPT[3:]),
    "another class": query(family=3),
    "a name that points at itself": query()[:12] + b"\xc0\x0c\0\1\0\1",
    "a name that points elsewhere": query()[:12] + b"\3abc\xc0\x0c\0\1\0\1",
    "a label with a dot in it": query()[:12] + b"\x07a.b.com\0\0\1\0\1",
    "a label with a null in it": query()[:12] + b"\4a\0bc\3com\0\0\1\0\1",
    "a label that leads past the end": query()[:12] + b"\x3fabc",
    "the root": query(""),
    "a name that never ends": query()[:12] + b"\1a" * 200,
    "a name that is too long": query(".".join(["a" * 60] * 5)),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_is_no_single_plain_question_is_refused(data):
    with pytest.raises(WireError):
        dns.read_question(data)
    answer = dns.failure(data)
    assert answer == b"" or (len(answer) == 12 and answer[3] & 0xF == dns.FORMAT_ERROR)


def test_an_answer_is_never_answered():
    assert dns.failure(query(flags=0x8180)) == b""


@given(st.binary(max_size=600), st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(noise, tail):
    for data in (noise, query()[:12] + noise, query(counts=(1, 0, 0, 1), more=tail)):
        try:
            question = dns.read_question(data)
        except WireError:
            assert len(dns.failure(data)) in {0, 12}
            continue
        assert dns.answer(question, address=IPv4Address("198.18.0.1"), reason="x").startswith(data[:2])
        assert len(question.name) <= 253
