"""Tools over lines and letters: cat, tac, rev, head, tail, sort, uniq, wc, cut, tr, paste, seq, fold, sed's simple forms."""

from __future__ import annotations

import posixpath
import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.lower.fold.options import Fold, number, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.fold.options import Folder

MAX_SEQUENCE: Final = 10_000
_SED: Final = late_pattern(
    r"s(?P<mark>[^\w\s\\])(?P<what>(?:(?!(?P=mark)).)*)(?P=mark)(?P<by>(?:(?!(?P=mark)).)*)(?P=mark)(?P<flags>[gpI]*)\Z"
)
_PRINTED: Final = late_pattern(r"(\d{1,6})(?:,(\d{1,6}|\$))?([pdq])\Z")
_LITERAL: Final = late_pattern(r"[^\\.*\[\]^$+?(){}|]*\Z")


def rows(text: str) -> list[str]:
    """Lines without their ends."""
    found = text.split("\n")
    if found[-1] == "":
        found.pop()
    return found


def joined(lines: list[str]) -> str:
    """Lines with their ends."""
    return "".join(f"{line}\n" for line in lines)


def _cat(arguments: list[str]) -> Fold | None:
    read = options(arguments, "u")
    return Fold(lambda text: text, tuple(read[1])) if read is not None else None


def _reversed_lines(text: str) -> str:
    """The lines from the last to the first, each with its own end: a last line without one joins the next."""
    return "".join(text.splitlines(keepends=True)[::-1]) if "\r" not in text else joined(rows(text)[::-1])


def _tac(arguments: list[str]) -> Fold | None:
    return Fold(_reversed_lines, tuple(arguments)) if not any(a[:1] == "-" for a in arguments) else None


def _rev(arguments: list[str]) -> Fold | None:
    plain = not any(argument[:1] == "-" for argument in arguments)
    return _of_letters(lambda text: joined([line[::-1] for line in rows(text)]), arguments) if plain else None


def _of_letters(apply: Callable[[str], str], files: list[str]) -> Fold:
    """A tool over letters, which are bytes or characters by the locale: sure for ASCII only."""
    return Fold(lambda text: apply(text) if text.isascii() else None, tuple(files))


def _head(arguments: list[str]) -> Fold | None:
    return _ends(arguments, head=True)


def _tail(arguments: list[str]) -> Fold | None:
    return _ends(arguments, head=False)


def _ends(arguments: list[str], *, head: bool) -> Fold | None:
    if arguments and re.fullmatch(r"-\d+", arguments[0]):
        arguments = ["-n", arguments[0][1:], *arguments[1:]]
    read = options(arguments, "q", "nc", {"lines": "n", "bytes": "c"})
    if read is None or len(read[1]) > 1:
        return None
    given, files = read
    unit = "c" if "c" in given else "n"
    text = given.get(unit, "10")
    sign, digits = (text[0], text[1:]) if text[:1] in {"+", "-"} else ("", text)
    count = number(digits, 0)
    if count is None or (head and sign == "+"):
        return None

    def apply(content: str) -> str:
        units: list[str] = re.findall(r"[^\n]*\n|[^\n]+", content) if unit == "n" else list(content)
        if head:
            chosen = units[: len(units) - count] if sign == "-" else units[:count]
        elif sign == "+":
            chosen = units[max(count - 1, 0) :]
        else:
            chosen = units[-count:] if count else []
        return "".join(chosen)

    return Fold(apply, tuple(files)) if unit == "n" else _of_letters(apply, files)


def _sort(arguments: list[str]) -> Fold | None:
    read = options(arguments, "runsf")
    if read is None or "f" in read[0]:
        return None
    given, files = read

    def apply(text: str) -> str | None:
        lines = rows(text)
        if "n" in given:
            if not all(re.fullmatch(r"-?\d{1,15}", line) for line in lines):
                return None
            lines.sort(key=int, reverse="r" in given)
        else:
            lines.sort(key=lambda line: line.encode("utf-8", "surrogateescape"), reverse="r" in given)
        return joined(list(dict.fromkeys(lines)) if "u" in given else lines)

    return Fold(apply, tuple(files))


def _uniq(arguments: list[str]) -> Fold | None:
    if arguments:
        return None
    return Fold(lambda text: joined([line for line, _ in groupby(rows(text))]))


def _wc(arguments: list[str]) -> Fold | None:
    if arguments not in (["-l"], ["-w"], ["-c"], ["-m"]):
        return None
    kind = arguments[0]

    def apply(text: str) -> str | None:
        if kind == "-l":
            return f"{text.count(chr(10))}\n"
        if not text.isascii():
            return None
        return f"{len(text.split()) if kind == '-w' else len(text)}\n"

    return Fold(apply)


