"""What filters print of a known input is what the real programs print of it."""

from __future__ import annotations

import base64
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.lower.catalogue import Command, run_program
from jackline.lower.word import Data

from .harness import WORKSPACE, scope_of, words_of

_INPUT = "one two\nthree:four:five\nrm -rf build\n"


def _folded(text: str, stdin: str) -> str | None:
    return run_program(Command(words_of(text), WORKSPACE, {}, Data(stdin, origin="user")), scope_of()).output.text


@pytest.mark.parametrize(
    "command",
    ["cat", "tac", "rev", "head -n 2", "head -1", "tail -n 1", "tail -n +2", "cut -d: -f2", "cut -c1-3,5", "cut -d' ' -f1 --output-delimiter=,",
     "tr a-z A-Z", "tr -d 'aeiou'", "tr 'A-Za-z' 'N-ZA-Mn-za-m'", "tr '[:lower:]' '[:upper:]'", "tr '\\n' ' '", "tr ab x", "base64", "tee /dev/null"],
)  # fmt: skip
def test_prints_what_the_program_prints(command: str) -> None:
    words = [word.text or "" for word in words_of(command)]
    if shutil.which(words[0]) is None:
        pytest.skip(f"`{words[0]}` is not installed here")
    real = subprocess.run(words, input=_INPUT, capture_output=True, text=True, check=True).stdout
    assert _folded(command, _INPUT) == real


@pytest.mark.parametrize(
    ("command", "stdin"), [("base64 -d", "!!"), ("cut -f1 --complement", "a"), ("tr -c a b", "x"), ("xxd -r -p", "zz")]
)
def test_what_is_not_followed_is_not_known(command: str, stdin: str) -> None:
    assert _folded(command, stdin) is None


def test_layers_unfold() -> None:
    text = "rm -rf build"
    coded = base64.b64encode(base64.b64encode(text.encode())).decode()
    once = _folded("base64 -d", coded)
    assert once is not None
    assert _folded("base64 --decode", once) == text


@settings(deadline=None)
@given(
    st.text(max_size=60),
    st.sampled_from(
        ["base64", "rev", "tac", "cat", "head -n 3", "tail -n 2", "cut -c2", "xxd -p", "base64 -d", "tr a b"]
    ),
)
def test_any_input_folds_or_is_unknown(stdin: str, command: str) -> None:
    folded = _folded(command, stdin)
    assert folded is None or isinstance(folded, str)


@given(st.text(max_size=40))
def test_base64_and_back_is_the_same(text: str) -> None:
    coded = _folded("base64", text)
    assert coded is not None
    assert _folded("base64 -d", coded) == text
