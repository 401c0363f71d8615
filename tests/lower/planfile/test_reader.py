"""Plans of the tool itself and plans written by the published schema are read; whatever is odd in a file gives nothing."""

from __future__ import annotations

import json
import struct
import tomllib
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.lower.planfile import archive as reading
from jackline.lower.planfile import read_plan
from jackline.lower.planfile.reader import MAX_CHANGES, MAX_CODE
from jackline.lower.planfile.wire import MAX_FIELDS
from tests.lower.planfile.plans import SECRET, Change, Plan, archive, number, one, value

FOLDER = Path(__file__).parent
SAMPLES = tomllib.loads((FOLDER / "samples.toml").read_text(encoding="utf-8"))


# Terraform's own.


@pytest.mark.parametrize("name", SAMPLES)
def test_what_terraform_wrote_is_what_it_shows(name):
    expected = SAMPLES[name]
    facts = read_plan((FOLDER / "samples" / f"{name}.plan").read_bytes())
    shown = sorted(f"{'+'.join(change.acts)} {change.address}" for change in facts.changes)
    assert shown == sorted(expected["changes"].split("\n")[:-1])
    assert list(facts.outputs) == expected.get("outputs", [])
    assert list(facts.production) == expected.get("production", [])
    assert [code.path for code in facts.code] == expected.get("code", [])
    assert facts.workspace == expected.get("workspace", "default")
    assert (facts.version, facts.backend, facts.refresh_only) == ("1.11.4", "local", False)
    assert {change.provider for change in facts.changes} <= {"builtin/terraform"}


@pytest.mark.parametrize("name", ["create", "state"])
def test_every_byte_of_a_plan_counts_or_does_not_matter(name):
    """A changed byte makes a plan unreadable, or lies where nothing is read; a missing one always makes it unreadable."""
    data = (FOLDER / "samples" / f"{name}.plan").read_bytes()
    whole = said(read_plan(data))
    for index in range(len(data)):
        assert read_plan(data[:index]) is None
        assert read_plan(data[:index] + data[index + 1 :]) is None
        for flip in (0x01, 0x80):
            changed = data[:index] + bytes([data[index] ^ flip]) + data[index + 1 :]
            assert said(read_plan(changed)) in {None, whole}, index


def said(facts):
    return msgspec.json.encode(msgspec.structs.replace(facts, digest="")) if facts is not None else None


# Written by the schema.

NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_-]{0,6}", fullmatch=True)
KEYS = st.one_of(
    st.just(""),
    st.integers(0, 99).map(lambda index: f"[{index}]"),
    st.text(st.characters(exclude_categories=["C"]), max_size=6).map(
        lambda key: f"[{json.dumps(key, ensure_ascii=False)}]"
    ),
)
ADDRESSES = st.builds(
    lambda modules, mode, kind, name, key: "".join(f"module.{one}{two}." for one, two in modules) + f"{mode}{kind}.{name}{key}",
    st.lists(st.tuples(NAMES, KEYS), max_size=2), st.sampled_from(["", "data."]), NAMES, NAMES, KEYS,
)  # fmt: skip
ACTS = st.sampled_from([
    (), ("create",), ("read",), ("modify",), ("delete",), ("delete", "create"), ("create", "delete"), ("forget",), ("create", "forget"),
])  # fmt: skip
CHANGES = st.builds(
    Change, ADDRESSES, ACTS, st.sampled_from(['provider["r.io/a/aws"]', 'module.a["x"].provider["localhost:80/b/c-d"].west']),
    st.sampled_from(["", "0123abcd"]), st.sampled_from(["", "aws_vpc.was"]), st.booleans(),
)  # fmt: skip
PLANS = st.builds(
    Plan, st.lists(CHANGES, max_size=6), st.dictionaries(NAMES, ACTS, max_size=3), NAMES, NAMES,
    st.dictionaries(st.sampled_from(["bucket", "key", "region"]), st.sampled_from(["acme-prod", "x", 7]), max_size=3),
    st.dictionaries(NAMES, st.one_of(st.sampled_from(["prod", "dev"]), st.integers(0, 9), st.none(), st.lists(NAMES, max_size=2)), max_size=3),
    st.sampled_from([0, 1, 2]),
    st.dictionaries(st.sampled_from(["main.tf", "x.tf", "mods/net/main.tf"]), st.sampled_from(["", "provisioner {}", "external"]), max_size=3),
)  # fmt: skip


