"""Turns, made the same way by every source: canonical actions, bounded texts, microseconds, outcomes that agree."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jackline.clients.transcripts.lines import mend
from jackline.core.action import Action
from jackline.core.codec import encode
from jackline.core.history import Turn
from jackline.core.tools import canonical

if TYPE_CHECKING:
    from jackline.core.history import Outcome, TurnKind

MAX_TEXT: Final = 64 * 1024
"""Characters of one turn's text that are kept: the first of them, and the last `MAX_TAIL`."""

MAX_TAIL: Final = 8 * 1024
MAX_ID: Final = 256
MAX_DEPTH: Final = 48
"""How deep what a tool is given may be nested; deeper it is kept as one text, which every reader can bear."""

_TEXTS: Final = (
    "text",
    "content",
    "output",
    "value",
    "refusal",
    "input_text",
    "output_text",
    "error",
    "message",
    "parts",
)
_WITHOUT_TEXT: Final = frozenset(
    {"image", "image_url", "input_image", "input_audio", "audio", "video", "document", "file"}
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MICROS_PER: Final = ((10**17, 1000, 1), (10**14, 1, 1), (10**11, 1, 1000), (0, 1, 1_000_000))
"""A number of at least the first is in nanoseconds, microseconds, milliseconds, seconds: divide, multiply."""

_JSON: Final = msgspec.json.Decoder()
_FIRST_WORDS: Final = re.compile(r"[^\S\n]*([^\n]{1,120})")


def bounded(text: str) -> str:
    """A text within bounds: where it is too long, what stands in its middle is left out."""
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[: MAX_TEXT - MAX_TAIL]}\n[… {len(text) - MAX_TEXT} characters left out …]\n{text[-MAX_TAIL:]}"


def micros(value: object) -> int:
    """A time of any usual form (RFC 3339, or a number since the epoch) in microseconds since the epoch; else 0."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return micros(int(value)) if value.isascii() and value.isdigit() and len(value) < 20 else 0  # noqa: PLR2004
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max((moment - _EPOCH) // _MICROSECOND, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**20:
        return 0
    divided, times = next((by, times) for least, by, times in _MICROS_PER if value >= least)
    return int(value * times // divided)


def first_words(text: str) -> str:
    """A title from a text: its first line, shortened."""
    found = _FIRST_WORDS.match(text.lstrip())
    return found[1].rstrip() if found else ""


def text_of(value: Any, depth: int = MAX_DEPTH) -> str:  # noqa: ANN401 - any JSON
    """The text in a message's content: itself, the texts of its parts, else its JSON. Pictures and sounds have none."""
    if isinstance(value, str):
        return value
    if value is None or depth <= 0:
        return ""
    if isinstance(value, list):
        return "\n".join(text for part in value if (text := text_of(part, depth - 1)))
    if not isinstance(value, dict):
        return str(value)
    for name in _TEXTS:
        if value.get(name) is not None:
            return text_of(value[name], depth - 1)
    if kind_of(value) in _WITHOUT_TEXT or "data" in value:
        return ""
    return encode(value).decode() if shallow(value, depth) else ""


def kind_of(item: dict[str, Any]) -> str:
    """What an object says of its own type, "" where that is no text."""
    kind = item.get("type")
    return kind if isinstance(kind, str) else ""


def shallow(value: Any, depth: int = MAX_DEPTH) -> bool:  # noqa: ANN401 - any JSON
    """Whether nothing in a value is nested deeper than that."""
    if not isinstance(value, dict | list):
        return True
    if depth <= 0:
        return False
    return all(shallow(each, depth - 1) for each in (value.values() if isinstance(value, dict) else value))


def json_object(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Arguments that are written as JSON in a text; what is no JSON is kept as it stands."""
    if not isinstance(value, str):
        return value
    try:
        return _JSON.decode(value)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        mended = mend(value.encode("utf-8", "replace"), _JSON)
        return value if mended is None else mended


class Speaker:
    """Makes the turns of one session."""

    __slots__ = ("client", "cwd", "parent", "session")

    def __init__(self, session: str, client: str, parent: str = "", cwd: str = "") -> None:
        self.session, self.client, self.parent, self.cwd = session[:MAX_ID], client, parent[:MAX_ID], cwd

    def words(self, kind: TurnKind, text: str, at: int = 0, line: int = 0) -> Turn:
        """A text that somebody said."""
        return Turn(kind=kind, session=self.session, parent=self.parent, at=at, text=bounded(text), line=line)

    def called(self, tool: str, arguments: Any, call: str = "", at: int = 0, line: int = 0) -> Turn:  # noqa: ANN401 - any JSON
        """A tool is called. Arguments that are no object are kept as they are, under a name that no tool has."""
        given = arguments if isinstance(arguments, dict) else {} if arguments is None else {"arguments": arguments}
        if not shallow(given):
            given = {"arguments": "nested too deep to be read"}
        name, renamed = canonical(tool, given)
        claim = given.get("description")
        action = Action(
            tool=name,
            arguments=renamed,
            cwd=self.cwd,
            session=self.session,
            parent=self.parent,
            client=self.client,
            call=call[:MAX_ID],
            description=claim if isinstance(claim, str) else "",
        )
        return Turn(
            kind="call", session=self.session, parent=self.parent, at=at, call=call[:MAX_ID], action=action, line=line
        )

    def result(
        self, text: str, call: str = "", outcome: Outcome = "unknown", exit_code: int | None = None,
        at: int = 0, line: int = 0,
    ) -> Turn:  # fmt: skip
        """What came back. A code other than 0 is a failure, and a failure has no code 0."""
        if exit_code is not None and outcome in {"unknown", "succeeded", "failed"}:
            outcome = "failed" if outcome == "failed" or exit_code else "succeeded"
        return Turn(
            kind="result", session=self.session, parent=self.parent, at=at, text=bounded(text), call=call[:MAX_ID],
            outcome=outcome, exit_code=exit_code, line=line,
        )  # fmt: skip
