"""Plan files written as Terraform writes them: `planfile.proto` in a zip archive of Go's kind, for tests of the reader."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACTIONS = {
    (): 0, ("create",): 1, ("read",): 2, ("modify",): 3, ("delete",): 5, ("delete", "create"): 6, ("create", "delete"): 7,
    ("forget",): 8, ("create", "forget"): 9,
}  # fmt: skip
SECRET = "hunter2-the-value-of-an-attribute"


# Protocol Buffers.


def number(value: int) -> bytes:
    """A base-128 number."""
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])


def one(key: int, value: int | bytes | str) -> bytes:
    """One field; a number that is 0 is left out, as proto3 does."""
    if isinstance(value, int):
        return number(key << 3) + number(value) if value else b""
    data = value.encode() if isinstance(value, str) else value
    return number(key << 3 | 2) + number(len(data)) + data


def value(content: object) -> bytes:
    """A `DynamicValue`."""
    return one(1, msgspec.msgpack.encode(content))


# Zip archives.


def archive(files: Iterable[tuple[str, bytes]], *, stored: bool = False, streamed: bool = True) -> bytes:
    """An archive as Go's `archive/zip` streams it: sizes behind the bytes, the time in an extra field."""
    body, directory, count = b"", b"", 0
    extra = struct.pack("<HHBL", 0x5455, 5, 1, 1_700_000_000)
    for name, text in files:
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = text if stored else deflate.compress(text) + deflate.flush()
        sums = (zlib.crc32(text), len(packed), len(text))
        method, flags, label = 0 if stored else 8, 8 if streamed else 0, name.encode()
        head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 0, *((0, 0, 0) if streamed else sums), len(label), len(extra))  # fmt: skip
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, flags, method, 0, 0, *sums, len(label), len(extra), 0, 0, 0, 0, len(body)
        ) + label + extra  # fmt: skip
        body += head + label + extra + packed + (struct.pack("<4s3L", b"PK\7\10", *sums) if streamed else b"")
        count += 1
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)


# Plans.


@dataclass
class Change:
    """One resource. `acts` are those of the action alone; `imported` and `was` (its former address) come on top;
    `files` are the names before and after of a resource that is a file."""

    address: str
    acts: tuple[str, ...] = ("create",)
    provider: str = 'provider["registry.example.com/hashicorp/aws"]'
    deposed: str = ""
    was: str = ""
    imported: bool = False
    files: tuple[str, ...] = ()

    def encoded(self) -> bytes:
        values = [
            {"id": SECRET, "password": SECRET, "filename": name, "content": SECRET} for name in self.files or ("",)
        ]
        change = (
            one(1, ACTIONS[self.acts])
            + b"".join(one(2, value(one_of)) for one_of in values)
            + one(3, one(1, one(1, one(1, "password"))))
        )
        change += one(5, one(1, "an-id")) if self.imported else b""
        return (
            one(7, self.deposed) * bool(self.deposed) + one(8, self.provider) + one(9, change) + one(10, SECRET)
            + one(12, 3) + one(13, self.address) + one(14, self.was) * bool(self.was)
        )  # fmt: skip


@dataclass
class Plan:
    """What a plan file is made from. `files` is the configuration: path in the root module, or `DIRECTORY/NAME` for a
    module of that key and directory."""

    changes: list[Change] = field(default_factory=list)
    outputs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    workspace: str = "default"
    backend: str = "local"
    config: dict[str, object] = field(default_factory=dict)
    variables: dict[str, object] = field(default_factory=dict)
    mode: int = 0
    files: Mapping[str, str] = field(default_factory=lambda: {"main.tf": 'resource "aws_vpc" "v" {}\n'})
    actions: list[str] = field(default_factory=list)

    def message(self) -> bytes:
        """The entry `tfplan`."""
        data = one(1, 3) + one(17, self.mode) + one(25, 1) + one(26, 1)
        for name, given in self.variables.items():
            data += one(2, one(1, name) + one(2, value([b'"string"', given])))
        for change in self.changes:
            data += one(3, change.encoded())
        for address in self.actions:
            data += one(30, one(1, address) + one(2, Change.provider) + one(4, value(SECRET)) + one(7, ""))
        for name, acts in self.outputs.items():
            data += one(4, one(1, name) + one(2, one(1, ACTIONS[acts]) + one(2, value(SECRET))) + one(3, 1))
        data += one(5, "module.a") + one(13, one(1, self.backend) + one(2, value({**self.config, "token": SECRET})) + one(3, self.workspace))  # fmt: skip
        return data + one(14, "1.11.4") + one(18, Change("aws_vpc.drifted", ("modify",)).encoded()) + one(21, "2026-01-01T00:00:00Z") + one(22, one(1, b"k") + one(2, b"r"))  # fmt: skip

    def entries(self) -> list[tuple[str, bytes]]:
        """All entries, in Terraform's order."""
        state = json.dumps({"version": 4, "resources": [{"secret": SECRET}]}).encode()
        keys = {name.rpartition("/")[0] for name in self.files} | {""}
        manifest = [{"Key": key, **({"Source": f"./{key}"} if key else {}), "Dir": key or "."} for key in sorted(keys)]
        sources = [(f"tfconfig/m-{name if '/' in name else '/' + name}", text.encode()) for name, text in self.files.items()]  # fmt: skip
        return [
            ("tfplan", self.message()), ("tfstate", state), ("tfstate-prev", state), *sources,
            ("tfconfig/modules.json", json.dumps(manifest, indent=2).encode()), (".terraform.lock.hcl", b"# locks\n"),
        ]  # fmt: skip

    def encoded(self) -> bytes:
        """The file."""
        return archive(self.entries())


def written(text: str, files: Mapping[str, str]) -> bytes:
    """A plan from lines that people read: `delete+create aws_db_instance.main`, `output url`, `workspace prod`,
    `create local_file.x by hashicorp/local as out.json`, `variable env prod`, `backend key prod/x`, `refresh-only`. `files` is the configuration that it was made from."""
    plan = Plan(files=dict(files) or {"main.tf": "\n"})
    for line in text.splitlines():
        act, _, rest = line.partition(" ")
        match act:
            case "":
                continue
            case "workspace":
                plan.workspace = rest
            case "output":
                plan.outputs[rest] = ("modify",)
            case "variable":
                name, _, plan.variables[name] = rest.partition(" ")
            case "backend":
                name, _, plan.config[name] = rest.partition(" ")
            case "invoke":
                plan.actions.append(rest)
            case "refresh-only":
                plan.mode = 2
            case _:
                address, _, provider = rest.partition(" by ")
                plan.changes.append(_change(act.split("+"), address, provider))
    return plan.encoded()


def _change(acts: list[str], address: str, provider: str) -> Change:
    change = Change(address, tuple(act for act in acts if act not in {"import", "move", "keep"}))
    change.imported = "import" in acts
    change.was = "aws_vpc.before" if "move" in acts else ""
    provider, _, names = provider.partition(" as ")
    change.files = tuple(names.split())
    if provider:
        change.provider = f'provider["registry.example.com/{provider}"]'
    return change
