"""The directories above a path, for any text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jackline.lower.places.paths import ancestors


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/b/c", ["/a/b", "/a"]),
        ("/a", []),
        ("/", []),
        ("", []),
        ("*", []),
        ("//etc/x", ["//etc"]),  # `//` is its own parent: once a walk that never ended
        ("///etc", []),
        ("a/b", ["a"]),
    ],
)
def test_the_directories_above(path, expected):
    assert ancestors(path) == expected


@given(st.text(alphabet="/a.*", max_size=30))
@example("//")
@example("/a//b")
def test_every_walk_up_ends(path):
    found = ancestors(path)
    assert len(found) <= path.count("/")
    assert all(path.startswith(above) for above in found)
