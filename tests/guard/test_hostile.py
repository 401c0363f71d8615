"""Hostile hook input, through the whole service: it is stopped or judged as what it says, and the guard lives on."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.clients import CLIENTS
from tests.clients.conftest import sample
from tests.guard.desk_top import Desktop
from tests.guard.test_refusals import DENIALS

DANGER = "rm -rf /"
WHOLE = json.dumps(
    {
        "session_id": "s", "transcript_path": "", "cwd": "/work/p", "permission_mode": "bypassPermissions",
        "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": DANGER}, "tool_use_id": "t",
    }
)  # fmt: skip


def stopped(code, out, err):
    """Whether the client would stop: exit 2 with a sentence, or a whole JSON denial."""
    if code == 2:
        return out == b"" and err.startswith(b"Jackline") and err.count(b"\n") == 1
    answer = json.loads(out)
    return code == 0 and answer.get("hookSpecificOutput", {}).get("permissionDecision") == "deny"


def hook(desktop, body):
    return desktop.ask("hook", "claude", body)


HOSTILE = {
    "nothing": b"",
    "a NUL": b"\0",
    "not UTF-8": WHOLE.encode().replace(b"rm", b"\xff\xfe"),
    "a byte order mark": b"\xef\xbb\xbf" + WHOLE.encode(),
    "UTF-16": WHOLE.encode("utf-16"),
    "half a surrogate": WHOLE.replace("rm -rf", "\\ud800rm -rf").encode(),
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a deep argument": WHOLE.replace('"rm -rf /"', "[" * 5000 + "]" * 5000).encode(),
    "NaN": WHOLE.replace('"rm -rf /"', "NaN").encode(),
    "a huge number": WHOLE.replace('"rm -rf /"', "9" * 10_000).encode(),
    "a huge exponent": WHOLE.replace('"rm -rf /"', "1e999999").encode(),
    "two objects": (WHOLE + WHOLE).encode(),
    "a trailing comma": WHOLE.replace("}}", "},}").encode(),
    "a list as the command": WHOLE.replace('"rm -rf /"', '["rm", "-rf", "/"]').encode(),
    "an object as the command": WHOLE.replace('"rm -rf /"', '{"a": "rm -rf /"}').encode(),
    "null as the command": WHOLE.replace('"rm -rf /"', "null").encode(),
    "true as the command": WHOLE.replace('"rm -rf /"', "true").encode(),
    "a number as the session": WHOLE.replace('"s"', "7").encode(),
    "an empty session": WHOLE.replace('"s"', '""').encode(),
    "no directory": WHOLE.replace('"cwd"', '"dwc"').encode(),
    "a relative directory": WHOLE.replace("/work/p", "work/p").encode(),
    "a directory of Windows": WHOLE.replace("/work/p", "C:\\\\work").encode(),
    "a NUL in the directory": WHOLE.replace("/work/p", "/work/\\u0000p").encode(),
    "no tool": WHOLE.replace('"Bash"', '""').encode(),
    "a list as the tool": WHOLE.replace('"Bash"', '["Bash"]').encode(),
    "no input": WHOLE.replace('"tool_input"', '"tool_inputs"').encode(),
    "a text as the input": WHOLE.replace('{"command": "rm -rf /"}', '"rm -rf /"').encode(),
    "a number as the call": WHOLE.replace('"t"', "3").encode(),
    "an agent that is a list": WHOLE.replace('"session_id"', '"agent_id": ["x"], "session_id"').encode(),
    "a million spaces": WHOLE.replace("rm -rf", "rm" + " " * 1_000_000 + "-rf").encode(),
    "a megabyte of quotes": WHOLE.replace("rm -rf /", "'" * 1_000_001 + "; rm -rf /").encode(),
    "control characters": WHOLE.replace("rm -rf /", "\\u001b[2J\\u202erm -rf /; rm -rf /").encode(),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    found = Desktop(tmp_path_factory.mktemp("hostile") / "machine")
    yield found
    found.service.close()


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_stopped_and_the_guard_lives_on(shared, body):
    assert stopped(*hook(shared, body))
    assert shared.shell("ls")["verdict"] == ""
    assert shared.shell(DANGER)["verdict"] == "deny"


def test_of_a_key_given_twice_the_last_counts_as_it_does_for_the_client(desktop):
    """JSON.parse takes the last: a guard that took the first would judge another command than runs."""
    twice = WHOLE.replace('"command": "rm -rf /"', '"command": "ls", "command": "rm -rf /"').encode()
    assert stopped(*hook(desktop, twice))
    other = WHOLE.replace('"command": "rm -rf /"', '"command": "rm -rf /", "command": "ls"').encode()
    assert json.loads(hook(desktop, other)[1]) == {}


def test_an_event_that_is_not_known_lets_nothing_be_skipped(desktop):
    """A later version's events are answered with nothing to say; they stop nothing, and record no action."""
    code, out, _ = hook(desktop, WHOLE.replace("PreToolUse", "PreToolUseV2").encode())
    assert (code, json.loads(out)) == (0, {})
    assert desktop.events("requested") == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(CLIENTS)), st.data())
def test_a_field_of_any_other_type_is_answered_and_never_fails_us(shared, client, data):
    """Each field of a real message in turn: the answer is whole, and no defect of ours is in it."""
    message = json.loads(sample(client, DENIALS[client][0]))
    place = message
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if isinstance(place[key], dict) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        place[key] = data.draw(JSON)
        break
    code, out, err = shared.ask("hook", client, json.dumps(message).encode())
    assert code in {0, 2}
    assert code == 0 or (out == b"" and err.strip())
    assert code == 2 or isinstance(json.loads(out), dict)
    assert b"please report" not in out + err, message


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(CLIENTS)), st.binary(max_size=200), st.integers(0, 400), st.integers(0, 400))
def test_any_bytes_in_the_middle_are_answered(shared, client, noise, start, length):
    body = sample(client, DENIALS[client][0])
    body = body[:start] + noise + body[start + length :]
    code, out, err = shared.ask("hook", client, body)
    assert code in {0, 2}
    assert b"please report" not in out + err
    assert code == 2 or isinstance(json.loads(out), dict)


PARAMETERS = (
    b"", b"{", b"[]", b"3", b"{}", b"\xff", b'{"id": 3}', b'{"id": null}', b'{"id": ["A1"]}', b'{"id": "A1", "code": 5}', b'{"like": {}}',
    b'{"like": "A1", "until": "x"}', b'{"like": "A1", "until": 1e400}', b'{"minutes": true}', b'{"minutes": 1e9}', b'{"minutes": -1}',
    b'{"action": 3}', b'{"action": {"tool": "shell", "arguments": {"command": 3}, "cwd": "/x"}}', b'{"id": "\\u0000"}',
    b'{"action": {"tool": "shell", "arguments": {}, "cwd": "x"}}', b'{"session": 3, "action": 4}', b'{"id": "%s"}' % (b"A" * 100_000),
)  # fmt: skip


@pytest.mark.parametrize(
    "method", ["status", "decide", "waiting", "changes", "approve", "refuse", "undo", "keep", "allow", "allow_until", "classes", "end_class", "pause", "nosuch"]
)  # fmt: skip
def test_a_call_with_wrong_parameters_is_one_sentence(shared, method):
    for parameters in PARAMETERS:
        code, out, err = shared.ask("call", method, parameters)
        assert code in {0, 1, 2}, (method, parameters[:60])
        assert code == 0 or (out == b"" and err.count(b"\n") == 1), (method, parameters[:60])
        assert code or json.loads(out) is not None
    assert shared.call("status")["pausedSeconds"] == 0
