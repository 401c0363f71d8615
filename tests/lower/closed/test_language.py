"""Languages of which only known names are read: what is known is nothing, everything else is opaque."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.lower.closed.language import lower_closed, table_of
from jackline.lower.languages import LANGUAGES
from jackline.lower.scope import BoundsReached, Scope
from jackline.lower.surroundings import Surroundings, Table
from jackline.lower.word import word

NAMES = ("r", "julia", "lua", "gdb", "other")
NOTHING = {
    "r": ["print(1)", "x <- c(1, 2); mean(x)", "f <- function(a) a + 1; f(2)", 'cat("unlinked\\n")', "df |> dplyr::filter(y > 1)"],
    "julia": ["println(sum(1:3))", "using Statistics; mean([1, 2])", "x = [i^2 for i in 1:3]", 'println("n = $n")'],
    "lua": ["for i = 1, 3 do io.write(i) end", '-- os.remove\nprint("x")', "local t = {}; table.insert(t, 1)"],
    "gdb": ["run\nbt full", "info registers", "break main"],
    "other": ["(println (+ 1 2))", 'IO.puts("hi")', "print $ sum [1..10]"],
}  # fmt: skip
OPAQUE = {
    "r": ['unlink("x")', "sapply(f, unlink)", 'do.call("unlink", l)', 'base::file.remove("x")', 'fs::dir_delete("x")', "eval(parse(text = t))",
          "f <- system", "frob(1)", '`unlink`("x")', 'lapply(f, "system")', 'print("a)'],
    "julia": ['rm("x")', "run(`ls`)", "map(rm, f)", 'println("$(rm(1))")', 'Base.rm("x")', 'getfield(Base, n)("x")', "@eval x", "ccall(:system)"],
    "lua": ['os.execute("x")', "local o = os", '_G["os"]', 'require "ffi"', 'load("x")()', 'io.open("x", "w")', '--[=[ ]=] os.remove("x")'],
    "gdb": ["shell ls", "!ls", "python print(1)", "print system(1)", "source x", "frob"],
    "other": ['System.cmd("rm", [])', '(sh "rm")', 'os:cmd("x")', '"rm x".execute()', "unknown", "'(1)"],
}  # fmt: skip


def lowered(language: str, source: str) -> list[str]:
    around = Surroundings(Table(), cwd="/ws", workspace="/ws", home="/home/dev", user="dev")
    scope = Scope(around, LANGUAGES, text=source)
    lower_closed(language, word(source, 0, len(source)), scope)
    return [f"{effect.verb} {effect.resource.kind} {effect.resource.name}" for effect in scope.effects]


@pytest.mark.parametrize(("language", "source"), [(name, one) for name in NAMES for one in NOTHING[name]])
def test_known_names_alone_have_no_effect(language: str, source: str) -> None:
    assert lowered(language, source) == []


@pytest.mark.parametrize(("language", "source"), [(name, one) for name in NAMES for one in OPAQUE[name]])
def test_everything_else_is_opaque(language: str, source: str) -> None:
    assert any(effect.startswith("opaque process") for effect in lowered(language, source))


@pytest.mark.parametrize(
    ("language", "source", "effects"),
    [
        ("r", 'x <- read.csv("a.csv"); write.csv(x, "out.csv")', ["read file /ws/a.csv", "modify file /ws/out.csv"]),
        ("r", 'install.packages("dplyr")', ["install package cran:dplyr"]),
        ("r", 'cat("x", file = "notes.txt")', ["modify file /ws/notes.txt"]),
        ("r", 'writeLines("x")', []),
        ("r", 'writeLines("x", "notes.txt")', ["modify file /ws/notes.txt"]),
        ("r", 'read.csv("https://example.com/a.csv")', ["connect endpoint example.com"]),
        ("r", "write.csv(x, f)", ["opaque process r code: write.csv of what is not known"]),
        ("julia", 'using Pkg; Pkg.add("CSV")', ["install package julia:CSV"]),
        ("julia", 'include("test/runtests.jl")', ["opaque process /ws/test/runtests.jl"]),
    ],
)
def test_calls_that_do_something(language: str, source: str, effects: list[str]) -> None:
    assert lowered(language, source) == effects


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_known_twice(name: str) -> None:
    table = table_of(name)
    assert not table.harmless & table.dangerous
    assert not set(table.acts) & (table.harmless | table.dangerous)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NAMES[:3]), st.data(), st.text("ab (){}[]=,;\n+", max_size=20))
def test_a_dangerous_name_is_never_overlooked(language: str, data: st.DataObject, around: str) -> None:
    name = data.draw(st.sampled_from(sorted(one for one in table_of(language).dangerous if one[0].isalpha())))
    assert any(effect.startswith("opaque") for effect in lowered(language, f"{around} {name}(1) {around}"))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), st.text(max_size=120) | st.text("print unlink(\"'`#$[]{}=-\\;\n)", max_size=80))
def test_any_text_is_bounded_and_never_raises(language: str, source: str) -> None:
    with contextlib.suppress(BoundsReached):
        lowered(language, source)
