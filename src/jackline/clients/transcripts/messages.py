"""Conversations of any agent, as those write them who build agents: lists of messages, items or steps in JSON or JSONL.

One conversation a file, a line or an element; several in one value; under the usual keys, beside fields of any kind. A file
whose lines are messages is one conversation, or one for each session that the lines name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

import msgspec

from jackline.clients.transcripts.dialogue import Dialogue, role_of, speaks_calls
from jackline.clients.transcripts.elements import elements
from jackline.clients.transcripts.interface import UNTIED, Header, Tie
from jackline.clients.transcripts.lines import decoded, document, mend, size_of, why
from jackline.clients.transcripts.making import MAX_ID, Speaker, first_words, json_object, micros, text_of
from jackline.clients.transcripts.steps import is_step, turns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jackline.clients.transcripts.interface import Damage, Entry

Table = dict[str, Any]

NAME: Final = "messages"
STREAMED: Final = 8 * 1024 * 1024
"""Bytes from which an array is read element by element."""

_LISTS: Final = (
    "messages", "conversation", "conversations", "trajectory", "traj", "history", "transcript", "dialogue", "dialog", "chat", "turns",
    "steps", "events", "message_history", "chat_history", "full_conversation", "agent_trajectory", "intermediate_steps", "log", "logs",
    "items", "contents", "input",
)  # fmt: skip
"""Where a conversation stands in an object: the first of these that holds one counts, for others often repeat it."""

_ENDS: Final = ("output", "response", "completion", "choices", "outputs")
"""What the model answered to a list of messages that was kept apart from it."""

_OWN_IDS: Final = (
    "session_id", "sessionId", "conversation_id", "conversationId", "trajectory_id", "run_id", "trace_id", "thread_id", "episode_id",
    "sample_id", "instance_id", "task_id", "uuid", "id", "_id",
)  # fmt: skip
_FOLDERS: Final = ("cwd", "workdir", "working_directory", "workspace", "project_dir", "repo_path")
_TITLES: Final = (
    "title",
    "name",
    "task",
    "instruction",
    "goal",
    "prompt",
    "question",
    "problem_statement",
    "user_task",
)
_MODELS: Final = ("model", "model_name", "agent", "agent_model", "pipeline_name")
_LOOKED_AT: Final = 8
_UNIQUE: Final = 20
_MAX_DEPTH: Final = 6
_HINTS: Final = re.compile(
    rb'"(?:role|from|messages|conversations?|trajectory|history|transcript|tool_calls|function_call|observation|intermediate_steps|steps|turns'
    rb'|dialog(?:ue)?|contents|tool_use)"\s*:'
)
_VALUES: Final = msgspec.json.Decoder()


class MessagesSource:
    """Lists of messages. One object reads one unit."""

    name: ClassVar[str] = NAME

    def __init__(self) -> None:
        self.first = 1
        """The number of the first line: another than 1 where a part of a file is read."""
        self._lines: dict[str, Dialogue] = {}
        self._sessions: set[str] = set()

    def find(self, home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
        """Nowhere: such files are named."""
        del home, environment
        return iter(())

    def recognises(self, head: bytes, path: Path) -> bool:
        """JSON in which the words of a conversation stand."""
        del path
        return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["} and _HINTS.search(head) is not None

    def tie(self, head: bytes, path: Path) -> Tie:
        """Nothing."""
        del head, path
        return UNTIED

    def read(self, file: BinaryIO, path: Path, damage: Damage) -> Iterator[Entry]:
        """The conversations in the file."""
        found = 0
        for place, value in _values(file, path, damage, self.first):
            for entry in self._entries(value, path, place):
                found += 1
                yield entry
        if not found:
            damage.unread("no conversation in it", path)

    def _entries(self, value: Any, path: Path, place: int) -> Iterator[Entry]:  # noqa: ANN401 - any JSON
        if place and isinstance(value, dict) and role_of(value) and not _wrapped(value):
            yield from self._line(value, path, place)
            return
        for number, (conversation, about) in enumerate(conversations(value)):
            line = place if place and not number else 0
            session = self._session(about, path, place, number)
            yield from _conversation(conversation, about, session, place or line)

    def _line(self, message: Table, path: Path, place: int) -> Iterator[Entry]:
        """A message that is a line of its own."""
        key = _own_id(message, _OWN_IDS[:8])
        dialogue = self._lines.get(key)
        if dialogue is None:
            session = self._session({"session_id": key} if key else {}, path, 0, len(self._lines))
            dialogue = self._lines[key] = Dialogue(Speaker(session, NAME, "", _folder(message)))
            yield Header(session=session, client=NAME, project=dialogue.speaker.cwd, line=place)
        yield from dialogue.message(message, place)

    def _session(self, about: Table, path: Path, place: int, number: int) -> str:
        """The conversation's own ID where it is long enough to be nobody else's, else where it stands."""
        own = _own_id(about, _OWN_IDS)
        where = f"{path}:{place}" if place else str(path)
        where = f"{where}.{number + 1}" if number else where
        session = own if len(own) >= _UNIQUE else where[-MAX_ID:]
        if session in self._sessions:
            session = where[-MAX_ID:]
        self._sessions.add(session)
        return session


def _values(file: BinaryIO, path: Path, damage: Damage, number: int) -> Iterator[tuple[int, Any]]:
    """The values of a file with their places: lines, elements of an array, or (with place 0) one document."""
    first = file.read(4096)
    file.seek(0)
    array = first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    if array and size_of(file) >= STREAMED:
        for place, text in elements(file, path, damage):
            try:
                yield place, _VALUES.decode(text)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                mended = mend(text, _VALUES)
                if mended is None:
                    damage.lost(why(error), path, place, len(text))
                else:
                    yield place, mended
    elif path.suffix in {".jsonl", ".ndjson"} or _many_lines(first):
        yield from decoded(file, path, damage, _VALUES, first=number)
    else:
        yield 0, document(file, path, damage, _VALUES)


def _many_lines(head: bytes) -> bool:
    """Whether the first line is a whole value, and another follows."""
    line, end, rest = head.partition(b"\n")
    if not end or not rest.strip():
        return False
    try:
        return isinstance(_VALUES.decode(line), dict)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def stands_alone(line: bytes) -> bool:
    """Whether a line is a whole conversation, and no message of one that goes on in the next."""
    try:
        value = _VALUES.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    apart = isinstance(value, dict) and (not role_of(value) or _wrapped(value))
    return apart and next(conversations(value), None) is not None


def conversations(value: Any, about: Table | None = None, depth: int = _MAX_DEPTH) -> Iterator[tuple[list[Any], Table]]:  # noqa: ANN401 - any JSON
    """Every conversation in a value, each with the object that it stands in."""
    about = about or {}
    if isinstance(value, str):
        value = json_object(value) if value[:1] in {"[", "{"} else None
    if depth <= 0 or not isinstance(value, dict | list):
        return
    if isinstance(value, list):
        if is_conversation(value):
            yield value, about
        else:
            for each in value:
                yield from conversations(each, about if not isinstance(each, dict) else None, depth - 1)
        return
    for name in _LISTS:
        held = value.get(name)
        found = list(conversations(held, value, depth - 1)) if held else []
        if found:
            end = _ending(value)
            yield from found if not end or len(found) > 1 else [(found[0][0] + end, found[0][1])]
            return
    if is_conversation(end := _ending(value)):
        yield end, value
        return
    for name, held in value.items():
        if isinstance(held, dict | list):
            inner = (
                {**{key: each for key, each in value.items() if isinstance(each, str | int)}, "id": name}
                if isinstance(held, list)
                else None
            )
            yield from conversations(held, inner, depth - 1)


def is_conversation(items: list[Any]) -> bool:
    """Whether a list is one of messages, items or steps: most of its first elements are."""
    first = items[:_LOOKED_AT]
    told = sum(1 for item in first if role_of(item) or is_step(item))
    return told * 2 > len(first)


def _ending(value: Table) -> list[Any]:
    """The model's answer that stands beside the messages."""
    for name in _ENDS:
        held = value.get(name)
        if isinstance(held, dict):
            return _ending(held) or (
                [held["message"]] if isinstance(held.get("message"), dict) else [held] if role_of(held) else []
            )
        if not isinstance(held, list) or not held:
            continue
        if name == "choices":
            return [
                each["message"] for each in held[:1] if isinstance(each, dict) and isinstance(each.get("message"), dict)
            ]
        if is_conversation(held):
            return held
    return []


