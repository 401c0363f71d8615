"""Files that are damaged, or that mean harm: nothing raises, nothing waits, what is lost is counted."""

from __future__ import annotations

import io
import json
import os
import resource
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.clients.transcripts import SOURCES, Damage, Header, open_transcripts, read
from jackline.clients.transcripts import lines as reading
from jackline.clients.transcripts.elements import elements
from jackline.clients.transcripts.lines import decoded, lines, mend
from jackline.clients.transcripts.messages import MessagesSource
from jackline.core.errors import UsageError
from jackline.core.history import Turn
from jackline.ledger.foreign import rows
from tests.clients.transcripts.notation import entries, written

ANY = msgspec.json.Decoder()
MESSAGE = {"role": "user", "content": "hi"}
CALL = {
    "role": "assistant",
    "content": "",
    "tool_calls": [{"id": "1", "function": {"name": "bash", "arguments": '{"command": "id"}'}}],
}


def claude_line(**more: Any) -> dict[str, Any]:
    base = {"parentUuid": None, "isSidechain": False, "type": "user", "message": {"role": "user", "content": "hi"}, "uuid": "u1", "timestamp": "2026-11-22T06:00:00.000Z", "cwd": "/w", "sessionId": "s1", "version": "2.1.330"}  # fmt: skip
    return {**base, **more}


def found_in(path: Path, damage: Damage) -> list[Any]:
    return [
        entry
        for each in open_transcripts([path], Path("/nowhere"), {}, (), damage)
        for entry in read(each, damage, rows)
    ]


# ---- lines ----------------------------------------------------------------------------------------------------------


def test_a_line_over_the_bound_is_skipped_without_being_held(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "MAX_LINE", 1 << 21)
    data = b'{"a":1}\n"' + b"x" * (1 << 24) + b'"\n{"a":2}\n'
    file, damage = io.BytesIO(data), Damage()
    tracemalloc.start()
    assert list(decoded(file, Path("f"), damage, ANY)) == [(1, {"a": 1}), (3, {"a": 2})]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 << 22
    assert (damage.places, damage.bytes, damage.reasons) == (1, (1 << 24) + 2, {"a line over 2 MiB": 1})


def test_a_file_that_grows_is_read_to_the_size_that_it_had(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":1}\n' * 3)
    with path.open("rb") as file, path.open("ab") as writer:
        seen = []
        for _, line in lines(file, path, Damage()):
            writer.write(b'{"a":2}\n' * 100)
            writer.flush()
            seen.append(line)
    assert seen == [b'{"a":1}'] * 3


@given(
    st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line and line.strip()), max_size=20),
    st.integers(1, 64),
)
@settings(max_examples=60, deadline=None)
def test_lines_are_those_between_line_ends_whatever_the_size_of_the_pieces(given_lines: list[bytes], chunk: int):
    original, reading._CHUNK = reading._CHUNK, chunk  # type: ignore[misc]
    try:
        assert [line for _, line in lines(io.BytesIO(b"\n".join(given_lines)), Path("f"), Damage())] == given_lines
    finally:
        reading._CHUNK = original  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a":"\\ud83d"}', {"a": "\ufffd"}),  # half a pair, as JavaScript writes it
        (b'{"a":"\\ud83d\\ude00 \\\\ud83d"}', {"a": "\U0001f600 \\ud83d"}),
        (b'{"a":"\xff"}', {"a": "\ufffd"}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":[NaN,-Infinity,1],"b":null}', {"a": [None, None, 1], "b": None}),
        (b'{"a":"x\ty\x01"}', {"a": "x\ty\x01"}),
        (b'{"a":' + b"9" * 5000 + b"}", {"a": float("inf")}),
        (b'{"a":', None),
        (b"[" * 100_000, None),
    ],
)
def test_what_is_nearly_json_is_mended(text: bytes, value: Any):
    assert mend(text, ANY) == value


