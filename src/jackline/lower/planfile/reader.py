"""From the bytes of a saved plan to `PlanFacts`."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.lower.places import environment_of
from jackline.lower.planfile import schema
from jackline.lower.planfile.address import AddressError, deposed, provider, resource
from jackline.lower.planfile.archive import ArchiveError, content, entries
from jackline.lower.planfile.wire import Decoder, Message, WireError, as_text
from jackline.lower.surroundings import MAX_PLAN_BYTES, PlanChange, PlanCode, PlanFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jackline.lower.planfile.archive import Entry
    from jackline.lower.surroundings import PlanAct

MAX_CHANGES: Final = 150
"""Resources that change. A plan of more is one of which nobody reads every line: all may change."""
MAX_CONFIGURATION: Final = 8 * 1024 * 1024
MAX_MANIFEST: Final = 256 * 1024
"""A thousand modules and more."""
MAX_CODE: Final = 64
"""Files of the configuration that may run programs."""
_MAX_SETTING: Final = 256
_MAX_SAID: Final = 8
"""Names of settings that say production: one would do."""
_MAX_VALUE: Final = 64 * 1024
LOCAL: Final = "hashicorp/local"
LOCAL_FILES: Final = frozenset({"local_file", "local_sensitive_file"})
_SETTINGS: Final = ("bucket", "key", "prefix", "path", "name", "container_name", "workspace_key_prefix", "schema_name")
"""What a backend's configuration names a place by; credentials stand beside these."""
_RECORD: Final = frozenset({"Key", "Source", "Version", "Dir"})
_PLAN: Final = "tfplan"
_MANIFEST: Final = "tfconfig/modules.json"
_MODULE: Final = "tfconfig/m-"
_RUNS: Final = re.compile(rb"provisioner|external|\\[uU]")
"""What a file of the configuration must hold to run a program; an escape could spell either word."""
_NAME: Final = re.compile(r"[^\W\d][\w-]*")


def read_plan(data: bytes) -> PlanFacts | None:
    """What a plan will do; None where these bytes are no plan that is understood whole."""
    try:
        return _facts(data) if len(data) <= MAX_PLAN_BYTES else None
    except (ArchiveError, WireError, AddressError):
        return None


def _facts(data: bytes) -> PlanFacts:
    files = entries(data)
    if _PLAN not in files:
        raise ArchiveError
    decoder = Decoder()
    plan = decoder.message(content(data, files[_PLAN]), schema.PLAN)
    stored = (plan.all("backend"), plan.all("state_store"))
    if plan.number("version") != schema.FORMAT or len(stored[0]) + len(stored[1]) != 1:
        raise WireError
    table = schema.BACKEND if stored[0] else schema.STATE_STORE
    backend = decoder.message((stored[0] or stored[1])[0], table)
    return PlanFacts(
        digest=hashlib.sha256(data).hexdigest(),
        changes=_bounded((*_changes(plan, decoder), *_actions(plan, decoder))),
        outputs=tuple(_outputs(plan, decoder)),
        refresh_only=plan.number("ui_mode") == schema.REFRESH_ONLY and bool(plan.all("resource_drift")),
        version=plan.text("terraform_version")[:_MAX_SETTING],
        backend=backend.text("type")[:_MAX_SETTING],
        workspace=backend.text("workspace")[:_MAX_SETTING] or "default",
        production=tuple(islice(chain(_settings(backend, decoder), _variables(plan, decoder)), _MAX_SAID)),
        code=tuple(_code(data, files)),
    )


# What changes.


def _changes(plan: Message, decoder: Decoder) -> Iterator[PlanChange]:
    """The resources that applying touches. Raises `WireError`, `AddressError`."""
    for data in plan.all("resource_changes"):
        change = _change(decoder.message(data, schema.RESOURCE), decoder)
        if change.acts:
            yield change


def _actions(plan: Message, decoder: Decoder) -> Iterator[PlanChange]:
    """The actions that applying invokes. Raises `WireError`, `AddressError`."""
    for data in plan.all("action_invocations"):
        record = decoder.message(data, schema.ACTION)
        address = record.text("addr")
        yield PlanChange(address, resource(address).type, ("invoke",), provider(record.text("provider")))


def _bounded(changes: tuple[PlanChange, ...]) -> tuple[PlanChange, ...]:
    if len(changes) > MAX_CHANGES:
        raise WireError
    return changes


def _change(record: Message, decoder: Decoder) -> PlanChange:
    address, before = record.text("addr"), record.text("prev_run_addr")
    kind = resource(address).type
    source = provider(record.text("provider"))
    written = source == LOCAL and kind in LOCAL_FILES
    change = decoder.message(_required(record, "change"), schema.CHANGE_OF_FILE if written else schema.CHANGE)
    acts = _acts(change)
    removes, writes = _paths(acts, change, decoder) if written else ("", "")
    if change.all("importing"):
        acts = ("import", *acts)
    if before and before != address:
        resource(before)
        acts = ("move", *acts)
    named = address + deposed(record.text("deposed_key"))
    return PlanChange(named, kind, acts, source, removes, writes)


