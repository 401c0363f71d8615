"""Outputs that can be computed where the input is known, so that `echo … | base64 -d | sh` is read as what it runs.

Each function gets the call and gives the text that is printed, or None where that is not known (or not worth it).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.lower.word import Data, Hole

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.catalogue.call import Call

MAX_FOLDED: Final = 256 * 1024
"""Characters that are computed with; longer texts are not known."""
_CLASSES: Final = {
    "lower": "abcdefghijklmnopqrstuvwxyz", "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "digit": "0123456789",
    "space": " \t\n\v\f\r", "blank": " \t", "cntrl": "".join(map(chr, [*range(32), 127])),
    "xdigit": "0123456789ABCDEFabcdef", "punct": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
}  # fmt: skip
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def fold(name: str, call: Call) -> Data | None:
    """What the program prints, where that can be computed."""
    if name in PARTLY_KNOWN:
        return PARTLY_KNOWN[name](call)
    source = _input(call)
    text = FOLDS[name](call, source.text or "") if source.text is not None and len(source.text) <= MAX_FOLDED else None
    if text is None or len(text) > MAX_FOLDED:
        return None
    return replace(source, text=text, empty=not text, at=(0, 0))


def _input(call: Call) -> Data:
    """The one input: the file operand's content where it is known, else the standard input."""
    paths = [given for slot, given in call.slots if slot.role.kind == "read"]
    if not paths or [given.text for given in paths] == ["-"]:
        return call.command.stdin
    pieces = []
    for given in paths:
        found = call.scope.surroundings.text(call.path(given)) if given.text and call.scope.place.here else None
        if found is None:
            return Data()
        pieces.append(found.text)
    source = call.path(paths[0]) if len(paths) == 1 else ""
    return Data("".join(pieces), call.read_labels(), "trusted", source=source)


def _made_name(call: Call) -> Data:
    """mktemp(1): a name of its own in the directory for temporary files, or as the template begins."""
    template, directory = call.value("template"), call.value("tmpdir")
    known = template.prefix.rstrip("X") if template is not None else "tmp."
    if "/" not in known:
        folder = directory.text if directory is not None and directory.text else "/tmp"  # noqa: S108 - the default
        known = f"{folder}/{known}"
    return Data(None, origin="trusted", parts=(known, Hole("mktemp", "trusted", one_word=True)))


def _same(_call: Call, text: str) -> str:
    return text


def _cat(call: Call, text: str) -> str | None:
    plain = {"u", "show-all"} - {"show-all"}
    return text if set(call.arguments.options) <= plain else None


def _reverse(call: Call, text: str) -> str | None:
    lines = text.splitlines(keepends=True)
    if call.program == "tac":
        return "".join(reversed(lines)) if not call.arguments.options else None
    return "".join(line.rstrip("\n")[::-1] + ("\n" if line.endswith("\n") else "") for line in lines)


def _head(call: Call, text: str) -> str | None:
    count = call.text("lines") or next((key for key in call.arguments.options if key.isdigit()), "10")
    if call.has("--bytes") or not count.removeprefix("+").isdigit():
        return None
    lines = text.splitlines(keepends=True)
    number = int(count.removeprefix("+"))
    if call.program == "head":
        return "".join(lines[:number])
    return "".join(
        lines[max(0, number - 1) :] if count.startswith("+") else lines[len(lines) - min(number, len(lines)) :]
    )


def _cut(call: Call, text: str) -> str | None:
    characters = call.text("characters") or call.text("bytes")
    wanted = _ranges(characters or call.text("fields"))
    if wanted is None or call.has("--complement"):
        return None
    delimiter = call.text("delimiter") or "\t"
    joiner = call.text("output-delimiter") or ("" if characters else delimiter)
    found = []
    for line in text.splitlines():
        pieces = list(line) if characters else line.split(delimiter)
        if not characters and len(pieces) == 1:
            found.append(line)
            continue
        found.append(joiner.join(piece for first, last in wanted for piece in pieces[first - 1 : last]))
    return "\n".join(found) + "\n" if found else ""


def _ranges(text: str) -> list[tuple[int, int]] | None:
    """The places that a list names, in order and without overlaps: cut prints each once."""
    found: list[tuple[int, int]] = []
    for piece in text.split(","):
        first, dash, last = piece.partition("-")
        if not (first + last).isdigit():
            return None
        start = int(first) if first else 1
        found.append((start, int(last) if last else (MAX_FOLDED if dash else start)))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        begin = max(start, 1, merged[-1][1] + 1 if merged else 1)
        if begin <= end:
            merged.append((begin, end))
    return merged


def _translate(call: Call, text: str) -> str | None:
    first, second = _set(call.text("set1")), _set(call.text("set2"))
    if not first or call.has("--complement"):
        return None
    if call.has("--delete"):
        return text.translate({ord(letter): None for letter in first})
    if call.has("--squeeze-repeats") and not second:
        return None
    second += second[-1:] * (len(first) - len(second))
    return text.translate({ord(a): b for a, b in zip(reversed(first), reversed(second[: len(first)]), strict=False)})


def _set(text: str) -> str:
    """Expand a set of tr(1): ranges, escapes, classes."""
    letters, position = "", 0
    while position < len(text):
        if text.startswith("[:", position) and ":]" in text[position:]:
            end = text.index(":]", position)
            letters += _CLASSES.get(text[position + 2 : end], "")
            position = end + 2
            continue
        letter, position = _letter(text, position)
        if text[position : position + 1] == "-" and position + 1 < len(text):
            last, position = _letter(text, position + 1)
            letters += "".join(map(chr, range(ord(letter), min(ord(last), ord(letter) + 255) + 1)))
        else:
            letters += letter
    return letters


def _letter(text: str, position: int) -> tuple[str, int]:
    if text[position] != "\\" or position + 1 >= len(text):
        return text[position], position + 1
    octal = ""
    while len(octal) < len("377") and text[position + 1 + len(octal) : position + 2 + len(octal)] in set("01234567"):
        octal += text[position + 1 + len(octal)]
    if octal:
        return chr(int(octal, 8)), position + 1 + len(octal)
    return _ESCAPES.get(text[position + 1], text[position + 1]), position + 2


def _base64(call: Call, text: str) -> str | None:
    wide = call.program == "base32"
    try:
        if not call.has("--decode"):
            raw = text.encode()
            return (base64.b32encode(raw) if wide else base64.b64encode(raw)).decode() + "\n"
        joined = "".join(text.split())
        return (
            base64.b32decode(joined) if wide else base64.b64decode(joined, validate=not call.has("--ignore-garbage"))
        ).decode()
    except (binascii.Error, ValueError):
        return None


def _hexadecimal(call: Call, text: str) -> str | None:
    if not (call.has("-r") and call.has("-p")):
        return text.encode().hex() + "\n" if call.has("-p") and len(text) <= len("x" * 30) else None
    try:
        return bytes.fromhex("".join(text.split())).decode()
    except ValueError:
        return None


FOLDS: Final[dict[str, Callable[[Call, str], str | None]]] = {
    "base64": _base64, "cat": _cat, "cut": _cut, "head": _head, "reverse": _reverse, "stdin": _same, "tr": _translate,
    "xxd": _hexadecimal,
}  # fmt: skip

PARTLY_KNOWN: Final[dict[str, Callable[[Call], Data]]] = {"mktemp": _made_name}
"""Outputs of which only a piece is known."""
