"""Nothing makes lowering raise, hang or drop: past a bound there is one more `opaque`, and it comes at once.

Work is held down by counted steps, not by a clock; the tests look at the steps, and at the effects.
"""

from __future__ import annotations

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.lower.scope import MAX_STEPS
from tests.lower.shell.fragments import commands
from tests.lower.shell.running import run, short


def layers(count: int) -> str:
    text = "rm f"
    for _ in range(count):
        text = f"echo {base64.b64encode(text.encode()).decode()} | base64 -d | sh"
    return text


READ_TO_THE_END = {
    "28 substitutions in each other": "echo " + "$(" * 28 + "rm f" + ")" * 28,
    "60 commands before the bad one": "; ".join(f"echo {n}" for n in range(80)) + "; rm f",
    "a list of 300": " && ".join(f"true {n}" for n in range(300)) + " && rm f",
    "a list of 300 that may fail": " || ".join(f"test -e {n}" for n in range(300)) + " || rm f",
    "60 KB of words": "echo " + "a " * 30_000 + "; rm f",
    "60 KB of commands": "true;" * 12_000 + "rm f",
    "60 KB of blanks": " " * 60_000 + "rm f",
    "60 KB of lines": "\n" * 60_000 + "rm f",
    "30 parentheses": "( " * 30 + "rm f" + " )" * 30,
    "30 defaults in each other": "unset x; " + "${x:-" * 30 + "rm" + "}" * 30 + " f",
    "5 layers of base64": layers(5),
    "a heredoc that never ends": "sh <<END\nrm f\n",
    "10,000 assignments": "a=1 " * 10_000 + "rm f",
    "2,000 functions": "".join(f"f{n}() {{ rm x{n}; }}; " for n in range(2000)) + "rm f",
    "CR LF": "echo a\r\nrm f",
    "a byte order mark of its own": "\ufeff\nrm f",
}

OPAQUE = {
    "10,000 substitutions": "echo " + "$(" * 10_000,
    "10,000 substitutions, closed": "echo " + "$(" * 10_000 + ")" * 10_000,
    "10,000 backticks with code": "echo " + "`rm f` " * 10_000,
    "a brace bomb as a command": "{1..1000000}{1..1000000}",
    "1 MB": "echo " + "a" * 1_000_000,
    "600 deletions": "; ".join(f"rm {n}" for n in range(600)),
    "200 branches in each other": "if a; then " * 200 + "rm f" + "; fi" * 200,
    "3,000 groups in each other": "{ " * 3000 + "rm f;" + " }" * 3000,
    "5,000 negations": "! " * 5000 + "rm f",
    "a quote that never ends": "echo 'rm f",
    "a NUL": "echo a\0b; rm f",
    "30 layers of base64": layers(30),
    "a fork bomb": ":(){ :|:& };:",
    "recursion": "f(){ f x$1; }; f",
    "mutual recursion": "f(){ g; }; g(){ f; }; f",
    "eval of itself": 'x=\'eval "$x"\'; eval "$x"',
    "loops in loops": "for a in {1..40}; do for b in {1..40}; do for c in {1..40}; do rm $a$b$c; done; done; done",
    "2,000 alternatives": "if a; then b; " + "elif c; then d; " * 2000 + "fi",
    "3,000 cases": "case $x in " + "a) b;; " * 3000 + "esac",
    "5,000 pipes": "a|" * 5000 + "a",
    "5,000 process substitutions": "<(" * 5000,
    "5,000 defaults": "echo " + "${x:-" * 5000 + "}" * 5000,
}

HARMLESS = {
    "20,000 braces": "echo " + "{" * 20_000,
    "braces in braces": "echo " + "{a," * 500 + "b" + "}" * 500,
    "400 pairs of braces": "echo " + "{a,b}" * 400,
    "arithmetic in parentheses": "echo $((" + "(" * 5000 + "1" + ")" * 5000 + "))",
    "a great power": "echo $((2**9999999999))",
    "a long sum": "echo $((" + "1+" * 20_000 + "1))",
    "a value that doubles": "x=aaaaaaaaaa; " + "x=$x$x; " * 40 + "echo $x",
    "a pattern to go back on": "x=" + "a" * 3000 + "; echo ${x##*a*a*a*a*a*a*a*b}",
    "a pattern to replace": "x=" + "a" * 1000 + "; echo ${x//*a*a*b/}",
    "a case to go back on": "case " + "a" * 5000 + " in *a*a*a*a*a*a*b) rm x;; esac",
    "a loop for ever": "while true; do echo; done",
    "a loop that counts for ever": "i=0; while :; do i=$((i+1)); done",
    "2,000 here-documents": "cat " + "<<E " * 2000 + "\n" + "E\n" * 2000,
    "a condition in parentheses": "[[ " + "( " * 5000 + "a" + " )" * 5000 + " ]]",
    "60 KB of comments": "# " * 30_000,
}


@pytest.mark.parametrize("text", READ_TO_THE_END.values(), ids=READ_TO_THE_END)
def test_what_fits_is_read_to_the_end(text):
    found = run(text)
    assert found.failure == ""
    assert any(effect.verb == "delete" and effect.resource.name in {"/ws/f", "/ws/f\r"} for effect in found.effects)


@pytest.mark.parametrize("text", OPAQUE.values(), ids=OPAQUE)
def test_what_does_not_fit_is_opaque(text):
    found = run(text)
    assert found.failure == ""
    assert any(effect.verb == "opaque" for effect in found.effects)
    assert found.steps <= MAX_STEPS + 1000


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_only_looks_large_is_read(text):
    found = run(text)
    assert found.failure == ""
    assert [short(effect) for effect in found.effects if effect.verb not in {"execute", "read"}] == []


def test_a_brace_bomb_of_names_is_a_name_that_is_not_known():
    effects = run("rm {1..1000000}{1..1000000}").effects
    assert any(effect.verb == "delete" and effect.resource.name == "*" for effect in effects)


ALPHABET = st.text(
    st.sampled_from("abrmf01 \t\n'\"\\$`(){}[]<>|&;#!*?~=:-+/@%^,._\0\u00e4\ud800\U000f0000"), max_size=60
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(ALPHABET)
def test_no_text_is_more_than_can_be_read(text):
    found = run(text)
    assert found.failure == ""
    assert found.steps <= MAX_STEPS + 1000


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(commands(), st.integers(0, 400), ALPHABET)
def test_no_broken_text_is_more_than_can_be_read(text, position, junk):
    found = run(text[:position] + junk + text[position:])
    assert found.failure == ""


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=4))
def test_arguments_of_any_shape_are_lowered(value):
    from jackline.core.action import Action
    from jackline.lower.lowering import lower
    from tests.lower.shell.running import surroundings

    for tool in ("shell", "Bash", "read", "python", "sql", "no such tool"):
        for arguments in ({}, {"command": value, "path": value, "code": value, "statement": value, "cwd": value}):
            found = lower(Action(tool=tool, arguments=arguments, cwd="/ws"), surroundings())
            assert found.failure == ""
            if tool == "no such tool":
                assert found.effects
