from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core.codec import encode
from jackline.core.errors import LedgerError
from jackline.ledger.bounds import MAX_BODY_BYTES, MAX_DATA_BYTES, MAX_DEPTH, fit, plain
from jackline.ledger.prepare import MAX_HEAD, bounded_head
from tests.ledger.ledgers import event, open_in


def test_a_large_text_is_cut_and_keeps_its_hash(tmp_path: Path) -> None:
    text = "line of a large file\n" * 200_000
    with open_in(tmp_path) as ledger:
        ledger.append([event(1, "requested", arguments={"path": "/w/big", "content": text})])
        entry = next(ledger.entries())
        content = next(ledger.events())[1].data["arguments"]["content"]
    assert len(entry.body) < MAX_BODY_BYTES
    assert content.startswith("line of a large file\n")
    assert content.endswith(f"… [cut: {len(text)} bytes, SHA-256 {hashlib.sha256(text.encode()).hexdigest()}]")


def test_a_secret_in_what_is_kept_of_a_large_text_is_replaced(tmp_path: Path) -> None:
    text = "TOKEN=a1b2c3d4e5f6\n" + "x" * 2 * MAX_BODY_BYTES
    with open_in(tmp_path) as ledger:
        ledger.append([event(1, "requested", arguments={"content": text})])
        assert "a1b2c3d4e5f6" not in next(ledger.entries()).body


def test_placeholders_do_not_pass_the_bound(tmp_path: Path) -> None:
    text = "DB_PASSWORD=a1b\n" * 2000
    text += "x" * (MAX_BODY_BYTES - len(text) - 5000)
    with open_in(tmp_path) as ledger:
        ledger.append([event(1, "requested", content=text)])
        assert MAX_BODY_BYTES // 32 < len(next(ledger.entries()).body) <= MAX_BODY_BYTES


def test_what_is_within_the_bound_is_kept_whole() -> None:
    data = {"text": "x" * (MAX_DATA_BYTES - 100)}
    assert fit(data) == data


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.text(max_size=30) | st.text(min_size=300, max_size=700) | st.integers(0, 9),
        lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
        max_leaves=30,
    ),
    st.integers(200, 3000),
)
def test_anything_fits(value: object, limit: int) -> None:
    fitted = fit({"value": value}, limit)
    assert len(encode(fitted)) <= limit


@pytest.mark.parametrize("text", ["", "s", "x" * MAX_HEAD, "é" * MAX_HEAD])
def test_a_head_of_ordinary_length_is_kept(text: str) -> None:
    assert bounded_head(text) == text


@given(st.text(min_size=MAX_HEAD + 1, max_size=3 * MAX_HEAD), st.text(max_size=5))
def test_long_heads_stay_apart(text: str, more: str) -> None:
    assert len(bounded_head(text)) <= MAX_HEAD
    assert (bounded_head(text) == bounded_head(text + more)) == (more == "")


def test_what_is_json_already_is_bounded_like_the_rest() -> None:
    deep = msgspec.Raw(b"[" * (MAX_DEPTH + 9) + b"]" * (MAX_DEPTH + 9))
    assert plain({"raw": msgspec.Raw(b'{"a":[1,"x"]}')}) == {"raw": {"a": [1, "x"]}}
    assert b"cut" in encode(plain({"raw": deep}))
    with pytest.raises(LedgerError, match="has no JSON form"):
        plain({"raw": msgspec.Raw(b"{")})
