"""Commands of crontabs and units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.manifests.schedules import crontab, unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# c\nA=b\n\n0 3 * * 1-5 rm -rf a\n", ["rm -rf a"]),
        ("*/5 * * jan,feb MON-FRI a b\n@daily c\n", ["a b", "c"]),
        ("* * * * * date +\\%F%in%put\n", ["date +%F"]),
        ("* * * * rm", None),
        ("what is this", None),
        ("", []),
    ],
)
def test_crontab(text: str, expected: list[str] | None) -> None:
    assert crontab(text) == expected


def test_a_system_crontab_has_users() -> None:
    assert crontab("0 0 * * * root rm a\n", system=True) == ["rm a"]


def test_unit() -> None:
    text = "[Service]\nExecStartPre=-/bin/a\nExecStart=@+/bin/b \\\n  c %%\nExecStart=\nEnvironment=A=b\nExecStopPost=!!d\n"
    assert unit(text) == ["/bin/a", "/bin/b c %", "d"]


@given(st.text(max_size=100) | st.text("*/ 0@%\\\n=aExecSt#", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    crontab(text)
    unit(text)


def test_long_lines_take_no_time() -> None:
    assert crontab("* " * 50_000) is not None
    assert crontab("*" * 100_000) is None
