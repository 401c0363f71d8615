"""HCL's blocks, as far as they are read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.manifests.hcl import Block, blocks, json_blocks
from jackline.lower.word import Hole

from .worlds import shown


def told(block: Block) -> list[str]:
    """Each block as a line: kind, labels, attributes (`?` for what is no text and no list)."""
    lines = []
    for inner in block.walk():
        values = []
        for name, value in inner.attributes.items():
            one = (
                shown(value)
                if isinstance(value, tuple)
                else [shown(part) if part is not None else "?" for part in value]
                if isinstance(value, list)
                else "?"
            )
            values.append(f"{name}={one}")
        lines.append(
            " ".join([inner.kind, *inner.labels, *values, *sorted(f"{name}()" for name in inner.calls)]).strip()
        )
    return [line for line in lines if line]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a "b" "c" {\n  d = "e"\n}\n', ["a b c d=e"]),
        ("a { b = 1 }", ["a b=1"]),
        ("a {\n  b {\n    c {}\n  }\n}\n", ["a", "b", "c"]),
        ('x = "a ${b["c"]} d $${e} \\n"', ['x=a {${b["c"]}} d ${e}']),
        ('x = ["a", var.b, "c"]\n', ["x=['?']"]),
        ('x = ["a",\n  "b", # comment\n]\n', ["x=['a', 'b']"]),
        ('x = ["-c", b]\n', ["x=['-c', '?']"]),
        ('x = { a = "1", b = c }\n', ["x=?", "= a=1 b=?"]),
        ("x = a ? b(1) : c(2)\ny = 1\n", ["x=? y=1 b() c()"]),
        ("x = <<EOF\nline ${a}\n  EOF\n", ["x=line {${a}}"]),
        ('x = <<-E\n  rm "a"\nE\ny = 2\n', ['x=  rm "a"\n y=2']),
        ("# c\n// c\n/* c\n*/ a {}\n", ["a"]),
        ('x = [for s in y : upper(s) if s != ""]\n', ["x=['?'] upper()"]),
        ("x = merge(a, {\n  b = 1\n})\nc = 2\n", ["x=? c=2 merge()"]),
    ],
)  # fmt: skip
def test_blocks(text: str, expected: list[str]) -> None:
    found = blocks(text)
    assert found is not None
    assert told(found) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a {",
        'x = "a',
        "x = <<EOF\na\n",
        "}",
        "x =\n",
        "{{{{",
        "a b c",
        "x = (" * 40,
        "a {" * 2000,
        "\x00",
        '"${' * 3000,
    ],
)
def test_what_is_no_hcl(text: str) -> None:
    assert blocks(text) is None


def test_json_syntax() -> None:
    found = json_blocks(
        json.dumps(
            {
                "data": {"external": {"x": {"program": ["a", "${b}"]}}},
                "resource": {"r": {"y": {"provisioner": [{"local-exec": {"command": "c"}}]}}},
            }
        )
    )
    assert found is not None
    assert told(found) == [
        "data external x program=['a', '{${b}}']",
        "resource r y",
        "provisioner local-exec command=c",
    ]
    assert json_blocks("[" * 100_000) is None


def test_an_interpolation_is_nobodys_until_its_author_is_known() -> None:
    found = blocks('x = "${a}"')
    assert found is not None
    value = found.text("x")
    assert value is not None
    assert isinstance(value[0], Hole)
    assert value[0].authorship == "unknown"


@given(st.text(max_size=80) | st.text('ab{}[]()="$\\\n,:<-E#/*.?', max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    blocks(text)
    json_blocks(text)
