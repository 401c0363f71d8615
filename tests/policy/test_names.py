"""Tests on names: exact for one, strict for all that begin alike."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.policy.names import (
    every_in_directory,
    every_like,
    in_directory,
    in_domain,
    like,
    some_in_directory,
    some_like,
)

NAMES = st.text("a/.", max_size=8)
PIECES = st.lists(st.text("a/.", max_size=3), min_size=1, max_size=4).map(tuple)


def reference(name: str, pieces: tuple[str, ...]) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pieces)), name, re.DOTALL) is not None


@given(name=NAMES, pieces=PIECES)
def test_like_is_a_wildcard_match(name: str, pieces: tuple[str, ...]) -> None:
    assert like(name, pieces) == reference(name, pieces)


@given(prefix=NAMES, rest=NAMES, pieces=PIECES)
def test_like_for_all_names_with_a_prefix_errs_on_the_strict_side(
    prefix: str, rest: str, pieces: tuple[str, ...]
) -> None:
    found = reference(prefix + rest, pieces)
    assert some_like(prefix, pieces) or not found
    assert found or not every_like(prefix, pieces)


@given(prefix=NAMES, rest=NAMES, folder=st.sampled_from(["/", "/a", "/a/a", "/aa", "/./a"]))
def test_folders_for_all_names_with_a_prefix_err_on_the_strict_side(prefix: str, rest: str, folder: str) -> None:
    found = in_directory(prefix + rest, folder)
    assert some_in_directory(prefix, folder) or not found
    assert found or not every_in_directory(prefix, folder)


def test_a_long_name_and_many_wildcards_are_quick() -> None:
    assert not like("a" * 100_000, ("", *["a"] * 1000, "b"))
    assert like("a" * 100_000, ("", *["a"] * 1000, ""))


@pytest.mark.parametrize(
    ("name", "folder", "inside"),
    [
        ("/etc", "/etc", True),
        ("/etc/x", "/etc", True),
        ("/etcx", "/etc", False),
        ("/x", "/", True),
        ("/", "/", True),
        ("/", "/etc", False),
    ],
)
def test_in_directory(name: str, folder: str, inside: bool) -> None:
    assert in_directory(name, folder) == inside


@pytest.mark.parametrize(
    ("host", "domain", "inside"),
    [("a.b.c", "b.c", True), ("b.c", "b.c", True), ("xb.c", "b.c", False), ("b.c", "a.b.c", False), ("b.c", "c", True)],
)
def test_in_domain(host: str, domain: str, inside: bool) -> None:
    assert in_domain(host, domain) == inside
