"""xargs(1) and parallel(1): commands whose last words come from an input that is known, known in part, or not."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.roles import joined
from jackline.lower.catalogue.special.finding import fill
from jackline.lower.places.tables import words
from jackline.lower.word import Data, Hole, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jackline.lower.catalogue.call import Call

_MAX_ITEMS: Final = 64
"""Items that are followed one by one; more are one unknown item."""
_HARMING: Final = words(
    "rm rmdir unlink shred truncate kill pkill killall mv dd chmod chown sh bash sudo git docker kubectl aws gcloud az"
)
_SEPARATORS: Final = frozenset({":::", ":::+", "::::", "::::+"})


def xargs(call: Call) -> None:
    """Run the command with the items of the input behind it, or in the place of `-I`'s mark."""
    command = call.operands.get("argv", []) or [Word(("echo",))]
    items = _items(call)
    mark = call.value("I") or call.value("replace") or call.value("i")
    if mark is not None:
        shown = mark.text if mark.text and not mark.text.startswith("-") else "{}"
        for item in items:
            call.run([fill(word, shown, item) for word in command])
    elif call.has("--max-args"):
        for item in items:
            call.run([*command, item])
    else:
        call.run([*command, *items])


def _items(call: Call) -> list[Word]:
    """The words that the input becomes."""
    data = call.command.stdin
    given = call.value("arg-file")
    if given is not None:
        call.read(given)
        found = call.scope.surroundings.text(call.path(given)) if call.scope.place.here else None
        data = Data(found.text if found is not None else None, origin="trusted")
    if data.text is not None and not (data.missing and _harms(call)):
        return [_item(text, data, call) for text in _split(data.text, call)] or []
    if data.parts:
        return _known_in_part(data, call)
    what = f"answer of {data.fetched}" if data.fetched else "words from the input"
    return [Word((Hole(what, data.origin, data.labels),), *call.command.at, origin=data.origin)]


def _harms(call: Call) -> bool:
    """Whether the command is one for which a list that is not there yet matters: by then it may be there."""
    command = call.operands.get("argv", [])
    return bool(command) and command[0].text in _HARMING


def _item(text: str, data: Data, call: Call) -> Word:
    return Word((text,), *call.command.at, origin=data.origin)


def _split(text: str, call: Call) -> list[str]:
    if call.has("--null"):
        found = text.split("\0")
    elif call.has("--delimiter"):
        found = text.split(_delimiter(call.text("delimiter")))
    elif call.has("-I") or call.has("-L"):
        found = text.splitlines()
    else:
        try:
            found = shlex.split(text)
        except ValueError:
            found = text.split()
    found = [item for item in found if item.strip()]
    return found if len(found) <= _MAX_ITEMS else [*found[: _MAX_ITEMS - 1], "*"]


def _delimiter(text: str) -> str:
    return {"\\n": "\n", "\\0": "\0", "\\t": "\t"}.get(text, text) or "\n"


def _known_in_part(data: Data, call: Call) -> list[Word]:
    """Lines of known beginnings: what `find` prints is below its start points."""
    items: list[Word] = []
    current: list[str | Hole] = []
    for part in data.parts:
        if isinstance(part, Hole):
            current.append(part)
            continue
        pieces = part.replace("\0", "\n").split("\n")
        for index, piece in enumerate(pieces):
            if index and current:
                items.append(Word(tuple(current), *call.command.at, origin=data.origin))
                current = []
            if piece:
                current.append(piece)
    if current:
        items.append(Word(tuple(current), *call.command.at, origin=data.origin))
    return items[:_MAX_ITEMS]


def parallel(call: Call) -> None:
    """Run a line for a shell with each argument behind `:::`, or each line of the input."""
    line = call.operands.get("argv", [])
    cut = next((index for index, word in enumerate(line) if word.text in _SEPARATORS), len(line))
    command, given = line[:cut], [word for word in line[cut:] if word.text not in _SEPARATORS]
    files = any(word.text in {"::::", "::::+"} for word in line[cut:])
    if files:
        for word in given:
            call.read(word)
        given = [Word((Hole("lines of a file", "trusted"),), *call.command.at)]
    items = given if cut < len(line) else _items(call)
    if not command:
        for item in items:
            call.output = call.code("shell", item)
        return
    for item in items[:_MAX_ITEMS]:
        call.output = call.code("shell", joined(_with(command, item)))


def _with(command: Sequence[Word], item: Word) -> list[Word]:
    filled = [fill(fill(word, "{}", item), "{.}", item) for word in command]
    return filled if filled != list(command) else [*command, item]
