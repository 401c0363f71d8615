"""Hostile answers, generated: the programs never crash, never say yes to half an answer, and agree with each other."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import jackline.hook_client
from tests.native.conftest import UNLEAKED
from tests.native.fake_guard import FakeGuard, reply
from tests.native.test_hook import call

numbers = st.one_of(
    st.integers(-2, 3).map(str), st.integers(0, 2**70).map(str),
    st.sampled_from(["", "00", "007", "1e3", " 1", "1 ", "0x1", "16777216", "16777217", "99999999", "126", "²"]),
)  # fmt: skip
bodies = st.one_of(st.binary(max_size=40), st.sampled_from([b"{}", b'{"a":1}\n', b"{", b"}", b"{\0}", b"[]", b""]))
headers = st.builds(
    lambda *words: " ".join(words).encode() + b"\n",
    st.sampled_from(["JL1", "JL2", "jl1", ""]),
    st.sampled_from(["reply", "wait", "repl"]),
    numbers,
    numbers,
    numbers,
)
answers = st.lists(
    st.one_of(
        st.just(b"JL1 wait\n"), headers, bodies, st.binary(max_size=80),
        st.builds(reply, st.sampled_from([0, 0, 0, 2, 1, 126, 255]), bodies, bodies),
    ),
    max_size=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def everyone(request, tmp_path_factory):
    """All the hook programs that can be built here, and one fake guard that they share."""
    twin = Path(jackline.hook_client.__file__).with_name("twin.py")
    commands = {"twin": [sys.executable, "-I", "-S", str(twin), "hook"]}
    if shutil.which("cc") is not None:
        commands["native"] = [str(request.getfixturevalue("compiled") / "jackline-hook")]
        commands["sanitized"] = [*UNLEAKED, str(request.getfixturevalue("sanitized") / "jackline-hook")]
    with FakeGuard(tmp_path_factory.mktemp("fuzz") / "guard.sock") as guard:
        yield commands, guard


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pieces=answers)
def test_all_programs_agree_on_every_answer_and_none_says_yes_to_half(everyone, pieces):
    commands, guard = everyone
    guard.says(*pieces)
    seen = {}
    for name, command in commands.items():
        done = call(command, "--socket", str(guard.path), "--deadline", "20000", "claude", stdin=b"{}")
        seen[name] = (done.returncode, done.stdout, done.stderr)
        assert done.returncode in {0, 2}, (name, done.stderr)
        if done.returncode == 0:
            assert done.stdout.startswith(b"{")
            assert done.stdout.rstrip().endswith(b"}")
            assert b"JL1 reply 0 %d " % len(done.stdout) in b"".join(pieces)
        else:
            assert done.stdout or done.stderr
    assert len(set(seen.values())) == 1, seen


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3), cut=st.integers(1, 400))
def test_every_cut_of_an_honest_answer_blocks(everyone, value, cut):
    commands, guard = everyone
    answer = reply(0, json.dumps(value).encode())
    guard.says(answer[:-cut])
    for command in commands.values():
        assert call(command, "--socket", str(guard.path), "--deadline", "20000", "claude", stdin=b"{}").returncode == 2
