from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.errors import WireError
from jackline.guard.protocol import MAX_BODY, WAIT, Header, read_header, read_reply, reply, request


@given(
    st.sampled_from(["hook", "shell", "call"]),
    st.from_regex(r"[a-z][a-z0-9_-]{0,31}", fullmatch=True),
    st.binary(max_size=64),
)
def test_what_is_written_is_read(kind, name, body):
    head, _, rest = request(kind, name, body).partition(b"\n")
    assert read_header(head + b"\n") == Header(kind, name, len(body))
    assert rest == body


@given(st.integers(0, 255), st.binary(max_size=32), st.binary(max_size=32))
def test_a_reply_says_its_lengths(code, out, err):
    head, _, rest = reply(code, out, err).partition(b"\n")
    assert read_reply(head + b"\n") == (code, len(out), len(err))
    assert rest == out + err


def test_a_wait_is_no_reply():
    assert read_reply(WAIT) is None


@given(st.binary(max_size=80))
def test_no_other_bytes_are_a_request(line):
    try:
        header = read_header(line)
    except WireError:
        return
    assert request(header.kind, header.name, b"").split()[:3] == line.split()[:3]


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"JL1 hook claude 5", b"JL1 hook claude -5\n", b"JL1 hook claude 05\n", b"JL2 hook claude 5\n",
        b"JL1 hook CLAUDE 5\n", b"JL1 hook ../x 5\n", b"JL1 hook claude 5 \n", b"JL1 hook  claude 5\n", b"JL1 eval claude 5\n",
        b"JL1 hook claude %d\n" % (MAX_BODY + 1), b"JL1 hook claude 99999999999\n", "JL1 hook claude ٣\n".encode(),
        b"JL1 hook claude 5\nJL1 hook claude 5\n", b"JL1 hook claude 5\r\n",
    ],
)  # fmt: skip
def test_a_header_has_one_form(line):
    with pytest.raises(WireError):
        read_header(line)
