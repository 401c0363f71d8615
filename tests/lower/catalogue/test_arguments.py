"""Words are read by the entry's grammar, whatever way they are written; what is not known is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.catalogue.arguments import Arguments, assign, choose, drop, read
from jackline.lower.catalogue.grammar import read_slots
from jackline.lower.catalogue.store import read_entry
from jackline.lower.word import Hole, Word

from .harness import words_of

_TOOL = read_entry(
    {
        "tool": {
            "options": "-v, --verbose\n-o, --output <write>\n-c, --color [data]\n-m <module>...",
            "operands": "[<path>]...",
        },
        "tool sub|alias": {"options": "-f, --force", "operands": "<name>"},
        "tool make-*": {"operands": "<name>"},
        "old": {"style": "bundle", "options": "-f <data>\n-x\n-C <cwd>", "operands": "[<member>]..."},
        "java": {"style": "long", "options": "-name <data>\n-flag", "operands": "[<path>]..."},
        "wrap": {"options": "-n <data>", "operands": "<argv:command>..."},
        "copy": {"style": "pairs", "options": "if= <read>\nof= <write>"},
    }
)


def _read(text: str) -> tuple[tuple[str, ...], dict[str, list[str]], list[str], bool]:
    words = words_of(text)
    node, arguments, position, strange = choose(_TOOL[words[0].shown], words[1:])
    if not strange:
        read(node, words[1:], position, arguments)
    options = {key: [value.shown for value in values] for key, values in arguments.options.items()}
    return node.path, options, [word.shown for word in arguments.operands], arguments.uncertain


@pytest.mark.parametrize(
    ("text", "options", "operands"),
    [
        ("tool -v a", {"verbose": ["-v"]}, ["a"]),
        ("tool a -vo out b", {"verbose": ["-vo"], "output": ["out"]}, ["a", "b"]),
        ("tool -oout", {"output": ["out"]}, []),
        ("tool --output=out --outp x", {"output": ["out", "x"]}, []),
        ("tool -- -v", {}, ["-v"]),
        ("tool -c a", {"color": ["-c"]}, ["a"]),
        ("tool -cred a", {"color": ["red"]}, ["a"]),
        ("tool --unknown=1 -5 a", {"unknown": ["1"], "5": ["-5"]}, ["a"]),
        ("tool --verbose=false --x=no --y=1", {"y": ["1"]}, []),
        ("tool -", {}, ["-"]),
        ("tool -o", {"output": ["-o"]}, []),
        ("old xf a.tar -C d m", {"x": ["xf"], "f": ["a.tar"], "C": ["d"]}, ["m"]),
        ("java -name=x -flag --name y p", {"name": ["x", "y"], "flag": ["-flag"]}, ["p"]),
        ("wrap -n 1 ls -n 2", {"n": ["1"]}, ["ls", "-n", "2"]),
        ("copy if=a of=b x", {"if=": ["a"], "of=": ["b"]}, ["x"]),
    ],
)
def test_words_are_read(text: str, options: dict[str, list[str]], operands: list[str]) -> None:
    _, found, left, _ = _read(text)
    assert (found, left) == (options, operands)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("tool -v sub x", ("tool", "sub")),
        ("tool alias -f x", ("tool", "sub")),
        ("tool make-up x", ("tool", "make-*")),
        ("tool other", ("tool",)),
    ],
)
def test_commands_are_found(text: str, path: tuple[str, ...]) -> None:
    assert _read(text)[0] == path


def test_words_after_an_option_that_takes_all_are_its_arguments() -> None:
    words = words_of("tool -v -m mod -v x")
    node, arguments, position, _ = choose(_TOOL["tool"], words[1:])
    read(node, words[1:], position, arguments)
    assert [word.text for word in arguments.rest] == ["-v", "x"]


@pytest.mark.parametrize(
    ("text", "uncertain"), [("java $X", True), ("java -- $X", False), ("java -name $X", False), ("wrap ls $X", False)]
)
def test_an_unknown_word_may_be_an_option(text: str, uncertain: bool) -> None:
    assert _read(text)[3] is uncertain


def test_part_of_a_cluster_that_is_not_known_may_be_any_option() -> None:
    node, arguments, position, _ = choose(_TOOL["tool"], (word := Word(("-", Hole("$X"))),))
    read(node, (word,), position, arguments)
    assert arguments.uncertain


def test_spans_follow_what_is_dropped() -> None:
    assert drop(Word(("--output=x",), 5, 15), 9) == Word(("x",), 14, 15)
    assert drop(Word(("ab",), 5, 9, quoted=True), 1).start == 5


@given(st.lists(st.sampled_from(["a", "-v", "--output", "-o", "--", "x=y", "--output=1", "-m", "sub"]), max_size=8))
def test_no_word_is_lost(texts: list[str]) -> None:
    words = tuple(Word((text,)) for text in texts)
    node, arguments, position, strange = choose(_TOOL["tool"], words)
    if strange:
        return
    read(node, words, position, arguments)
    values = [value for _, bound in arguments.order for value in bound]
    kept = [
        *arguments.operands,
        *arguments.rest,
        *values,
        *(word for found in arguments.options.values() for word in found),
    ]
    for word in words:
        text = word.text or ""
        assert (
            any(other is word or (other.text or "") in text for other in kept)
            or text in {"--", "--output", "-o", "-m"}
            or text in arguments.commands
        ), (text, kept)


@given(st.integers(0, 6), st.sampled_from(["<a>... <b>", "[<a>] [<b>]...", "<a> [<b>] <c>", "[<a>]...", "<a>"]))
def test_every_operand_has_a_slot(count: int, line: str) -> None:
    words = [Word((str(number),)) for number in range(count)]
    assert [word for _, word in assign(read_slots(line), words)] == words


def test_arguments_begin_empty() -> None:
    assert Arguments().operands == []
