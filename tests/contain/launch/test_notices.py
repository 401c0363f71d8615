"""What an observed sandbox does is announced, in order, and goes on as if nobody had looked."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.launch import Sandbox, Streams
from jackline.contain.launch.notices import MAX_WORDS, Notice, _address, observe
from jackline.contain.plan import Listener
from tests.contain.launch.ground import PATIENCE, drain


def watched(ground, *argv, **changes):
    """What was announced of a program, its exit code and its output."""
    notices = []
    out, to_out = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    sandbox = Sandbox.start(ground.plan(*argv, observed=True, **changes), ground.holder, Streams(null, to_out, to_out))
    os.close(to_out)
    os.close(null)
    observer = threading.Thread(target=observe, args=(sandbox.notifier, notices.append))
    observer.start()
    (said,) = drain(out)
    code = sandbox.wait(PATIENCE)
    observer.join(PATIENCE)
    assert not observer.is_alive(), "it ends when nobody is left"
    sandbox.close()
    return notices, code, said


def test_programs_are_announced_with_their_words(ground):
    notices, code, said = watched(ground, "sh", "-c", "env printf '%s|' 'a b' ünï; env false; /usr/bin/env true")
    assert (code, said) == (0, "a b|ünï|".encode())
    assert {each.kind for each in notices} == {"exec"}
    found = [(each.target, each.words) for each in notices]
    assert ("/usr/bin/env", ("env", "printf", "%s|", "a b", "ünï")) in found
    assert ("/usr/bin/printf", ("printf", "%s|", "a b", "ünï")) in found
    assert ("/usr/bin/env", ("/usr/bin/env", "true")) in found
    assert notices[0].words[:2] == ("sh", "-c"), "the first is the program itself"
    assert {each.parent for each in notices if each.words[:1] == ("env",)} == {notices[0].process}


def test_what_is_not_found_is_announced_too(ground):
    notices, code, _ = watched(ground, "sh", "-c", "/nonesuch/program x")
    assert code == 127
    assert notices[-1].target == "/nonesuch/program"


def test_connections_are_announced(ground):
    listeners = (Listener("tcp", "127.0.0.1", 80), Listener("tcp", "::1", 443))
    text = "exec 3<>/dev/tcp/127.0.0.1/80; exec 3<>/dev/tcp/::1/443; exec 3<>/dev/tcp/10.1.2.3/22"
    notices, _, _ = watched(ground, "bash", "-c", text, listeners=listeners)
    connects = [(each.target, each.port) for each in notices if each.kind == "connect" and each.port]
    assert connects == [("127.0.0.1", 80), ("::1", 443), ("10.1.2.3", 22)]
    notices, _, _ = watched(ground, "/probe", "abstract", environment={"ARGUMENT": "name"})
    assert [each.target for each in notices if each.kind == "connect"] == ["@name"]


def test_many_words_and_long_ones_are_cut(ground):
    notices, code, _ = watched(ground, "sh", "-c", "env true $(seq 100); env true $(printf %09000d 1)")
    assert code == 0
    words = [each.words for each in notices if each.target == "/usr/bin/env"]
    assert len(words[0]) == MAX_WORDS
    assert len(words[1][2]) == 4096


def test_a_reader_that_fails_stops_no_program(ground):
    given_up = []

    def fail(notice):
        given_up.append(notice)
        raise KeyError

    out, to_out = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    plan = ground.plan("sh", "-c", "env true; echo went on", observed=True)
    sandbox = Sandbox.start(plan, ground.holder, Streams(null, to_out, to_out))
    os.close(to_out)
    os.close(null)
    for _ in range(2):
        with pytest.raises(KeyError):
            observe(sandbox.notifier, fail)
    observer = threading.Thread(target=observe, args=(sandbox.notifier, given_up.append))
    observer.start()
    assert drain(out) == (b"went on\n",)
    assert sandbox.wait(PATIENCE) == 0
    observer.join(PATIENCE)
    sandbox.close()


@given(st.binary(max_size=130))
def test_an_address_is_read_from_any_bytes(raw):
    target, port = _address(raw)
    assert isinstance(target, str)
    assert 0 <= port <= 65535
    assert isinstance(Notice("connect", 1, 1, target, port), Notice)
