"""The sieve: whether a text can hold a secret at all. Nearly all texts cannot, and they must cost next to nothing.

A text is split into words in C. A word that was looked at before and found harmless is known; what is left is searched
for the rules' hints. Never wrongly no: every rule has hints, one of which stands within one word of each match (a test
holds the two together); wrongly yes costs a search.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.ledger.redact import named
from jackline.ledger.redact.rules import FORMATS, PLACES

if TYPE_CHECKING:
    from collections.abc import Callable

_SEPARATORS: Final = b" \t\n\r\x0b\x0c\"'`,{}[]()<>|;&"
_SPLIT: Final = bytes.maketrans(_SEPARATORS, b" " * len(_SEPARATORS))

_BROKEN_RUNS: Final = (
    "whsec_",
    "glsa_",
    "glc_",
    "sntry",
    "flyv1",
    "$",
    "atatt",
    "atctt",
    "atbb",
    "/services/",
    "/api/webhooks/",
)
"""Formats whose secrets may hold characters that end a run: looked for in every word, as the names are."""

KEYWORDS: Final = tuple(dict.fromkeys(
    (*named.HINTS, *(hint for rule in PLACES for hint in rule.hints), *_BROKEN_RUNS, "cookie")
))  # fmt: skip
PREFIXES: Final = tuple(dict.fromkeys(hint for rule in FORMATS for hint in rule.hints))


def _any_of(hints: tuple[str, ...]) -> Callable[[bytes], object]:
    """A search for any of the hints in a lower-case word, those left out that hold another."""
    shortest = sorted(hint for hint in hints if not any(other in hint for other in hints if other != hint))
    return re.compile("|".join(map(re.escape, shortest)).encode()).search


_has_keyword = _any_of(KEYWORDS)
_has_prefix = _any_of(PREFIXES)

_RUN: Final = re.compile(rb"[A-Za-z0-9_-]{13}")
_HEX: Final = re.compile(rb"[0-9a-f-]+|\d+")
_COOKIE_OPTION: Final = b"-b"
_MAX_WORD: Final = 128
_MAX_KNOWN: Final = 20_000

_OURS: Final = frozenset({b"authorship", b"guard_paths"})
"""Words of every decision's own form that hold a hint, and that no secret is ever named by."""
_HELPER: Final = re.compile(rb"credential\.(?:https?://[a-z0-9.-]+\.)?helper")
"""A setting of git's that stands in many users' configuration (gitcredentials(7)): it names a program."""

_known: set[bytes] = set()
"""Words without any hint. A cache: emptied when it is full, so that no agent can make it grow."""


def may_hold_secrets(text: bytes) -> bool:
    """Whether a text, or the JSON form of a tree, can hold anything that a rule would replace."""
    fresh = set(text.translate(_SPLIT).split()) - _known
    if not fresh:
        return False
    if any(map(_suspicious, fresh)):
        return True
    if len(_known) > _MAX_KNOWN:
        _known.clear()
    _known.update(word for word in fresh if len(word) <= _MAX_WORD)
    return False


def _suspicious(word: bytes) -> bool:
    if word in _OURS or _HELPER.fullmatch(word):
        return False
    if word.endswith(_COOKIE_OPTION) and (len(word) == len(_COOKIE_OPTION) or b"\\" in word):
        return True  # in JSON, the space before it may be an escape, which is no space of ours
    if _HEX.fullmatch(word):  # digests, times and identifiers: no keyword is spelt in their letters alone
        return False
    lower = word.lower()
    if _has_keyword(lower):
        return True
    return _RUN.search(word) is not None and _has_prefix(lower) is not None
