"""docs/catalogue.md names every key and role that an entry can use."""

from __future__ import annotations

from pathlib import Path

import pytest

from jackline.lower.catalogue.grammar import KEYS, ROLES

_PAGE = (Path(__file__).parents[3] / "docs" / "catalogue.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", sorted(KEYS | ROLES))
def test_word_is_explained(word: str) -> None:
    assert f"`{word}" in _PAGE
