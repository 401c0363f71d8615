"""What text tools print for an input that is known: `base64 -d <<< cm0gLXJmIHgK | sh` runs what it decodes.

In: a program's name, its arguments as texts, its standard input, and a way to read files. Out: what it prints, or None
where that is not known. Guaranteed: only forms that are sure are folded, for a wrong fold would be worse than none; output
and work are bounded; bytes that are no UTF-8 go through as lone surrogates (PEP 383).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.lower.fold import codecs, lines, queries
from jackline.lower.overlay import worse

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.fold.options import Folder
    from jackline.lower.word import Data

MAX_OUTPUT: Final = 256 * 1024

FOLDERS: Final[dict[str, Folder]] = {**codecs.TABLE, **lines.TABLE, **queries.TABLE}


def fold(name: str, arguments: list[str], stdin: Data, read: Callable[[str], Data]) -> Data | None:
    """The output of a text tool, with the labels and the origin of all that it read."""
    folder = FOLDERS.get(name)
    if folder is None:
        return None
    found = folder(arguments)
    if found is None:
        return None
    sources = [stdin if path == "-" else read(path) for path in found.files] if found.files else [stdin]
    if found.generates:
        sources = []
    texts = [source.text for source in sources]
    if any(text is None for text in texts):
        return None
    output = found.apply("".join(text for text in texts if text is not None))
    if output is None or len(output) > MAX_OUTPUT:
        return None
    result = replace(
        stdin, text=output, parts=(), empty=not output, at=(0, 0), labels=frozenset(), origin="user",
        missing=any(source.missing for source in sources), source=next((given.source for given in sources if given.missing), ""),
    )  # fmt: skip
    for source in sources:
        fetched = result.fetched or source.fetched
        result = replace(
            result, labels=result.labels | source.labels, origin=worse(result.origin, source.origin), fetched=fetched
        )
    return result
