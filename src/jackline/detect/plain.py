"""Text as a reader would compare it: one spelling for look-alikes, nothing invisible, what is encoded beside it decoded.

A target that an attacker hides (in tag characters, between zero-width marks, in Base64, as HTML entities) is found
again in the call that it led to; so the text is brought to the form in which a model reads it.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from typing import Final

MAX_TEXT: Final = 96 * 1024
"""How much of a text is read, in characters: its beginning and, of a longer one, its end."""
_TAIL: Final = 24 * 1024
_TAG_BASE: Final = 0xE0000
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
_TAGS: Final = re.compile("[\U000e0001-\U000e007e]")
_BASE64: Final = re.compile(r"[^A-Za-z0-9+/=_-]([A-Za-z0-9+/_-]{24,4000}={0,2})(?![A-Za-z0-9+/=])")
"""With what stands before it: so it is sought only where a run begins."""
_MAX_DECODED: Final = 8
_PRINTABLE_SHARE: Final = 0.95


def bounded(text: str) -> str:
    """The text, or its beginning and its end."""
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - _TAIL]}\n{text[-_TAIL:]}"


def plain(text: str) -> str:
    """The text in one spelling: compatible forms folded, case folded, white space single and none at the ends, nothing
    invisible."""
    text = bounded(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _without_invisible(text))
    return " ".join(text.replace("\\n", " ").split()).casefold()


def hidden(text: str) -> str:
    """What the text says to a model and hides from a person: tag characters, Base64 and entities, decoded; else ""."""
    text = bounded(text)
    found = []
    tags = "" if text.isascii() else "".join(chr(ord(mark) - _TAG_BASE) for mark in _TAGS.findall(text))
    if tags:
        found.append(tags)
    if "&#" in text:
        found.append(html.unescape(text))
    found.extend(filter(None, map(_from_base64, _BASE64.findall(f" {text}")[:_MAX_DECODED])))
    return plain("\n".join(found)) if found else ""


def _without_invisible(text: str) -> str:
    return _INVISIBLE.sub("", text)


def _from_base64(text: str) -> str:
    """What a run of Base64 says, "" where it is no text."""
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        decoded = base64.b64decode(padded, altchars=b"-_" if "-" in text or "_" in text else None).decode()
    except (binascii.Error, ValueError):
        return ""
    readable = sum(mark.isprintable() or mark.isspace() for mark in decoded)
    return decoded if " " in decoded and readable >= _PRINTABLE_SHARE * len(decoded) else ""