@given(PLANS)
def test_a_plan_says_what_it_was_written_with(plan):
    facts = read_plan(plan.encoded())
    expected = []
    for change in plan.changes:
        acts = (("move",) if change.was else ()) + (("import",) if change.imported else ()) + change.acts
        if acts:
            expected.append((change.address + (" (deposed 0123abcd)" if change.deposed else ""), acts))
    assert [(change.address, change.acts) for change in facts.changes] == expected
    assert facts.outputs == tuple(name for name, acts in plan.outputs.items() if acts)
    assert facts.refresh_only == (plan.mode == 2)
    assert (facts.workspace, facts.backend) == (plan.workspace, plan.backend)
    assert set(facts.production) == {f"var.{name}" for name, given in plan.variables.items() if given == "prod"} | {
        f"backend.{name}" for name, given in plan.config.items() if name != "region" and given == "acme-prod"
    }
    assert {code.path for code in facts.code} == {name for name, text in plan.files.items() if text}
    assert SECRET not in repr(facts)


LOCAL = 'provider["registry.example.com/hashicorp/local"]'


@pytest.mark.parametrize(
    ("kind", "acts", "names", "paths"),
    [
        ("local_file", ("create",), ("a",), ("", "a")),
        ("local_sensitive_file", ("delete",), ("a",), ("a", "")),
        ("local_file", ("delete", "create"), ("a", "b"), ("a", "b")),
        ("local_file", ("create", "delete"), ("a", "b"), ("a", "b")),
        ("local_file", ("modify",), ("a", "b"), ("", "b")),
        ("local_file", ("forget",), ("a",), ("", "")),
        ("local_file", ("delete", "create"), ("a", ""), ("", "")),
        ("local_file", ("delete", "create"), ("a",), ("", "")),
        ("local_file", ("create",), ("a", "b"), ("", "")),
        ("local_file", ("create",), ("x" * 300,), ("", "")),
        ("local_file", ("create",), ("a\0b",), ("", "")),
        ("aws_s3_object", ("create",), ("a",), ("", "")),
    ],
)
def test_the_names_of_files_that_are_written_here_are_read(kind, acts, names, paths):
    change = read_plan(Plan([Change(f"{kind}.x", acts, LOCAL, files=names)]).encoded()).changes[0]
    assert (change.removes, change.writes) == paths
    assert read_plan(Plan([Change(f"{kind}.x", acts, files=names)]).encoded()).changes[0].writes == ""


def test_actions_that_are_invoked_are_read():
    facts = read_plan(Plan([Change("aws_vpc.a")], actions=['module.m["x"].action.aws_lambda_invoke.hook[0]']).encoded())
    assert [(change.address, change.type, change.acts) for change in facts.changes] == [
        ("aws_vpc.a", "aws_vpc", ("create",)),
        ('module.m["x"].action.aws_lambda_invoke.hook[0]', "aws_lambda_invoke", ("invoke",)),
    ]
    assert SECRET not in repr(facts)


# Archives.

FILES = Plan([Change("aws_db_instance.main", ("delete",))]).entries()
DATA = archive(FILES)


def directory_of(data: bytes) -> int:
    return struct.unpack_from("<L", data, len(data) - 6)[0]


def patched(at: int, form: str, given: int, data: bytes = DATA) -> bytes:
    changed = bytearray(data)
    struct.pack_into(form, changed, at, given)
    return bytes(changed)


def overlapping() -> bytes:
    """The second record of the directory names the bytes of the first entry."""
    start = directory_of(DATA)
    second = DATA.index(b"PK\1\2", start + 4)
    return patched(second + 42, "<L", 0)


