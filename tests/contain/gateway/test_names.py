"""Names and addresses have one spelling and one place."""

from __future__ import annotations

import ipaddress
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.gateway import names
from jackline.contain.gateway.addresses import zone
from jackline.core.errors import WireError

HERE = Path(__file__).parent
NAMES = tomllib.loads((HERE / "names.toml").read_text(encoding="utf-8"))
ADDRESSES = tomllib.loads((HERE / "addresses.toml").read_text(encoding="utf-8"))


def outcome(read, text):
    try:
        return read(text)
    except WireError:
        return None


@pytest.mark.parametrize("case", NAMES["host"], ids=lambda case: repr(case["text"]))
def test_a_host_has_one_spelling(case):
    assert outcome(names.host, case["text"]) == case.get("is")


@pytest.mark.parametrize("case", NAMES["authority"], ids=lambda case: repr(case["text"]))
def test_a_host_and_its_port(case):
    assert outcome(names.authority, case["text"]) == (tuple(case["is"]) if "is" in case else None)


@given(st.text(max_size=300))
def test_a_host_is_a_fixed_point(text):
    found = outcome(names.host, text)
    if found is not None:
        assert names.host(found) == found
        assert found.isascii()
        assert not set(found) & set("/\\@#?% \r\n\0")


@given(st.ip_addresses())
def test_every_address_is_a_host_that_is_literal(address):
    assert names.literal(names.host(names.of_address(address))) == address


@pytest.mark.parametrize(("where", "text"), [(where, text) for where, texts in ADDRESSES.items() for text in texts])
def test_where_an_address_lies(where, text):
    assert zone(ipaddress.ip_address(text)) == where


@given(st.ip_addresses())
def test_nothing_that_python_calls_special_is_public(address):
    special = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    if special or address.is_reserved or address.is_unspecified:
        assert zone(address) != "public" or address in ipaddress.ip_network("192.0.0.0/24")
