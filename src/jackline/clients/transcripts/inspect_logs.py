"""Logs of Inspect: `.eval` (a zip archive with one JSON file a sample) and `.json` (one document).

Read from the files themselves, without the package: an archive is read within bounds that the package does not have. A
sample is a session: its `messages`, and from its `events` the tools that its messages do not show (of sub-agents, and from
before a compaction).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

import msgspec
from msgspec import Struct, field

from jackline.clients.transcripts.archive import Archive
from jackline.clients.transcripts.calls import Called, calls_in, result_of
from jackline.clients.transcripts.dialogue import Dialogue
from jackline.clients.transcripts.interface import UNTIED, Header, Tie
from jackline.clients.transcripts.lines import document, mend, why
from jackline.clients.transcripts.making import Speaker, first_words, micros, text_of
from jackline.clients.transcripts.toolnames import framework_tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jackline.clients.transcripts.interface import Damage, Entry

NAME: Final = "inspect"


class _Event(Struct):
    """An event of a sample; only those of tools are read."""

    event: str = ""
    timestamp: Any = None
    id: str | None = None
    function: str | None = None
    arguments: Any = None
    result: Any = None
    error: Any = None
    completed: Any = None
    span_id: str | None = None


class _Sample(Struct):
    id: Any = None
    epoch: Any = None
    uuid: str | None = None
    input: Any = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[_Event] = field(default_factory=list)
    attachments: dict[str, Any] = field(default_factory=dict)
    started_at: str | None = None


class _Eval(Struct):
    run_id: str | None = None
    eval_id: str | None = None
    task: str | None = None
    model: str | None = None
    created: str | None = None


class _Log(Struct):
    eval: _Eval = field(default_factory=_Eval)
    samples: list[_Sample] | None = None


_LOGS: Final = msgspec.json.Decoder(_Log)
_SAMPLES: Final = msgspec.json.Decoder(_Sample)
_ZIP: Final = b"PK\3\4"
_ATTACHMENT: Final = "attachment://"
_LOG: Final = re.compile(rb'"eval"\s*:\s*\{')
_SAMPLE: Final = re.compile(r"samples/(?:[^/]+\.json|.+_epoch_\d+/sample\.json)")
_PIECE: Final = re.compile(r"/(\d{1,12})\.json$")
_PIECES: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "messages": msgspec.json.Decoder(list[dict[str, Any]]),
    "events": msgspec.json.Decoder(list[_Event]),
    "attachments": msgspec.json.Decoder(list[str]),
}
_MAX_DEPTH: Final = 32


class InspectSource:
    """Inspect's logs. One object reads one unit."""

    name: ClassVar[str] = NAME

    def __init__(self) -> None:
        self._eval = _Eval()

    def find(self, home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
        """The folder that `INSPECT_LOG_DIR` names; else such logs are named."""
        folder = environment.get("INSPECT_LOG_DIR", "")
        if folder.startswith("/"):
            yield home.joinpath(folder)

    def recognises(self, head: bytes, path: Path) -> bool:
        """An archive that is called so, or a document with an `eval` and its status."""
        if head.startswith(_ZIP):
            return path.suffix == ".eval" or b"header.json" in head or b"_journal/" in head
        return path.suffix == ".json" and _LOG.search(head) is not None and b'"status"' in head

    def tie(self, head: bytes, path: Path) -> Tie:
        """Nothing."""
        del head, path
        return UNTIED

    def read(self, file: BinaryIO, path: Path, damage: Damage) -> Iterator[Entry]:
        """The samples, each a session."""
        first = file.read(len(_ZIP))
        file.seek(0)
        if first != _ZIP:
            log = document(file, path, damage, _LOGS)
            if log is not None:
                self._eval = log.eval
                for place, sample in enumerate(log.samples or (), 1):
                    yield from self._sample(sample, str(path), place)
            return
        archive = Archive(file, path, damage)
        for name in ("header.json", "_journal/start.json"):
            log = _decoded(archive.read(name), _LOGS, f"{path}!{name}", damage)
            if log is not None:
                self._eval = log.eval
                break
        for place, name in enumerate((name for name in archive.names if _SAMPLE.fullmatch(name)), 1):
            sample = _decoded(archive.read(name), _SAMPLES, f"{path}!{name}", damage)
            if sample is not None:
                _join(sample, archive, name, path, damage)
                yield from self._sample(sample, str(path), place)

    def _sample(self, sample: _Sample, path: str, place: int) -> Iterator[Entry]:
        session = sample.uuid or f"{self._eval.eval_id or path}/{sample.id}/{sample.epoch}"
        at = micros(sample.started_at) or micros(self._eval.created)
        speaker = Speaker(session, NAME)
        yield Header(
            session=speaker.session,
            client=NAME,
            title=f"{self._eval.task or ''} {sample.id}: {first_words(text_of(sample.input))}".strip(),
            model=self._eval.model or "",
            at=at,
            line=place,
        )
        attached = {key: value for key, value in sample.attachments.items() if isinstance(value, str)}
        messages = _attached(sample.messages, attached) if attached else sample.messages
        yield from Dialogue(speaker).turns(messages)
        shown = {call.id for message in messages for call in calls_in(message)}
        yield from self._hidden(sample, shown, attached, speaker)

    def _hidden(self, sample: _Sample, shown: set[str], attached: dict[str, str], parent: Speaker) -> Iterator[Entry]:
        """The tools that the messages do not show, in a session of their own for each span."""
        speakers: dict[str, Speaker] = {}
        for place, event in enumerate(sample.events, 1):
            if event.event != "tool" or not event.function or (event.id or "") in shown:
                continue
            span = event.span_id or "events"
            speaker = speakers.get(span)
            if speaker is None:
                speaker = speakers[span] = Speaker(f"{parent.session}/{span}", NAME, parent.session)
                at = micros(event.timestamp)
                yield Header(session=speaker.session, client=NAME, parent=parent.session, at=at, line=place)
            call = Called(event.function, _attached(event.arguments, attached), event.id or f"#{place}")
            tool, arguments = framework_tool(call.name, call.arguments)
            yield speaker.called(tool, arguments, call.id, micros(event.timestamp), place)
            result = result_of({"content": _attached(event.result, attached), "error": event.error})
            yield speaker.result(result.text, call.id, result.outcome, result.exit_code, micros(event.completed), place)


def _join(sample: _Sample, archive: Archive, name: str, path: Path, damage: Damage) -> None:
    """A large sample lies in pieces beside its own file: lists of messages, events and attachments, each by its start."""
    folder, own, _ = name.rpartition("sample.json")
    if not own or not folder.endswith("/"):
        return
    for piece in sorted((each for each in archive.names if each.startswith(folder)), key=_start):
        kind = piece.removeprefix(folder).partition("/")[0]
        if kind not in _PIECES or not _PIECE.search(piece):
            continue
        items = _decoded(archive.read(piece), _PIECES[kind], f"{path}!{piece}", damage) or []
        if kind == "messages":
            sample.messages.extend(items)
        elif kind == "events":
            sample.events.extend(items)
        else:
            sample.attachments.update({str(_start(piece) + at): text for at, text in enumerate(items)})


def _start(piece: str) -> int:
    found = _PIECE.search(piece)
    return int(found[1]) if found else -1


def _decoded(content: bytes, decoder: msgspec.json.Decoder[Any], where: str, damage: Damage) -> Any:  # noqa: ANN401 - the decoder's type
    if not content:
        return None  # there is no such member, or it was counted
    try:
        return decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        mended = mend(content, decoder)
        if mended is None:
            damage.lost(why(error), where, 0, len(content))
        return mended


def _attached(value: Any, attached: dict[str, str], depth: int = _MAX_DEPTH) -> Any:  # noqa: ANN401 - any JSON
    """A value with the texts in place that Inspect keeps apart."""
    if isinstance(value, str):
        return attached.get(value.removeprefix(_ATTACHMENT), value) if value.startswith(_ATTACHMENT) else value
    if depth <= 0 or not attached:
        return value
    if isinstance(value, list):
        return [_attached(each, attached, depth - 1) for each in value]
    if isinstance(value, dict):
        return {key: _attached(each, attached, depth - 1) for key, each in value.items()}
    return value
