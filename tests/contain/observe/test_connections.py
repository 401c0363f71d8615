"""What is seen of connections that are tried."""

from __future__ import annotations

import errno
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.observe.looking import address_in


def test_refused_ones_are_facts_and_fail_as_ever(observe):
    came = observe("/actor", "connects")
    assert [int(line) for line in came.lines] == [
        errno.ECONNREFUSED, errno.ECONNREFUSED, errno.ENOENT, errno.ECONNREFUSED,
    ]  # fmt: skip
    assert [(each.family, each.address, each.port) for each in came.seen.connections] == [
        ("inet", "127.0.0.1", 4321),
        ("inet6", "::1", 4322),
        ("unix", "/tmp/nobody", 0),
        ("unix", "@hidden", 0),
    ]


@given(st.binary(max_size=128))
def test_any_bytes_are_an_address_or_none(raw):
    try:
        family, address, port = address_in(raw)
    except ValueError:
        return
    assert family
    assert 0 <= port < 65_536
    address.encode()


@given(st.ip_addresses(v=4), st.integers(0, 65_535))
def test_what_was_written_is_read(address, port):
    raw = struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + address.packed + bytes(8)
    assert address_in(raw) == ("inet", str(address), port)


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\x02\x00\x00\x50\x7f\x00"])
def test_what_is_too_short_is_none(raw):
    with pytest.raises(ValueError, match="address"):
        address_in(raw)
