"""The entry files as a whole: each reads, no program stands in two, the index finds what the files hold."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from jackline.core.errors import ConfigurationError
from jackline.lower.catalogue.folds import FOLDS, PARTLY_KNOWN
from jackline.lower.catalogue.grammar import Node, prepare
from jackline.lower.catalogue.notation import Reference
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


def test_index_names_nothing_else() -> None:
    assert index().keys() == {program for name in _FILES for program in read_entry(_document(name))}


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
        ({"x a*b*": {}}, "`a*b*`"),
    ],
)
def test_mistake_is_named(document: dict[str, dict[str, object]], says: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        [prepare(root) for root in read_entry(document).values()]
    assert says in str(raised.value)


_DERIVED = {"program", "cwd", "command", *(f"word{number}" for number in range(1, 6))}
_ANYWHERE = {"--help", "--version", "-help", "-version", "-h", "-V", "help", "-v", "version"}


def _unknown_names(node: Node) -> list[str]:
    """Names in a table's effects and conditions for which nothing in the table stands."""
    slots = {slot.name for _, line in node.operands for slot in line}
    keys = {option.key for option in node.options.values()} | {name.lstrip("-+/") for name in node.options}
    names = slots | keys | set(node.named) | _DERIVED
    conditions = [template.condition for template in node.effects]
    conditions += [condition for condition, _ in node.operands] + [condition for _, condition in node.stdin]
    references = [part for template in node.effects for part in template.name if isinstance(part, Reference)]
    found = [name for part in references for name in part.name.split(",") if name not in names and name[0] != "@"]
    for condition in conditions:
        for term in condition:
            for name, _ in term.alternatives:
                known = name in node.options if name[0] in "-+" or name.endswith("=") else name in names
                if not known and name not in _ANYWHERE:
                    found.append(name)
    return found


@pytest.mark.parametrize("name", _FILES)
def test_every_name_stands_for_something(name: str) -> None:
    wrong = {
        " ".join(node.path): unknown
        for root in read_entry(_document(name)).values()
        for node in _nodes(root)
        if (unknown := _unknown_names(node))
    }
    assert wrong == {}


def test_an_option_with_a_value_does_not_ask_for_help() -> None:
    """`helm install --version 1.2` installs; `gh repo create -h PAGE` creates."""
    document = {
        "x": {"harmless": "--version|-h"},
        "x sub": {"options": "-h, --host <data>\n--version <data>"},
        "x other": {},
    }
    root = read_entry(document)["x"]
    shown = {
        word: [name for term in prepare(node).harmless for name, _ in term.alternatives]
        for word, node in root.children.items()
    }
    assert shown == {"sub": [], "other": ["--version", "-h"]}