def _wrapped(value: Table) -> bool:
    """Whether a line with a role holds a whole conversation all the same."""
    return any(
        isinstance(value.get(name), list) and is_conversation(value[name]) for name in _LISTS[:10] if value.get(name)
    )


def _conversation(items: list[Any], about: Table, session: str, line: int) -> Iterator[Entry]:
    folder = _folder(about)
    titles = (value for name in _TITLES if isinstance(value := about.get(name), str) and value)
    models = (value for name in _MODELS if isinstance(value := about.get(name), str) and value)
    yield Header(
        session=session,
        client=NAME,
        project=folder,
        title=first_words(next(titles, "")),
        model=next(models, "")[:MAX_ID],
        at=next(
            (
                at
                for name in ("timestamp", "created_at", "evaluation_timestamp", "time")
                if (at := micros(about.get(name)))
            ),
            0,
        ),
        line=line,
    )
    speaker = Speaker(session, NAME, "", folder)
    if any(role_of(item) for item in items[:_LOOKED_AT]):
        system = about.get("system")
        if system and not isinstance(system, dict):
            yield speaker.words("system", text_of(system), 0, line)
        yield from Dialogue(speaker, spoken=speaks_calls(items)).turns(items, line)
    else:
        yield from turns_of(items, speaker)


def _own_id(about: Table, names: tuple[str, ...]) -> str:
    return next(
        (str(about[name]) for name in names if isinstance(about.get(name), str | int) and about[name] != ""), ""
    )[:MAX_ID]


def _folder(about: Table) -> str:
    """The directory that the agent worked in, where it is said."""
    return next(
        (about[name] for name in _FOLDERS if isinstance(about.get(name), str) and about[name].startswith("/")), ""
    )
