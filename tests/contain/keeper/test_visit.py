import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.keeper import visit
from jackline.core.errors import WireError

TICKET = "0123456789abcdef" * 2


def said(data: bytes, streams: tuple[int, ...] = (0, 1, 2)) -> visit.Hello:
    """What the keeper makes of a visitor who says `data` and leaves."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        if streams:
            socket.send_fds(theirs, [data], list(streams))
        else:
            theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        return visit.receive(ours)


def test_a_visitor_brings_ticket_streams_and_environment():
    with open(os.devnull, "rb") as null:
        hello = said(
            visit.hello(TICKET, terminal=True, environment=b"A=1\0B=x=y\0A=2\0=odd\0odd\0"), (null.fileno(),) * 3
        )
    try:
        assert (hello.ticket, hello.terminal, hello.environment) == (TICKET, True, {"A": "1", "B": "x=y"})
        assert len(set(hello.streams)) == 3
        assert all(os.fstat(stream).st_rdev == os.stat(os.devnull).st_rdev for stream in hello.streams)
    finally:
        for stream in hello.streams:
            os.close(stream)


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_three_streams_and_no_other_number(count):
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(WireError, match="three standard streams"):
        said(visit.hello(TICKET, terminal=False, environment=b""), tuple(range(count)) if count < 4 else (0, 1, 2, 0))
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    "data",
    [
        b"JX1 short 0 0\n",
        b"JX1 " + TICKET.upper().encode() + b" 0 0\n",
        b"JX1 " + TICKET.encode() + b" 2 0\n",
        b"JX1 " + TICKET.encode() + b" 0 00\n",
        b"JX1 " + TICKET.encode() + b" 0 9999999\n",
        b"JX1 " + TICKET.encode() + b" 0 0",
        b"JX1 " + TICKET.encode() + b" 0 5\nA=1",
        b"JX1 " + TICKET.encode() + b" 0 1\nA=1",
        b"\n",
        b"A" * 200,
    ],
)
def test_who_says_anything_else_is_not_let_in(data):
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(WireError):
        said(data)
    assert len(os.listdir("/proc/self/fd")) == before


@given(st.binary(min_size=1, max_size=300))
def test_no_bytes_break_the_reader(data):
    try:
        hello = said(data)
    except WireError:
        return
    for stream in hello.streams:
        os.close(stream)


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=50))
def test_a_sentence_arrives_whole(sentence):
    head, _, rest = visit.failed(sentence).partition(b"\n")
    assert rest == sentence.encode()
    assert int(head.split()[-1]) == len(rest)


@pytest.mark.parametrize(("line", "number"), [(b"JX1 signal 15\n", 15), (b"JX1 signal 1\n", 1)])
def test_signals_are_numbers(line, number):
    assert visit.signal_in(line) == number


@pytest.mark.parametrize("line", [b"JX1 signal 0\n", b"JX1 signal 100\n", b"JX1 signal x\n", b"signal 9\n", b""])
def test_nothing_else_is_a_signal(line):
    with pytest.raises(WireError):
        visit.signal_in(line)
