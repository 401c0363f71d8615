"""Structure-aware mutation: pieces of seeds and of a language's own words, put together, repeated and nested."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

MAX_INPUT = 1 << 16
PAIRS = (
    (b"(", b")"),
    (b"{", b"}"),
    (b"[", b"]"),
    (b'"', b'"'),
    (b"'", b"'"),
    (b"$(", b")"),
    (b"`", b"`"),
    (b"/*", b"*/"),
)
HOSTILE = (
    b"\0", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\r", b"\n", b"\t", b"\\", b"'", b'"', b"\x1b[", b"\xef\xbb\xbf",
    b"0", b"-1", b"99999999999999999999", b"1e309", b"%s", b"..", b"/", b"//", b"~",
)  # fmt: skip
MANY = (2, 2, 2, 3, 3, 5, 30, 30, 200, 3000)


def mutated(data: bytes, seeds: Sequence[bytes], words: Sequence[bytes], rng: random.Random) -> bytes:
    """Another input, one to four steps away from `data`."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = rng.choice(STEPS)(data, seeds, words, rng)
    return data[:MAX_INPUT]


def _span(data: bytes, rng: random.Random) -> tuple[int, int]:
    """Two places in the data, mostly near each other, mostly where a word ends."""
    start = rng.randrange(len(data) + 1)
    end = min(len(data), start + rng.choice((0, 1, 1, 2, 2, 4, 4, 8, 8, 16, 64, 512)))
    blank = data.find(b" ", start)
    return (blank + 1, max(end, blank + 1)) if 0 <= blank < start + 16 and rng.random() < 0.5 else (start, end)


def _insert_word(data, seeds, words, rng):
    start, _ = _span(data, rng)
    word = rng.choice(words or HOSTILE)
    return data[:start] + rng.choice((b"", b" ", b"\n")) + word + rng.choice((b"", b" ", b"\n")) + data[start:]


def _replace_word(data, seeds, words, rng):
    start, end = _span(data, rng)
    return data[:start] + rng.choice(words or HOSTILE) + data[end:]


def _hostile(data, seeds, words, rng):
    start, end = _span(data, rng)
    return data[:start] + rng.choice(HOSTILE) + data[rng.choice((start, end)) :]


def _cut(data, seeds, words, rng):
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _end(data, seeds, words, rng):
    return data[: rng.randrange(len(data) + 1)]


def _repeat(data, seeds, words, rng):
    start, end = _span(data, rng)
    return data[:start] + data[start:end] * rng.choice(MANY) + data[end:]


def _nest(data, seeds, words, rng):
    start, end = _span(data, rng)
    opened, closed = rng.choice(PAIRS)
    times = rng.choice(MANY)
    return data[:start] + opened * times + data[start:end] + closed * rng.choice((0, times)) + data[end:]


def _splice(data, seeds, words, rng):
    other = rng.choice(seeds)
    start, end = _span(data, rng)
    begin, stop = _span(other, rng)
    return data[:start] + other[begin : rng.choice((stop, len(other)))] + data[end:]


def _join(data, seeds, words, rng):
    return data + rng.choice((b"\n", b";", b" ", b" | ", b",")) + rng.choice(seeds)


def _flip(data, seeds, words, rng):
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes((data[at] ^ (1 << rng.randrange(8)),)) + data[at + 1 :]


STEPS = (
    _insert_word,
    _insert_word,
    _replace_word,
    _hostile,
    _cut,
    _end,
    _repeat,
    _nest,
    _splice,
    _splice,
    _join,
    _flip,
)
