"""sed scripts: the files and commands in them, and nothing in ordinary editing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.effect import Effect
from jackline.lower.scope import Scope
from jackline.lower.sed import lower_sed
from jackline.lower.surroundings import Surroundings, Table
from jackline.lower.word import UNKNOWN, Data, Hole, Word


def _shell(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    scope.opaque(f"shell:{code.text}")
    return UNKNOWN


def _lower(code: Word | Data) -> list[Effect]:
    surroundings = Surroundings(Table(), cwd="/ws", workspace="/ws", home="/home/me", user="me")
    scope = Scope(surroundings, {"shell": _shell})
    lower_sed(code, scope)
    return scope.effects


def _names(code: Word | Data) -> list[tuple[str, str]]:
    return [(effect.verb, effect.resource.name) for effect in _lower(code)]


@pytest.mark.parametrize(
    "script",
    ["s/a/b/", "s|/usr/bin|/opt|g", "3p", "2,5d", "/start/,/end/{s/x/y/;p}", "$!N;P;D", "1i\\\nrm -rf /", "a\\ w out", "/[/w]/d", "s/[^/]*\\///2gI",
     "y/abc/xyz/", ":a;s/x/y/;ta", "s/a/w file/", "# w out\np", "s,e,e,g", "0,/re/I s//x/p", "\\|x|d", "$=", "1~2d", "s/a/b/;s/c/d/", "/x/!s/a/b/", "q5",
     "c\\\ntext\np", "n;d", "}"],
)  # fmt: skip
def test_editing_has_no_effects(script: str) -> None:
    assert _names(Word((script,))) == []


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("w out.txt", [("modify", "/ws/out.txt")]),
        ("/x/W /tmp/o", [("modify", "/tmp/o")]),
        ("r in.txt", [("read", "/ws/in.txt")]),
        ("s/a/b/w out.txt", [("modify", "/ws/out.txt")]),
        ("s/a/b/gw /dev/stdout", []),
        ("s/a/b/e", [("opaque", "lines of the input, executed")]),
        ("e", [("opaque", "lines of the input, executed")]),
        ("1e rm -rf x\np", [("opaque", "shell:rm -rf x")]),
        ("s/a/b/;e id", [("opaque", "shell:id")]),
        ("s/a", [("opaque", "sed script")]),
        ("k", [("opaque", "sed script")]),
    ],
)
def test_files_and_commands_are_found(script: str, expected: list[tuple[str, str]]) -> None:
    assert _names(Word((script,))) == expected


def test_unknown_pieces() -> None:
    assert _names(Word(("s/", Hole("$A"), "/b/"))) == []
    assert _names(Word(("s/a/b/", Hole("$A")))) == [("opaque", "sed script")]
    assert _names(Word((Hole("$A"),))) == [("opaque", "sed script")]
    assert _names(UNKNOWN) == [("opaque", "sed script")]
    assert _names(Word(("w ", Hole("$F")))) == [("modify", "/ws/*")]


@given(st.text(alphabet="sywreEadc/{}|[]\\;\n123,$!pn:b \0", max_size=60))
def test_any_script_ends(script: str) -> None:
    _lower(Word((script,)))
