"""Words and data as far as they are known: the values that the interpreters compute with.

A word is a sequence of known text and holes. A hole is a piece that cannot be known before the action runs; it
keeps what *is* known about it: who chose it, and which labels its source bears.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.core.inner import FrozenInner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.words import Authorship, Label, Origin


class Hole(FrozenInner, frozen=True):
    """A piece of a word that is not known: `what` names its source for a reader (`$HOST`, `output of date`).

    `numeric` means that it can only be digits (`$$`, `$?`, arithmetic); `one_word` that it cannot split into
    several words or become an option by itself. `authorship` is that of the code that computes it, where that code is
    known: a macro of a committed Makefile may be any text, but no other than its author meant. `pids_of` names the
    processes whose PIDs it is, and no others' (see `places.processes`).
    """

    what: str
    origin: Origin = "unknown"
    labels: frozenset[Label] = frozenset()
    numeric: bool = False
    one_word: bool = False
    authorship: Authorship = "none"
    pids_of: str = ""


_PACKED: Final = late_pattern(r"[$`(].*\b(?:base64|base32|basenc|xxd|hexdump|od|uuencode|printenv|gzip)\b", re.DOTALL)
_UNPACKED: Final = late_pattern(r"\s-(?:[a-zA-Z]*[dDr][a-zA-Z]*|-decode|-revert)\b")
_VOUCHED: Final[tuple[Authorship, ...]] = ("installed", "committed", "session", "fetched", "unknown")


def weakest(authors: Iterable[Authorship]) -> Authorship:
    """The authorship of what several wrote together: that of whom is vouched for least; unknown where nobody is."""
    found = [author if author in _VOUCHED else "unknown" for author in authors]
    return max(found, key=_VOUCHED.index, default="unknown")


class Word(FrozenInner, frozen=True):
    """One word after expansion. `parts` alternates freely; adjacent texts are joined. `start`/`end` are its span."""

    parts: tuple[str | Hole, ...]
    start: int = 0
    end: int = 0
    quoted: bool = False
    origin: Origin = "user"

    @property
    def text(self) -> str | None:
        """The whole word, or None where a part of it is not known."""
        parts = self.parts
        if len(parts) == 1:
            return parts[0] if isinstance(parts[0], str) else None
        if any(isinstance(part, Hole) for part in parts):
            return None
        return "".join(part for part in parts if isinstance(part, str))

    @property
    def prefix(self) -> str:
        """The known text before the first hole (the whole word, where all is known)."""
        parts = self.parts
        if len(parts) == 1:
            return parts[0] if isinstance(parts[0], str) else ""
        known: list[str] = []
        for part in parts:
            if isinstance(part, Hole):
                break
            known.append(part)
        return "".join(known)

    @property
    def shown(self) -> str:
        """For a reader: holes in braces."""
        return "".join(part if isinstance(part, str) else "{" + part.what + "}" for part in self.parts)

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The pieces that are not known."""
        return tuple(part for part in self.parts if isinstance(part, Hole))


def is_packed(what: str) -> bool:
    """Whether a substitution encodes what it reads, as data that has to fit into an address is encoded."""
    return _PACKED.search(what) is not None and _UNPACKED.search(what) is None


def word(text: str, start: int = 0, end: int = 0) -> Word:
    """A word that is known whole."""
    return Word((text,), start, end)


class Data(FrozenInner, frozen=True):
    """What flows through a pipe, a here-document or a substitution.

    `text` is the content where it is known, else None; `labels` and `origin` are those of its sources, so that
    `cat key | curl …` is seen; `fetched` names the address that it came from, for code that is run from a pipe;
    `source` the file that it was read from. Where only pieces are known, `text` is None and `parts` has them.
    `at` is where a literal text (a here-document) stands in the text of the scope that it was made in. `missing` says that
    it is empty only because a file is known to be absent: once the file is there, it is not. `renders` are the words
    that print it, where that is a cluster's objects (`kustomize build D`).
    """

    text: str | None = None
    labels: frozenset[Label] = frozenset()
    origin: Origin = "unknown"
    fetched: str = ""
    source: str = ""
    empty: bool = False
    parts: tuple[str | Hole, ...] = ()
    at: tuple[int, int] = (0, 0)
    missing: bool = False
    renders: tuple[str, ...] = ()

    @property
    def pids_of(self) -> str:
        """The processes whose PIDs this is a list of; empty where it is something else, too."""
        first = self.parts[0] if self.parts and self.parts[1:] in ((), ("\n",)) else ""
        return first.pids_of if isinstance(first, Hole) else ""


UNKNOWN: Final = Data()
NOTHING: Final = Data(text="", origin="trusted", empty=True)
"""An empty input: `/dev/null`, or nothing piped in."""
