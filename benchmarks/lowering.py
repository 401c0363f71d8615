"""What reading costs: CPU time of lowering everyday shell commands, in surroundings that know nothing, and of its parts.

"parse" is our reader; "tree-sitter" the same texts by `tree-sitter-bash`, and with its nodes walked, for comparison.
Lowering is given with and without the syntax that is remembered between equal texts.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import tree_sitter_bash
from tree_sitter import Language, Parser

from benchmarks._measure import percentile, table
from jackline.core.action import Action
from jackline.lower.lowering import lower
from jackline.lower.shell.parser import parse
from jackline.lower.surroundings import Surroundings, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "corpus" / "everyday" / "commands.jsonl"
ROUNDS = 5
MICRO = 1000


def measure(texts: list[str], act: Callable[[str], object]) -> list[float]:
    """CPU microseconds of each text, over all rounds but a first one."""
    found = []
    for turn in range(ROUNDS + 1):
        gc.collect()
        for text in texts:
            start = time.process_time_ns()
            act(text)
            if turn:
                found.append((time.process_time_ns() - start) / MICRO)
    return found


def lowered(text: str) -> object:
    """Lower one command where nothing is known."""
    around = Surroundings(Table(), cwd="/ws", workspace="/ws", home="/home/u", user="u")
    return lower(Action(tool="shell", arguments={"command": text}, cwd="/ws"), around)


def read_and_lowered(text: str) -> object:
    """The same, with nothing remembered of an equal text."""
    parse.cache_clear()
    return lowered(text)


def walked(node: Node) -> None:
    """Touch every node once, as an interpreter over the tree must."""
    for child in node.children:
        _ = child.type, child.start_byte, child.end_byte
        walked(child)


def main() -> int:
    """Print the table."""
    texts = [json.loads(line)["command"] for line in CORPUS.read_text("utf-8").splitlines()]
    witness = Parser(Language(tree_sitter_bash.language()))
    acts: dict[str, Callable[[str], object]] = {
        "lower": read_and_lowered,
        "lower, text seen before": lowered,
        "parse": parse.__wrapped__,
        "tree-sitter": lambda text: witness.parse(text.encode()),
        "tree-sitter, walked": lambda text: walked(witness.parse(text.encode()).root_node),
    }
    rows = []
    for name, act in acts.items():
        found = measure(texts, act)
        rows.append((name, f"{percentile(found, 0.5):.0f}", f"{percentile(found, 0.99):.0f}"))
    print(table(f"Reading {len(texts)} everyday commands, CPU µs", ("", "p50", "p99"), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
