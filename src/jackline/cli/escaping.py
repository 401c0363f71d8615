"""Text of strangers on a terminal: what an agent, a page or a file said must not move the cursor or turn the line round."""

from __future__ import annotations


def visible(text: str, *, lines: bool = False) -> str:
    """`text` with every character that is not plainly printed written as its escape.

    Control characters and escape sequences (CVE-2003-0063 and its many kin), bidirectional marks (CVE-2021-42574),
    zero-width and private characters, odd blanks. With `lines`, line ends and tabs are kept.
    """
    if text.isprintable():
        return text
    kept = "\n\t" if lines else ""
    return "".join(
        character if character.isprintable() or character in kept else ascii(character)[1:-1] for character in text
    )


def shortened(text: str, width: int) -> str:
    """The beginning of a text on one line of at most `width` characters."""
    seen = visible(text[: width + 1])
    return seen if len(seen) <= width and len(text) <= width else seen[: width - 1] + "…"


def is_text(text: str) -> bool:
    """Whether it can be written as UTF-8: an argument of other bytes arrives with half surrogates in it (PEP 383)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
