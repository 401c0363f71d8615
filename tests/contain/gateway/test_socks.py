"""SOCKS 5, CONNECT alone, no authentication."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.gateway import socks
from jackline.core.errors import WireError

READ = {
    b"\5\1\0\3\x0bexample.com\1\xbb": ("example.com", 443),
    b"\5\1\0\3\x0bEXAMPLE.COM\0\x50rest": ("example.com", 80),
    b"\5\1\0\1\x7f\0\0\1\0\x16": ("127.0.0.1", 22),
    b"\5\1\0\4" + bytes(15) + b"\1\0\x50": ("[::1]", 80),
    b"\5\1\0\3\x03::1\0\x50": ("[::1]", 80),
}


@pytest.mark.parametrize(("data", "target"), READ.items())
def test_a_request(data, target):
    found = socks.read_request(data)
    assert found[:2] == target
    assert data[found.length :] in {b"", b"rest"}
    assert all(socks.read_request(data[:length]) is None for length in range(found.length))


REFUSED = {
    "version 4": b"\4\1\0\x50\x7f\0\0\1\0",
    "a reserved byte": b"\5\1\1\1\x7f\0\0\1\0\x50",
    "an unknown kind of address": b"\5\1\0\2\x7f\0\0\1\0\x50",
    "port 0": b"\5\1\0\1\x7f\0\0\1\0\0",
    "an empty name": b"\5\1\0\3\0\0\x50",
    "an address in another spelling": b"\5\1\0\3\x050x7f1\0\x50",
    "a name with a null": b"\5\1\0\3\x05a\0b.c\0\x50",
    "a name that is no ASCII": b"\5\1\0\3\x02\xc3\xa4\0\x50",
    "BIND": b"\5\2\0\1\x7f\0\0\1\0\x50",
    "UDP ASSOCIATE": b"\5\3\0\1\0\0\0\0\0\0",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_is_refused(data):
    with pytest.raises(WireError):
        socks.read_request(data)


def test_a_greeting():
    assert socks.read_greeting(b"\5\2\2\0more") == 4
    assert socks.read_greeting(b"\5\2\2") is None
    assert socks.read_greeting(b"") is None
    for data in (b"\5\1\2", b"\4\1", b"\5\0", b"GET"):
        with pytest.raises(WireError):
            socks.read_greeting(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    for read in (socks.read_greeting, socks.read_request):
        for given_bytes in (data, b"\5\1\0" + data):
            try:
                found = read(given_bytes)
            except WireError:
                continue
            if isinstance(found, socks.Target):
                assert 0 < found.port < 65536
                assert found.length <= len(given_bytes)
