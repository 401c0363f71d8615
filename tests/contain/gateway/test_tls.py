"""The name in a ClientHello is read in one way, or it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.gateway.tls import MAX_HELLO, Hello, Second, looks_like, read_hello
from jackline.contain.gateway.tls import RETRY as RETRY_RANDOM
from jackline.core.errors import WireError
from tests.contain.gateway import hellos

NAME = hellos.server_name(b"example.com")


def test_openssls_own():
    assert read_hello(hellos.real("Example.com"))[:3] == ("example.com", False, ())
    assert read_hello(hellos.real(None))[:3] == ("", False, ())
    assert read_hello(hellos.real("a.example", ["h2", "http/1.1"])).protocols == ("h2", "http/1.1")


def test_it_may_be_cut_anywhere():
    data = hellos.real()
    for length in range(1, len(data)):
        assert read_hello(data[:length]) is None
    for size in (4, 5, 50, 100):
        split = hellos.made(NAME, size=size)
        assert read_hello(split).name == "example.com"
        assert all(read_hello(split[:length]) is None for length in range(1, len(split)))


def test_what_follows_is_not_read():
    data = hellos.real()
    assert read_hello(data + b"\x14\x03\x03\x00\x01\x01")[::3] == ("example.com", len(data))


def test_a_hello_without_extensions_names_nothing():
    old = hellos.records(b"\x01" + hellos.vector(3, hellos.body(b"")))
    assert read_hello(old) == Hello("", encrypted=False, protocols=(), length=len(old))


@pytest.mark.parametrize("kind", [0xFE0D, 0xFFCE])
def test_a_hidden_name_is_seen(kind):
    assert read_hello(hellos.made(NAME, hellos.extension(kind, b"\0" * 40))).encrypted


HELLO = hellos.message(NAME)
REFUSED = {
    "two names in one extension": hellos.made(hellos.server_name(b"a.test", b"b.test")),
    "two extensions with a name": hellos.made(NAME, hellos.server_name(b"evil.test")),
    "a name of another kind": hellos.made(hellos.server_name(b"a.test", kind=1)),
    "a name with a null": hellos.made(hellos.server_name(b"a.test\0.evil.test")),
    "a name that is an address in another spelling": hellos.made(hellos.server_name(b"0x7f.1")),
    "an empty name": hellos.made(hellos.server_name(b"")),
    "something behind the name": hellos.made(
        hellos.extension(0, hellos.vector(2, b"\0" + hellos.vector(2, b"a.test")) + b"x")
    ),
    "something behind the extensions": hellos.records(
        b"\x01" + hellos.vector(3, hellos.body(hellos.vector(2, NAME) + b"x"))
    ),
    "another message in its record": hellos.records(HELLO + HELLO),
    "another message first": hellos.records(b"\x02" + HELLO[1:]),
    "a record of another kind": hellos.records(HELLO, kind=23),
    "a record of another kind in the middle": hellos.records(HELLO[:20]) + hellos.records(HELLO[20:], kind=21),
    "too many records": hellos.records(HELLO, size=2),
    "an empty record": b"\x16\x03\x01\x00\x00" + hellos.records(HELLO),
    "a record that is too long": b"\x16\x03\x01\x40\x01" + bytes(0x4001),
    "a hello that is too long": hellos.records(b"\x01" + (MAX_HELLO + 1).to_bytes(3, "big") + bytes(60)),
    "a version that is none": hellos.records(
        b"\x01" + hellos.vector(3, hellos.body(hellos.vector(2, NAME), b"\x02\x00"))
    ),
    "SSLv2": b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(40),
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "an extension that leads past the end": hellos.records(
        b"\x01" + hellos.vector(3, hellos.body(hellos.vector(2, b"\0\0\xff\xff")))
    ),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_could_be_read_in_two_ways_is_refused(data):
    with pytest.raises(WireError):
        read_hello(data)


@given(st.binary(max_size=400), st.integers(0, 1000))
def test_any_bytes_are_read_or_refused(noise, at):
    for data in (
        noise,
        b"\x16\x03\x01" + noise,
        hellos.records(b"\x01" + hellos.vector(3, noise)),
        (whole := hellos.made(NAME))[:at] + noise + whole[at:],
    ):
        if data:
            try:
                found = read_hello(data)
            except WireError:
                continue
            assert found is None or isinstance(found, Hello)
            assert looks_like(data)


@given(st.integers(1, 600), st.integers(5, 70))
def test_how_it_is_cut_never_changes_what_is_read(length, size):
    data = hellos.made(NAME, size=size)
    assert read_hello(data[:length]) in {None, read_hello(data)}


# ---------------------------------------------------------------------------------------------------- a second hello
RETRY = hellos.records(b"\x02\x00\x00\x30\x03\x03" + RETRY_RANDOM + bytes(14))
ORDINARY = hellos.records(b"\x02\x00\x00\x30\x03\x03" + bytes(32) + bytes(14))
CHANGE = b"\x14\x03\x03\x00\x01\x01"


def test_a_second_hello_where_the_server_wants_one():
    second = Second("example.com")
    assert second.comes(RETRY)
    data = CHANGE + hellos.made(NAME)
    assert not any(second.leaves(data[at : at + 1]) for at in range(len(data) - 1))
    assert second.leaves(data[-1:])


@pytest.mark.parametrize(
    "hello",
    [hellos.made(hellos.server_name(b"evil.test")), hellos.made(), hellos.made(NAME, hellos.extension(0xFE0D, b"x"))],
)
@pytest.mark.parametrize("early", [True, False])
def test_a_second_hello_with_another_name(hello, early):
    second = Second("example.com")
    if early:  # before the server has answered: then nothing of its answer comes in
        assert not second.leaves(CHANGE + hello)
        with pytest.raises(WireError):
            second.comes(RETRY)
    else:
        assert not second.comes(RETRY[:20])
        assert second.comes(RETRY[20:])
        with pytest.raises(WireError):
            second.leaves(CHANGE + hello)


def test_no_second_hello_is_looked_for_where_none_is_wanted():
    second = Second("example.com")
    assert second.comes(ORDINARY)
    assert second.leaves(
        b"\x16\x03\x03\x00\x28\x01" + bytes(39)
    )  # a Finished, encrypted: its first byte may be anything
    assert Second("example.com").comes(b"\x15\x03\x03\x00\x02\x02\x28")


def test_a_server_that_answers_otherwise():
    with pytest.raises(WireError):
        Second("example.com").comes(b"SSH-2.0-x\r\n")


def test_much_before_an_answer():
    second = Second("example.com")
    assert not second.leaves(bytes(1 << 16))
    with pytest.raises(WireError):
        second.leaves(b"x")