def test_characters_and_numbers_are_mended_in_a_text_of_any_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "MAX_LINE", 1 << 20)
    text = b'[{"a":"' + b"x" * (1 << 24) + b'\xff"},"\\ud800",-Infinity,NaN,-1,"NaN"]'
    tracemalloc.start()
    value = mend(text, ANY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert value == [{"a": "x" * (1 << 24) + "\ufffd"}, "\ufffd", None, None, -1, "NaN"]
    assert peak < 6 * len(text)
    assert mend(b'["\t"]', ANY) == ["\t"]
    assert mend(b'["\t","' + b"x" * (1 << 20) + b'"]', ANY) is None


@pytest.mark.parametrize("name", ["claude", "messages"])
@pytest.mark.parametrize("broken", [b'"\\ud83d"', b'"\xff\xfe"', b"NaN"])
def test_a_call_cannot_hide_beside_a_broken_character(name: str, broken: bytes):
    value = claude_line(type="assistant", message={"content": [{"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "id"}}]}, extra="@") if name == "claude" else {"messages": [CALL], "extra": "@"}  # fmt: skip
    data = json.dumps(value).encode().replace(b'"@"', broken)
    assert [line for line in written(entries(SOURCES[name](), data, "/a.jsonl")) if line.startswith("call")] == [
        f'call {"t" if name == "claude" else "1"} shell {{"command":"id"}}'
    ]


# ---- arrays ---------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4), max_leaves=12,
)  # fmt: skip


@given(st.lists(JSON, max_size=8), st.integers(1, 40), st.sampled_from([None, 1]))
@settings(max_examples=50, deadline=None)
def test_an_array_is_split_into_its_elements_whatever_the_size_of_the_pieces(
    values: list[Any], chunk: int, indent: int | None
):
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(chunk, size or 0))

    damage = Damage()
    data = json.dumps(values, indent=indent).encode()
    assert [json.loads(text) for _, text in elements(Slow(data), Path("f"), damage)] == values
    assert damage == Damage()


def test_a_large_array_of_conversations_is_read_one_by_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jackline.clients.transcripts.messages.STREAMED", 100)
    data = json.dumps([{"messages": [MESSAGE, CALL]}] * 50, indent=1).encode()
    assert written(entries(MessagesSource(), data)) == ["prompt hi", 'call 1 shell {"command":"id"}'] * 50


def test_an_array_that_ends_too_early_is_read_to_its_end_and_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jackline.clients.transcripts.messages.STREAMED", 100)
    damage = Damage()
    data = json.dumps([{"messages": [MESSAGE]}] * 50).encode()[:-40]
    assert written(entries(MessagesSource(), data, damage=damage)) == ["prompt hi"] * 49
    assert damage.reasons == {"an array that ends too early": 1}


# ---- places ---------------------------------------------------------------------------------------------------------


def test_links_pipes_and_devices_are_never_opened(tmp_path: Path):
    inside = tmp_path / "in"
    (inside / "deep").mkdir(parents=True)
    (inside / "deep" / "loop").symlink_to(inside)
    outside = tmp_path / "secret.jsonl"
    outside.write_text(json.dumps(claude_line()))
    (inside / "a.jsonl").symlink_to(outside)
    os.mkfifo(inside / "b.jsonl")
    (inside / "c.jsonl").write_text(json.dumps(claude_line()))
    damage = Damage()
    assert [each.paths for each in open_transcripts([inside], Path("/nowhere"), {}, (), damage)] == [
        (str(inside / "c.jsonl"),)
    ]
    os.mkfifo(tmp_path / "d.jsonl")
    assert list(open_transcripts([tmp_path / "d.jsonl"], Path("/nowhere"), {}, (), damage)) == []
    assert damage.files == 1


def test_a_file_that_became_a_link_after_it_was_found_is_not_followed(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(claude_line()))
    (found,) = open_transcripts([path], Path("/nowhere"), {})
    path.rename(tmp_path / "b.jsonl")
    path.symlink_to(tmp_path / "b.jsonl")
    damage = Damage()
    assert list(read(found, damage)) == []
    assert damage.files == 1


def test_a_clients_folder_that_is_itself_a_link_is_read(tmp_path: Path):
    real = tmp_path / "dotfiles" / "projects" / "p"
    real.mkdir(parents=True)
    (real / "s.jsonl").write_text(json.dumps(claude_line()))
    (tmp_path / ".claude").symlink_to(tmp_path / "dotfiles")
    assert len(list(open_transcripts([], tmp_path, {}))) == 1


def test_what_nobody_recognises_is_said_only_where_it_was_named(tmp_path: Path):
    (tmp_path / "package.json").write_text('{"name": "x"}')
    damage = Damage()
    assert list(open_transcripts([tmp_path], Path("/nowhere"), {}, (), damage)) == []
    assert damage == Damage()
    assert list(open_transcripts([tmp_path / "package.json"], Path("/nowhere"), {}, (), damage)) == []
    assert damage.reasons == {"no transcript of a form that is known": 1}


def test_an_unknown_client_and_a_missing_path_are_errors_of_usage():
    with pytest.raises(UsageError, match="no `nobody` transcript"):
        list(open_transcripts([], Path("/nowhere"), {}, ["nobody"]))
    with pytest.raises(UsageError, match="/nowhere/x"):
        list(open_transcripts([Path("/nowhere/x")], Path("/nowhere"), {}))


def test_folders_deeper_than_the_bound_are_counted(tmp_path: Path):
    deep = tmp_path.joinpath(*["d"] * 20)
    deep.mkdir(parents=True)
    damage = Damage()
    assert list(open_transcripts([tmp_path], Path("/nowhere"), {}, (), damage)) == []
    assert damage.files == 1


# ---- sessions -------------------------------------------------------------------------------------------------------


def number(value: int) -> str:
    return f"00000000-0000-0000-0000-{value:012d}"


def said(entry: int, session: int, text: str) -> dict[str, Any]:
    return claude_line(uuid=number(entry), sessionId=number(session), message={"role": "user", "content": text})


def test_a_forked_session_repeats_nothing(tmp_path: Path):
    begun = {"type": "queue-operation", "timestamp": "2026-11-22T07:00:00.000Z", "sessionId": number(102)}
    fork = [begun, said(1, 102, "one"), said(2, 102, "two"), said(3, 102, "three")]
    first = [said(1, 101, "one"), said(2, 101, "two")]
    for name, content in (("a", fork), ("b", first)):  # the fork comes first by its name
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(line, separators=(",", ":")) for line in content))
    (found,) = open_transcripts([tmp_path], Path("/nowhere"), {})
    got = list(read(found, Damage()))
    assert written(got) == ["prompt one", "prompt two", "prompt three"]
    headers = [entry for entry in got if isinstance(entry, Header)]
    assert [(header.session, header.resumes) for header in headers] == [(number(101), ""), (number(102), number(101))]


def test_a_version_after_the_newest_that_was_tested_is_said():
    damage = Damage()
    data = json.dumps(claude_line(version="99.1.0")).encode()
    assert written(entries(SOURCES["claude"](), data, "/a.jsonl", damage)) == ["prompt hi"]
    assert damage.newer == {"claude 99.1.0 (tested up to 2.1.330)"}


def test_an_entry_of_another_shape_is_counted_and_the_rest_is_read():
    damage = Damage()
    data = b"\n".join(
        [json.dumps(claude_line(message=7)).encode(), b'{"cut', b"[]", json.dumps(claude_line()).encode()]
    )
    assert written(entries(SOURCES["claude"](), data, "/a.jsonl", damage)) == ["prompt hi"]
    assert damage.places == 3


def test_a_null_where_the_format_has_a_text_loses_nothing():
    data = json.dumps(
        claude_line(timestamp=None, message={"content": [{"type": "text", "text": "hi", "id": None, "name": None}]})
    ).encode()
    assert written(entries(SOURCES["claude"](), data, "/a.jsonl")) == ["prompt hi"]


def test_two_files_interleaved_keep_their_sessions_apart():
    data = "\n".join(
        json.dumps(claude_line(uuid=f"u{n}", sessionId=f"s{n % 2}", message={"role": "user", "content": str(n)}))
        for n in range(6)
    ).encode()
    found = [entry for entry in entries(SOURCES["claude"](), data, "/a.jsonl") if isinstance(entry, Turn)]
    assert [(turn.session, turn.text) for turn in found] == [(f"s{n % 2}", str(n)) for n in range(6)]


def test_arguments_that_are_nested_too_deep_are_kept_as_a_note():
    deep = json.loads("[" * 400 + "]" * 400)
    data = json.dumps(
        {
            "messages": [
                {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "x", "arguments": {"a": deep}}}]}
            ]
        }
    ).encode()
    assert written(entries(MessagesSource(), data)) == ['call 1 framework/x {"arguments":"nested too deep to be read"}']