BOMB = zlib.compressobj(9, zlib.DEFLATED, -15)
ZEROS = BOMB.compress(bytes(40 * 1024 * 1024)) + BOMB.flush()
ODD = {
    "nothing": b"",
    "text": b"tfplan of long ago",
    "a run elsewhere": b'{"remote_plan_format":1,"run_id":"run-abc","hostname":"app.example.com"}',
    "encrypted": b'{"meta":{"key_provider.pbkdf2.a":"e30="},"encrypted_data":"AAAA","encryption_version":"v0"}',
    "something before": b"#!/bin/sh\n" + DATA,
    "something behind": DATA + b"\0",
    "a comment": patched(len(DATA) - 2, "<H", 4) + b"note",
    "one entry twice": archive([*FILES, FILES[0]]),
    "two plans": archive([FILES[0], ("tfplan", Plan().message()), *FILES[1:]]),
    "no plan": archive(FILES[1:]),
    "no manifest": archive([file for file in FILES if file[0] != "tfconfig/modules.json"]),
    "no such module": archive([*FILES, ("tfconfig/m-ghost/main.tf", b"provisioner")]),
    "a configuration without a directory": archive([*FILES, ("tfconfig/m-main.tf", b"")]),
    "a way out": archive([*FILES, ("../../etc/passwd", b"x")]),
    "an absolute name": archive([*FILES, ("/etc/passwd", b"x")]),
    "a name with a zero": archive([*FILES, ("tfplan\0.txt", b"x")]),
    "a name of another system": archive([*FILES, ("a\\b", b"x")]),
    "overlapping entries": overlapping(),
    "another number of entries": patched(len(DATA) - 12, "<H", 1, patched(len(DATA) - 14, "<H", 1)),
    "several disks": patched(len(DATA) - 18, "<H", 1),
    "a directory elsewhere": patched(len(DATA) - 6, "<L", 0),
    "an encrypted entry": patched(directory_of(DATA) + 8, "<H", 9, patched(6, "<H", 9)),
    "an unknown method": patched(directory_of(DATA) + 10, "<H", 12, patched(8, "<H", 12)),
    "another name in the entry": patched(30, "<B", ord("T")),
    "another size in the directory": patched(directory_of(DATA) + 24, "<L", 5),
    "a wrong checksum": archive(FILES).replace(struct.pack("<L", zlib.crc32(FILES[0][1])), b"\0\0\0\0"),
    "too many entries": archive([(f"f{index}", b"") for index in range(reading.MAX_ENTRIES + 1)]),
    "a bomb": archive([*FILES, ("tfstate-more", bytes(40 * 1024 * 1024))]),
    "two half bombs": archive([*FILES, *((f"x{index}", bytes(1024 * 1024)) for index in range(65))]),
}  # fmt: skip


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_an_odd_archive_is_no_plan(data):
    assert read_plan(data) is None


@pytest.mark.parametrize("how", [{"stored": True}, {"streamed": False}, {"stored": True, "streamed": False}])
def test_archives_of_other_writers_are_read_as_well(how):
    assert [change.acts for change in read_plan(archive(FILES, **how)).changes] == [("delete",)]


def test_a_changed_manifest_that_go_reads_otherwise_is_refused():
    def with_manifest(text: str) -> bytes:
        return archive([(name, text.encode() if name == "tfconfig/modules.json" else data) for name, data in FILES])

    assert read_plan(with_manifest('[{"Key":"","Dir":"."}]')) is not None
    for text in (
        '[{"Key":"","Dir":".","dir":"/other"}]', '[{"Key":"","Dir":".","Dir":"/other"}]', '[{"Key":"","Dir":"."},{"Key":"","Dir":"x"}]',
        '[{"Key":"","Dir":3}]', '{"Key":"","Dir":"."}', "[]", "null", "", "[" * 100_000,
    ):  # fmt: skip
        assert read_plan(with_manifest(text)) is None


# Messages.


def with_message(message: bytes) -> bytes:
    return archive([("tfplan", message), *FILES[1:]])


