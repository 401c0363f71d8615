"""Budgets as they are written, and what of them is each process's own limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.limits.budgets import Budgets, budgets_of, read_budget
from jackline.core.errors import UsageError


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("memory", "2g", {"memory_bytes": 2 * 1024**3}), ("memory", "512MiB", {"memory_bytes": 512 * 1024**2}),
        ("memory", "4096", {"memory_bytes": 4096}), ("wall", "30m", {"wall_seconds": 1800}), ("wall", "90", {"wall_seconds": 90}),
        ("cpu", "1h", {"cpu_seconds": 3600}), ("processes", "200", {"processes": 200}), ("files", "64", {"open_files": 64}),
        ("disk", "1t", {"disk_bytes": 1024**4}), ("file", "10K", {"file_bytes": 10240}),
    ],
)  # fmt: skip
def test_a_budget_is_read(key, value, expected):
    assert read_budget(key, value) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tokens", "5"), ("memory", ""), ("memory", "-1"), ("memory", "0"), ("memory", "1x"), ("wall", "5g"), ("processes", "5k"),
        ("memory", "1.5g"), ("memory", "٣"), ("memory", "99999999999999999999"), ("wall", "m"), ("cpu", "1 h"),
    ],
)  # fmt: skip
def test_what_is_no_budget_is_refused_with_the_input_and_the_way_out(key, value):
    with pytest.raises(UsageError, match=f"`{key if key == 'tokens' else value}`"):
        read_budget(key, value)


@given(st.text(max_size=12))
def test_no_text_makes_a_budget_that_is_none(text):
    try:
        found = read_budget("memory", text)
    except UsageError:
        return
    assert 0 < found["memory_bytes"] < 2**62


def test_the_gateways_budgets_are_left_alone():
    assert budgets_of({"memory_bytes": 5, "tokens": 9}) == Budgets(memory_bytes=5)


def test_address_space_is_never_limited():
    assert "memory_bytes" not in Budgets(memory_bytes=5).limits()
    assert Budgets(processes=None, open_files=None, file_bytes=None).limits() == {"core_bytes": 0}