# ---- whatever comes in a database ----------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_counted(tmp_path: Path):
    path = tmp_path / "opencode.db"
    path.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
    damage = Damage()
    assert found_in(path, damage) == []
    assert damage.files == 1


# ---- whatever comes -------------------------------------------------------------------------------------------------

WORDS = st.sampled_from([
    "role", "content", "messages", "user", "assistant", "tool", "tool_calls", "function", "name", "arguments", "type", "text", "tool_use", "tool_result", "input", "id",
    "sessionId", "uuid", "message", "payload", "response_item", "function_call", "call_id", "output", "parts", "functionCall", "functionResponse", "args", "toolCalls", "$set",
    "resourceSpans", "spans", "spanId", "attributes", "key", "value", "stringValue", "eval", "samples", "steps", "action", "observation", "thought", "bash", "command", "status",
    "error", "from", "trajectory", "choices", "event", "timestamp", "info", "state", "callID", "system", "session_meta", "attachment", "rendered", "uiEvent", "systemPayload",
])  # fmt: skip
SHAPES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6), max_leaves=30,
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "opencode"])
@given(values=st.lists(SHAPES, min_size=1, max_size=4), suffix=st.sampled_from([".jsonl", ".json", ".eval"]))
@settings(max_examples=40, deadline=None)
def test_no_shape_of_json_makes_a_source_raise(name: str, values: list[Any], suffix: str):
    data = "\n".join(json.dumps(value) for value in values).encode()
    for entry in SOURCES[name]().read(io.BytesIO(data), Path(f"/a{suffix}"), Damage()):
        msgspec.json.encode(entry)  # whatever is yielded can be written down


