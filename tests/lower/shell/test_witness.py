"""A second opinion: `tree-sitter-bash` finds the same words in everyday commands as our own reader does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tree_sitter_bash
from tree_sitter import Language, Parser

from jackline.lower.shell import parser as reader
from jackline.lower.shell.syntax import Sequence, Simple

CORPUS = Path(__file__).parents[2] / "corpus" / "everyday" / "commands.jsonl"


def texts() -> list[str]:
    return [json.loads(line)["command"] for line in CORPUS.read_text("utf-8").splitlines()]


def by_witness(text: str) -> list[str] | None:
    """The words of a text that is one simple command; None where it is more than that."""
    data = text.encode()
    root = Parser(Language(tree_sitter_bash.language())).parse(data).root_node
    if root.child_count != 1 or root.children[0].type != "command" or root.has_error:
        return None
    return [data[child.start_byte : child.end_byte].decode() for child in root.children[0].children]


def by_us(text: str, found: Sequence) -> list[str]:
    (command,) = found.items
    assert isinstance(command, Simple)
    return [text[word.start : word.end] for word in (*command.assignments, *command.words)]


@pytest.mark.parametrize("read", [reader.parse, lambda text: reader.Parser(text).program()], ids=["parse", "grammar"])
def test_everyday_words_are_those_that_the_witness_sees(read):
    compared = 0
    for text in texts():
        words = by_witness(text)
        if words is not None:
            compared += 1
            assert by_us(text, read(text)) == words
    assert compared > 300


def test_everyday_words_are_read_alike_with_and_without_the_grammar():
    for text in texts():
        assert reader.parse(text) == reader.Parser(text).program()
