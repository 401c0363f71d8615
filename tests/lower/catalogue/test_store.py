"""The entry files as a whole: each reads, no program stands in two, the index finds what the files hold."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from jackline.core.errors import ConfigurationError
from jackline.lower.catalogue.folds import FOLDS, PARTLY_KNOWN
from jackline.lower.catalogue.grammar import Node, prepare
from jackline.lower.catalogue.special import SPECIALS
from jackline.lower.catalogue.store import index, program, read_entry

_FILES = sorted(
    entry.name
    for entry in (files("jackline.lower.catalogue") / "data").iterdir()
    if entry.name.endswith(".toml") and not entry.name.startswith("_")
)


def _document(name: str) -> dict[str, object]:
    text = (files("jackline.lower.catalogue") / "data" / name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def _nodes(node: Node) -> list[Node]:
    prepare(node)
    below = [*node.children.values(), *(child for _, child in node.patterns)]
    return [node, *(deeper for child in below for deeper in _nodes(child))]


@pytest.mark.parametrize("name", _FILES)
def test_file_reads_and_names_only_functions_that_exist(name: str) -> None:
    for root in read_entry(_document(name)).values():
        for node in _nodes(root):
            assert not node.special or node.special in SPECIALS, node.path
            assert not node.fold or node.fold in FOLDS.keys() | PARTLY_KNOWN.keys(), node.path


@pytest.mark.parametrize("name", _FILES)
def test_index_finds_each_program(name: str) -> None:
    for found, whole in read_entry(_document(name)).items():
        assert index().get(found) == name, found
        alone = program(found)
        assert alone is not None
        assert {node.path[1:] for node in _nodes(alone)} <= {node.path[1:] for node in _nodes(whole)}, found


def test_no_program_stands_in_two_files() -> None:
    counted = Counter(program for name in _FILES for program in read_entry(_document(name)))
    assert not [program for program, count in counted.items() if count > 1]


@pytest.mark.parametrize("name", _FILES)
def test_file_has_examples(name: str) -> None:
    assert _document(name).get("examples"), name


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"x": {"nonsense": 1}}, "`nonsense`"),
        ({"x": {"operands": "<path:frob>"}}, "`frob`"),
        ({"x": {"effects": ["frob file a"]}}, "frob file a"),
        ({"x": {"effects": ["read file a frobbed"]}}, "`frobbed`"),
        ({"x": {}, "y": {"also": ["x"]}}, "second time"),
        ({"x": {"operands": "path"}}, "`path`"),
    ],
)
def test_mistake_is_named(document: dict[str, dict[str, object]], says: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        [prepare(root) for root in read_entry(document).values()]
    assert says in str(raised.value)