def _paths(acts: tuple[PlanAct, ...], change: Message, decoder: Decoder) -> tuple[str, str]:
    """The file that is removed and the one that is written; neither, where any name is not known. Raises `WireError`."""
    paths = [_path(_value(data, decoder)) for data in change.all("values")]
    was, becomes = "delete" in acts, "create" in acts or "modify" in acts
    values = 2 if acts == ("modify",) or len(acts) > 1 else 1  # what was, and what is to be
    if len(paths) != values or (was and not paths[0]) or (becomes and not paths[-1]):
        return "", ""
    return paths[0] if was else "", paths[-1] if becomes else ""


def _path(value: object) -> str:
    """Empty where it is not known before the plan is applied."""
    name = value.get("filename") if isinstance(value, dict) else None
    return name if isinstance(name, str) and len(name) <= _MAX_SETTING and "\0" not in name else ""


def _outputs(plan: Message, decoder: Decoder) -> Iterator[str]:
    """The outputs whose value changes. Raises `WireError`."""
    named = 0
    for data in plan.all("output_changes"):
        record = decoder.message(data, schema.OUTPUT)
        if _acts(decoder.message(_required(record, "change"), schema.CHANGE)):
            named += 1
            if named > MAX_CHANGES:
                raise WireError
            yield _name(record.text("name"))


def _name(text: str) -> str:
    if len(text) > _MAX_SETTING or _NAME.fullmatch(text) is None:
        raise WireError
    return text


def _acts(change: Message) -> tuple[PlanAct, ...]:
    found = schema.ACTS.get(change.number("action"))
    if found is None:
        raise WireError
    return found


def _required(record: Message, name: str) -> bytes:
    found = record.all(name)
    if not found:
        raise WireError
    return found[0]


# Which environment it says that it is for.


def _settings(backend: Message, decoder: Decoder) -> Iterator[str]:
    """The backend's settings that name production."""
    config = _value(backend.one("config"), decoder)
    given = config if isinstance(config, dict) else {}
    workspaces = given.get("workspaces")
    for prefix, table in (("backend", given), ("workspaces", workspaces if isinstance(workspaces, dict) else {})):
        for name in _SETTINGS:
            if _says_production(table.get(name)):
                yield f"{prefix}.{name}"


def _variables(plan: Message, decoder: Decoder) -> Iterator[str]:
    """The variables whose value names production. Raises `WireError`."""
    for data in plan.all("variables"):
        pair = decoder.message(data, schema.ENTRY)
        name = _name(pair.text("key"))
        value = _value(pair.one("value"), decoder)
        typed = isinstance(value, list) and len(value) == len(("type", "value"))
        if _says_production(value[1] if typed else value):
            yield f"var.{name}"


def _value(data: bytes, decoder: Decoder) -> Any:  # noqa: ANN401 - any value that MessagePack has
    """A value, None where it is not worth reading or cannot be read."""
    packed = decoder.message(data, schema.VALUE).one("msgpack")
    try:
        return msgspec.msgpack.decode(packed) if 0 < len(packed) <= _MAX_VALUE else None
    except (msgspec.DecodeError, ValueError, RecursionError, TypeError):
        return None


def _says_production(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_SETTING and environment_of(value) == "production"


# What it may run.


def _code(data: bytes, files: Mapping[str, Entry]) -> Iterator[PlanCode]:
    """The files of the configuration that may run programs, each where it lay. Raises `ArchiveError`, `WireError`."""
    held = [entry for name, entry in files.items() if name.startswith(_MODULE)]
    if _MANIFEST not in files or files[_MANIFEST].size > MAX_MANIFEST or sum(map(_size, held)) > MAX_CONFIGURATION:
        raise ArchiveError
    directories = _directories(content(data, files[_MANIFEST]))
    named = 0
    for entry in held:
        key, slash, name = entry.name[len(_MODULE) :].rpartition("/")
        if key not in directories or not slash or not name:
            raise ArchiveError
        text = content(data, entry)
        if _RUNS.search(text) is not None:
            named += 1
            if named > MAX_CODE:
                raise ArchiveError
            yield PlanCode(posixpath.normpath(f"{directories[key]}/{name}"), hashlib.sha256(text).hexdigest())


def _size(entry: Entry) -> int:
    return entry.size


def _directories(manifest: bytes) -> dict[str, str]:
    """Each module's directory by its key. Raises `WireError`."""
    try:
        listed = json.loads(as_text(manifest), object_pairs_hook=_record)
    except (ValueError, RecursionError) as error:
        raise WireError from error
    found: dict[str, str] = {}
    for record in listed if isinstance(listed, list) else [None]:
        key, directory = (record.get("Key"), record.get("Dir")) if isinstance(record, dict) else (None, None)
        if not isinstance(key, str) or not isinstance(directory, str) or key in found or "\0" in directory:
            raise WireError
        found[key] = directory
    return found


def _record(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """One module of the manifest. Go takes a name in any case and the last of several, so there must be no such choice."""
    found = dict(pairs)
    if len(found) != len(pairs) or not found.keys() <= _RECORD:
        raise WireError
    return found
