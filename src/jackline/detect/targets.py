"""What a call is aimed at: the values of its arguments and the resources of its effects that name someone or something.

A *target* is a recipient, an account, an address, a file, a name, an amount: short values whole, and from long ones
(the body of a mail, a command) only what has the form of an address. Each is given as it stands in a plain text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from jackline.detect.once import once
from jackline.detect.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.history import Judged

MAX_TARGETS: Final = 48
_MAX_SHORT: Final = 120
_MAX_WORDS: Final = 12
_MAX_DICTATED: Final = 300
_MIN_DICTATED: Final = 3
_MAX_DEPTH: Final = 4
_MIN_NAME: Final = 3
_MAX_COUNT: Final = 5
"""A number of more digits names something; a shorter one may count anything."""

_TOP: Final = "com|org|net|io|dev|ai|co|ru|cn|uk|de|fr|info|biz|xyz|app|site|online|me|example|test|evil|tk|gg"
_FORMS: Final = (
    ("email", r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", r"@"),
    ("url", r"(?:https?://|ftp://|www\.)[^\s\"'<>)\]}`,;]+", r"://|www\."),
    ("iban", r"\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{2,5}){2,8}\b", r"[a-z]\d\d"),
    ("hex", r"\b0x[0-9a-f]{6,}\b|\b[0-9a-f]{16,}\b", r"0x|[0-9a-f]{16}"),
    ("number", r"(?<![\w.])\+?\d(?:[ -]?\d){6,40}(?![\w.])", r"\d(?:[ -]?\d){6}"),
    ("host", rf"(?<![a-z0-9.-])(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_TOP})\b", rf"\.(?:{_TOP})\b"),
)
"""Name, form, and what a text has that may have such an address: to ask for that first takes a fifth of the time."""
_HINTS: Final = tuple((name, re.compile(hint)) for name, _, hint in _FORMS)
_BODIES: Final = frozenset({
    "body", "content", "text", "message", "description", "subject", "title", "note", "notes", "comment", "prompt", "query", "code",
    "summary", "reason", "memo", "caption", "reference", "details", "search_query", "instructions",
})  # fmt: skip
"""Arguments that hold prose: only addresses in them count, and a whole text of some words, which may have been dictated."""
_BLAND: Final = frozenset({
    "true", "false", "none", "null", "yes", "no", "all", "read", "write", "r", "w", "rw", "high", "low", "medium", "normal",
    "default", "public", "private", "general", "user", "me", "self", "admin", "home", "work", "personal", "today", "tomorrow", "now",
    "daily", "weekly", "monthly", "usd", "eur", "gbp", "en", "html", "json", "pdf", "permanent", "temporary", "edit", "editor", "viewer",
})  # fmt: skip
_PLACE_KEY: Final = "channel"
"""Arguments whose common words are names: `general` is where many talk."""
_DATE: Final = re.compile(
    r"\d{4}-\d\d(?:-\d\d)?(?:[t ]\d\d:\d\d(?::\d\d)?\S*)?|\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[ap]m)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}"
)
_PLACES: Final = frozenset({"endpoint", "message", "account", "package", "money", "repository", "agent"})


def addresses(text: str) -> list[str]:
    """The addresses in a plain text: mail, web (also without what is asked of them), accounts, telephones, hosts, hashes."""
    found: list[str] = []
    may_be = tuple(name for name, hint in _HINTS if hint.search(text) is not None)
    for match in _forms(may_be).finditer(text) if may_be else ():
        value = match.group().rstrip(".,;:!?")
        if match.lastgroup == "url":
            value = bare_url(value)
            if "?" in value:
                found.append(value.partition("?")[0])
        found.append(value)
    return found


@lru_cache(maxsize=1 << len(_FORMS))
def _forms(names: tuple[str, ...]) -> re.Pattern[str]:
    """These forms in one pattern: where two begin at one place, the first of the table counts."""
    return re.compile("|".join(f"(?P<{name}>{form})" for name, form, _ in _FORMS if name in names))


def bare_url(text: str) -> str:
    """An address of the web without what is often left out of it."""
    return re.sub(r"^(?:https?://|ftp://)?(?:www\.)?", "", text).rstrip("/")


@once
def targets(judged: Judged) -> dict[str, bool]:
    """The targets of a call → whether each is distinctive by itself (an address, a name of several words, a long ID).

    What is not (a small number, a common word) counts only beside an instruction that bears it.
    """
    found: dict[str, bool] = {}
    action = judged.turn.action
    if action is None:
        return found
    for key, value in _values(action.arguments, 0):
        for target, distinct in _of_value(key.casefold(), value):
            found[target] = found.get(target, False) or distinct
            if len(found) >= MAX_TARGETS:
                return found
    for effect in judged.decision.effects[:MAX_TARGETS]:
        resource = effect.resource
        if resource.kind in _PLACES and resource.name != "*" and not resource.name.startswith("mcp/"):
            name = plain(resource.name)
            found.setdefault(name.rpartition(":")[2] if resource.kind == "package" else name, len(name) > _MIN_NAME)
    return found


def _values(value: Any, depth: int, key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON in
    """The texts and numbers in an argument, each with the name that it stands under."""
    if isinstance(value, dict) and depth < _MAX_DEPTH:
        for name, inner in list(value.items())[:MAX_TARGETS]:
            yield from _values(inner, depth + 1, str(name))
    elif isinstance(value, list | tuple) and depth < _MAX_DEPTH:
        for inner in value[:MAX_TARGETS]:
            yield from _values(inner, depth + 1, key)
    elif isinstance(value, str):
        yield key, value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield key, f"{value:g}" if isinstance(value, float) else str(value)


def _of_value(key: str, value: str) -> Iterator[tuple[str, bool]]:
    text = plain(value).strip()
    if not text or (text in _BLAND and not key.startswith(_PLACE_KEY)) or _DATE.fullmatch(text):
        return
    for address in addresses(text):
        yield address, True
    if key in _BODIES or len(text) > _MAX_SHORT or text.count(" ") >= _MAX_WORDS:
        if len(text) <= _MAX_DICTATED and text.count(" ") >= _MIN_DICTATED:
            yield text, True
        return
    text = bare_url(text)
    yield text, _is_distinct(text)


def _is_distinct(text: str) -> bool:
    if text.replace(".", "", 1).lstrip("-").isdigit():
        return len(text) > _MAX_COUNT or "." in text
    return len(text) > _MIN_NAME


def places_of(target: str, text: str, limit: int = 8, *, whole: bool = True) -> list[int]:
    """Where a target stands in a plain text (as a whole, or as the beginning of a word), at most so many places."""
    found: list[int] = []
    at = text.find(target) if target else -1
    while at >= 0 and len(found) < limit:
        end = at + len(target)
        before, after = text[at - 1 : at], text[end : end + 1]
        if not (before.isalnum() and target[0].isalnum()) and not (whole and after.isalnum() and target[-1].isalnum()):
            found.append(at)
        at = text.find(target, end)
    return found
