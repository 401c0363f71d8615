"""The content of a file that a program runs: what this action wrote there, else what stands on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jackline.core.inner import FrozenInner
from jackline.lower.containers import author_inside, in_container, mounted_path
from jackline.lower.files import names_nothing
from jackline.lower.overlay import pieces
from jackline.lower.scope import HERE

if TYPE_CHECKING:
    from jackline.core.words import Authorship
    from jackline.lower.scope import Scope
    from jackline.lower.word import Hole


class Content(FrozenInner, frozen=True):
    """One content that the file may have. `parts` is None where it cannot be known; `digest` only for one on the disk."""

    parts: tuple[str | Hole, ...] | None
    authorship: Authorship
    digest: str = ""
    fetched: str = ""


def contents(path: str, scope: Scope) -> tuple[Content, ...]:
    """All contents that a file may have when it is read; none, where it is known to be absent.

    Raises `BoundsReached` past the bounds of what one action opens.
    """
    if in_container(scope) and "*" not in path:
        outside = mounted_path(path, scope)
        return contents(outside, scope.having(place=HERE)) if outside else (Content(None, author_inside(path, scope)),)
    if not scope.place.here or "*" in path:
        absent = scope.place.here and names_nothing(path, scope, written=True)
        return () if absent else (Content(None, "unknown"),)
    written = scope.overlay.find(path)
    versions = written.versions if written is not None else (None,)
    found: list[Content] = []
    for version in versions:
        if version is None or (version.text is None and not version.parts and version.source):
            found += _on_disk(version.source if version is not None else path, scope)
        elif written is not None:
            known = pieces(version) if version.text is not None or version.parts else None
            found.append(Content(known, written.authorship, fetched=version.fetched))
    return tuple(found)


def _on_disk(path: str, scope: Scope) -> list[Content]:
    surroundings = scope.surroundings
    text = surroundings.text(path)
    if text is None:
        return [] if surroundings.file(path).kind == "absent" else [Content(None, surroundings.authorship(path))]
    scope.bounds.open(len(text.text))
    return [Content((text.text,), surroundings.authorship(path), text.digest)]