@pytest.mark.parametrize("name", list(SOURCES))
@given(data=st.binary(max_size=300), suffix=st.sampled_from([".jsonl", ".json", ".eval"]))
@settings(max_examples=30, deadline=None)
def test_no_bytes_make_a_source_raise(name: str, data: bytes, suffix: str):
    source = SOURCES[name]()
    source.recognises(data, Path(f"/a{suffix}"))
    source.tie(data, Path(f"/a{suffix}"))
    assert list(source.read(io.BytesIO(data), Path(f"/a{suffix}"), Damage())) is not None


SAMPLES = sorted((Path(__file__).parent / "samples").rglob("*.jsonl"))[::3]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
@given(st.data())
@settings(max_examples=6, deadline=None)
def test_a_real_transcript_with_bytes_exchanged_is_read_as_far_as_it_goes(path: Path, data: st.DataObject):
    text = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(text)))
    for source in SOURCES.values():
        if source().recognises(bytes(text[:cut]), path):
            for entry in source().read(io.BytesIO(bytes(text[:cut])), path, Damage()):
                msgspec.json.encode(entry)


def test_memory_is_bounded_by_the_longest_line_and_not_by_the_file(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    line = json.dumps(claude_line(message={"role": "user", "content": "x" * 5000})).replace('"u1"', '"{}"')
    with path.open("w") as file:
        for number in range(4000):
            file.write(line.replace('"{}"', f'"u{number}"') + "\n")
    (found,) = open_transcripts([path], Path("/nowhere"), {})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in read(found, Damage())) == 4001
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30 << 10