def _cut(arguments: list[str]) -> Fold | None:
    read = options(arguments, "s", "dfcb")
    if read is None:
        return None
    given, files = read
    letters = given.get("c") or given.get("b")
    ranges = _ranges(letters or given.get("f", ""))
    delimiter = given.get("d", "\t")
    if ranges is None or len(delimiter) != 1:
        return None

    def apply(text: str) -> str:
        found = []
        for line in rows(text):
            if letters:
                found.append("".join(char for n, char in enumerate(line, 1) if _within(n, ranges)))
            elif delimiter in line:
                found.append(
                    delimiter.join(part for n, part in enumerate(line.split(delimiter), 1) if _within(n, ranges))
                )
            elif "s" not in given:
                found.append(line)
        return joined(found)

    return _of_letters(apply, files) if letters else Fold(apply, tuple(files))


def _ranges(text: str) -> list[tuple[int, int]] | None:
    found = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d{0,5})(-?)(\d{0,5})", part)
        if match is None or not (match[1] or match[3]):
            return None
        low = int(match[1] or 1)
        found.append((low, int(match[3]) if match[3] else 10**6 if match[2] else low))
    return found


def _within(place: int, ranges: list[tuple[int, int]]) -> bool:
    return any(low <= place <= high for low, high in ranges)


def _paste(arguments: list[str]) -> Fold | None:
    read = options([argument for argument in arguments if argument != "-"], "s", "d")
    if read is None or "s" not in read[0] or read[1]:
        return None
    delimiter = read[0].get("d", "\t").replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "")
    return Fold(lambda text: delimiter.join(rows(text)) + "\n") if len(delimiter) <= 1 else None


def _seq(arguments: list[str]) -> Fold | None:
    read = options([a if not re.fullmatch(r"-\d+", a) else f"\0{a[1:]}" for a in arguments], "", "s")
    if read is None:
        return None
    given, operands = read
    operands = [operand.replace("\0", "-") for operand in operands]
    if not 1 <= len(operands) <= len("123") or not all(re.fullmatch(r"-?\d{1,9}", operand) for operand in operands):
        return None
    values = [int(operand) for operand in operands]
    first, step, last = (1, 1, values[0]) if len(values) == 1 else (values[0], 1, values[-1])
    if len(values) == len("123"):
        step = values[1]
    if step == 0 or (last - first) // step > MAX_SEQUENCE:
        return None
    found = [str(value) for value in range(first, last + (1 if step > 0 else -1), step)]
    separator = given.get("s", "\n")
    return Fold(lambda _text: separator.join(found) + "\n" if found else "", generates=True)


def _sed(arguments: list[str]) -> Fold | None:
    """`s/literal/literal/g`, `Np`, `N,Md`: what needs no pattern."""
    read = options(arguments, "nrE", "e", {"quiet": "n", "silent": "n", "expression": "e"})
    if read is None:
        return None
    given, operands = read
    script = given.get("e") or (operands.pop(0) if operands else "")
    quiet = "n" in given
    found = _SED.match(script)
    if (
        found is not None
        and not quiet
        and _LITERAL.match(found["what"])
        and "&" not in found["by"]
        and "\\" not in found["by"]
    ):
        if "I" in found["flags"] or "p" in found["flags"] or not found["what"]:
            return None
        times = -1 if "g" in found["flags"] else 1
        return Fold(
            lambda text: joined([line.replace(found["what"], found["by"], times) for line in rows(text)]),
            tuple(operands),
        )
    printed = _PRINTED.match(script)
    if printed is None or (printed[3] == "p") is not quiet or (printed[3] == "q" and printed[2]):
        return None
    low = int(printed[1])
    high = low if printed[2] is None else 10**7 if printed[2] == "$" else int(printed[2])
    kind = printed[3]
    if kind == "q":
        low, high, kind = 1, low, "p"
    return Fold(
        lambda text: joined([line for n, line in enumerate(rows(text), 1) if (low <= n <= high) is (kind == "p")]),
        tuple(operands),
    )


def _name(arguments: list[str], *, base: bool) -> Fold | None:
    if not arguments or any(argument[:1] == "-" for argument in arguments):
        return None
    path = arguments[0].rstrip("/") or "/"
    if base:
        found = posixpath.basename(path) or "/"
        if len(arguments) > 1 and found != arguments[1]:
            found = found.removesuffix(arguments[1])
        return Fold(lambda _text: f"{found}\n", generates=True)
    parents = [
        posixpath.dirname(argument.rstrip("/")) or ("/" if argument[:1] == "/" else ".") for argument in arguments
    ]
    return Fold(lambda _text: joined(parents), generates=True)


def _wrap(arguments: list[str]) -> Fold | None:
    read = options(arguments, "", "w", {"width": "w"})
    width = number(read[0].get("w"), 80) if read is not None else None
    if read is None or not width:
        return None
    return _of_letters(
        lambda text: joined([line[n : n + width] for line in rows(text) for n in range(0, max(len(line), 1), width)]),
        read[1],
    )


TABLE: Final[dict[str, Folder]] = {
    "cat": _cat, "tac": _tac, "rev": _rev, "head": _head, "tail": _tail, "sort": _sort, "uniq": _uniq, "wc": _wc, "cut": _cut,
    "paste": _paste, "seq": _seq, "sed": _sed, "gsed": _sed, "fold": _wrap,
    "basename": lambda arguments: _name(arguments, base=True), "dirname": lambda arguments: _name(arguments, base=False),
}  # fmt: skip