GOOD = FILES[0][1]
CHANGE = Change("aws_db_instance.main", ("delete",))
BACKEND = one(13, one(1, "local") + one(3, "default"))
WRONG = {
    "no version": GOOD[2:],
    "another version": one(1, 4) + GOOD[2:],
    "a field twice": GOOD + one(14, "1.11.4"),
    "two backends": GOOD + BACKEND,
    "a backend and a store": GOOD + one(29, one(1, "x")),
    "neither": one(1, 3),
    "an unknown field": GOOD + one(99, "x"),
    "an action that is none": GOOD + one(30, b""),
    "an action with more to it": GOOD
    + one(30, one(1, "action.aws_lambda_invoke.a") + one(2, CHANGE.provider) + one(3, "x")),
    "more actions than anybody reads": Plan(actions=["action.aws_lambda_invoke.a"] * (MAX_CHANGES + 1)).message(),
    "a group": GOOD + number(3 << 3 | 3) + number(3 << 3 | 4),
    "a number for bytes": GOOD + number(3 << 3) + number(1),
    "bytes for a number": GOOD + number(17 << 3 | 2) + b"\1\0",
    "fixed bytes": GOOD + number(2 << 3 | 1) + bytes(8),
    "a length beyond the end": GOOD + number(3 << 3 | 2) + number(2**40) + b"x",
    "a number that never ends": GOOD + b"\x80" * 100_000,
    "a number of 11 digits": GOOD + number(17 << 3) + b"\x80" * 10 + b"\1",
    "a number beyond 64 bits": GOOD + number(17 << 3) + b"\xff" * 9 + b"\x7f",
    "a number written too long": GOOD + number(17 << 3) + b"\x81\x00",
    "a change that is none": GOOD + one(3, b""),
    "no action known": GOOD + one(3, one(8, CHANGE.provider) + one(9, one(1, 4)) + one(13, CHANGE.address)),
    "a negative action": GOOD + one(3, one(8, CHANGE.provider) + one(9, one(1, 2**64 - 1)) + one(13, CHANGE.address)),
    "a change twice": GOOD + one(3, CHANGE.encoded() + one(9, one(1, 1))),
    "an address twice": GOOD + one(3, CHANGE.encoded() + one(13, "aws_vpc.harmless")),
    "an action twice": GOOD + one(3, one(8, CHANGE.provider) + one(9, one(1, 5) + one(1, 2)) + one(13, CHANGE.address)),
    "no address": GOOD + one(3, Change("").encoded()),
    "an address that is none": GOOD + one(3, Change("aws_vpc").encoded()),
    "an address with a line": GOOD + one(3, Change('aws_vpc.x["a\nb"]').encoded()),
    "an address of great length": GOOD + one(3, Change(f"aws_vpc.{'x' * 5000}").encoded()),
    "a former address that is none": GOOD + one(3, Change("aws_vpc.x", was="?").encoded()),
    "a provider that is none": GOOD + one(3, Change("aws_vpc.x", provider="aws").encoded()),
    "a key that is none": GOOD + one(3, Change("aws_vpc.x", deposed="../../x").encoded()),
    "no UTF-8": GOOD + one(3, one(8, CHANGE.provider) + one(9, one(1, 5)) + one(13, b"aws_vpc.\xff")),
    "an output without a name": GOOD + one(4, one(2, one(1, 1))),
    "a variable without a name": GOOD + one(2, one(2, value("prod"))),
    "more changes than anybody reads": GOOD + one(3, CHANGE.encoded()) * MAX_CHANGES,
    "more fields than are read": GOOD + one(5, "") * MAX_FIELDS,
}


@pytest.mark.parametrize("message", WRONG.values(), ids=WRONG)
def test_a_message_with_anything_odd_is_no_plan(message):
    assert read_plan(with_message(GOOD)) is not None
    assert read_plan(with_message(message)) is None


def test_messages_in_each_other_do_not_pile_up():
    nested = b""
    for _ in range(10_000):
        nested = one(5, nested)
    assert read_plan(with_message(GOOD + one(3, nested))) is None
    assert said(read_plan(with_message(GOOD + one(27, nested)))) == said(read_plan(DATA))


def test_a_value_that_cannot_be_read_says_nothing():
    for packed in (b"", b"\xc1", b"\x91" * 5000, b"\xd9\xff", b"\x81\x90\x01", b"\xc7\x0c\xff" + b"\xff" * 12):
        backend = one(13, one(1, "s3") + one(2, one(1, packed)) + one(3, "default"))
        assert read_plan(with_message(one(1, 3) + backend)).production == ()


def test_too_much_code_is_not_read():
    assert (
        len(read_plan(Plan(files={f"{index}.tf": "provisioner" for index in range(MAX_CODE)}).encoded()).code)
        == MAX_CODE
    )
    assert read_plan(Plan(files={f"{index}.tf": "provisioner" for index in range(MAX_CODE + 1)}).encoded()) is None
    assert read_plan(Plan(files={"main.tf": "# " + "0123456789abcdef" * 600_000}).encoded()) is None


RICH = Plan(
    [CHANGE, Change('module.a["b"].data.external.c', ("read",), was="aws_vpc.d", imported=True, deposed="0123abcd")],
    {"url": ("modify",)}, "prod", "s3", {"bucket": "acme-prod"}, {"env": "prod"},
).message()  # fmt: skip


@settings(max_examples=300)
@given(st.integers(0, len(RICH)), st.binary(max_size=8), st.integers(0, 4))
def test_hostile_messages_end(at, put, cut):
    read_plan(with_message(RICH[:at] + put + RICH[at + cut :]))


@given(st.binary(max_size=300))
def test_any_bytes_end(data):
    assert read_plan(data) is None
    assert read_plan(DATA[: directory_of(DATA)] + data + DATA[directory_of(DATA) :]) is None or not data
