"""Values with a secret's name: `DB_PASSWORD=…`, `--api-key …`, `"token": "…"`, `Password=…;`.

A name says that a value is meant to be secret; the value must still look like one, because names are also given to
paths, references and plain words on which the effects of an action depend. What is replaced is always a literal piece
of one word: never an expansion, a path, an option, or anything that a shell would read as more than text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from jackline.core.deferred import late_pattern
from jackline.ledger.redact.quoting import ACTIVE
from jackline.ledger.redact.work import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.ledger.redact.work import Work

HINTS: Final = ("pass", "pwd", "secret", "token", "key", "auth", "credential", "_pat", "-pat")
"""Lower-case texts, one of which stands in every name."""

Class = Literal["", "password", "token"]

_TAIL: Final = late_pattern(
    r"(?i)(?:passw(?:or)?d|passwd|passphrase|passcode|pass|pwd|secret|token|key|[_-]pat|auth|credentials?|key_base)"
    r"(?P<mark>\\?[\"'])?\]?(?P<before>[ \t]{0,8})(?P<sign>:[-=]|=>|={1,3}|:)(?P<after>[ \t]{0,8})"
)
_FLAG: Final = late_pattern(r"(?i)(?<![\w-])--?(?P<name>[a-z0-9][a-z0-9-]{0,60}|[a-z])[ \t]+(?=[^\s-])")
_REFERENCED: Final = late_pattern(r"(?<!\w)[A-Za-z_]\w*+(?![\"']?\]?[ \t]{0,8}(?:=(?!=)|:))")
"""Identifiers that are used: every one that is not just being assigned."""
_NAME_BACK: Final = late_pattern(r"[A-Za-z0-9_.-]{1,80}\Z")
_PARTS: Final = late_pattern(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_MAX_NAME: Final = 80
MAX_VALUE: Final = 4096
"""How far a value is read."""

_QUOTES: Final = ('\\"', "\\'", '"', "'")
_BARE: Final = late_pattern(r"(?:[^\s'\"`;|&<>(){}\[\],\\]|\\(?=[\w./+=-]))+")
_BARE_ENV: Final = late_pattern(r"(?:[^\s'\"`;|&<>()}\\]|\\(?=[\w./+=-]))+")
_REFERENCE: Final = late_pattern(r"\$(?:\{[^}]*\}?|\w+|[@*#?$!-])|\{\{.*?\}\}|%\w+%|<[\w -]+>")

_PASSWORD_WORDS: Final = frozenset({"password", "passwd", "passphrase", "passcode"})
_SHORT_PASSWORD_WORDS: Final = frozenset({"pass", "pwd", "pw"})
_TOKEN_WORDS: Final = frozenset({"token", "secret", "apikey", "credential", "credentials"})
_KEYS: Final = frozenset({
    "access", "account", "admin", "api", "auth", "cipher", "consumer", "crypt", "deploy", "encryption", "hmac", "jwt",
    "license", "master", "private", "secret", "service", "session", "shared", "signing", "storage", "subscription",
    "webhook",
})  # fmt: skip
_JOINED: Final = (
    "password", "passwd", "passphrase", "apikey", "secretkey", "accesskey", "accountkey", "authtoken", "accesstoken",
    "refreshtoken", "clientsecret", "secretkeybase",
)  # fmt: skip
_NO_TOKENS: Final = frozenset({
    "next", "page", "continuation", "cancel", "cancellation", "stop", "eos", "bos", "pad", "start", "end", "mask", "unk",
    "sep", "max", "design", "syntax", "old", "no",
})  # fmt: skip
_NO_VALUES: Final = frozenset({
    "true", "false", "null", "none", "nil", "undefined", "yes", "no", "on", "off", "required", "optional", "string", "str",
    "int", "number", "bool", "bytes", "any", "changeme", "redacted", "example", "unset", "empty", "default", "prompt",
    "file", "env", "stdin", "self", "this", "auto", "always", "never", "ask", "inherit", "basic", "bearer",
})  # fmt: skip

_PLAIN: Final = late_pattern(r"[A-Za-z_.=\\-]+")
MASK: Final = late_pattern(r"[*•xX.…:_-]*")
"""What documents write in a secret's place."""
_PATH: Final = late_pattern(r"(?:~?/|\.{1,2}/|[A-Za-z]:\\)")
_URL: Final = late_pattern(r"[A-Za-z][A-Za-z0-9+.-]*://")
_CODE: Final = late_pattern(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+")
_BASE64: Final = late_pattern(r"[A-Za-z0-9+/=_-]{32,}")

_MIN_PASSWORD: Final = 3
_MIN_TOKEN: Final = 8
_MIN_PLAIN_TOKEN: Final = 20
_MIN_LOOSE: Final = 5


class Candidate(NamedTuple):
    """A value with a secret's name, from `start` to `end` of the text, as far as it is one literal piece."""

    start: int
    end: int


class _Found(NamedTuple):
    """A name and where its value begins; how firmly the text says that it is assigned, and whether to a variable."""

    name: str
    at: int
    value_at: int
    firm: bool
    variable: bool


class _Used:
    """The identifiers of a text that are used and not just assigned: an effect may depend on their values."""

    __slots__ = ("_found", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: frozenset[str] | None = None

    def __contains__(self, name: str) -> bool:
        if self._found is None:
            self._found = frozenset(_REFERENCED.findall(self._text))
        return name in self._found


def secret_name(name: str) -> Class:
    """Whether a name is that of a password or of a token; "" where it is neither."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    if not parts:
        return ""
    joined, last, before = "".join(parts), parts[-1], parts[-2] if len(parts) > 1 else ""
    if before in _NO_TOKENS:
        return ""
    if last in _PASSWORD_WORDS or joined.endswith(_JOINED[:3]) or joined in {"sshpass", "pgpass"}:
        return "password"
    if last in _SHORT_PASSWORD_WORDS and before:
        return "password"
    if last in _TOKEN_WORDS or joined.endswith(_JOINED) or (last in {"auth", "pat"} and before):
        return "token"
    return "token" if last == "key" and before in _KEYS else ""


def named_values(text: str, work: Work) -> Iterator[Candidate]:
    """The literal pieces of values with a secret's name. Raises `WorkSpentError`."""
    used = _Used(text)
    done = 0
    for found in sorted((*_assignments(text, work), *_options(text, work)), key=_position):
        kind = secret_name(found.name)
        if not kind or found.at < done:
            continue
        work.step(WHOLE - 1)
        start, end, quote = _value(text, found)
        quoted = bool(quote)
        firm = found.firm and (quoted or found.name.isupper() or text[end : end + 1] in {";", "&"})
        depended = found.variable and found.name in used
        for piece in _pieces(text, start, end, quote):
            if _looks_secret(kind, text[piece.start : piece.end], quoted=quoted, firm=firm, used=depended):
                done = piece.end
                yield piece


def value_is_secret(name: str, value: str) -> bool:
    """Whether a whole value that stands under `name` in structured data (JSON, an argument list) is a secret."""
    kind = secret_name(name)
    if not kind or not value or _REFERENCE.fullmatch(value) or "$(" in value or "`" in value:
        return False
    return _looks_secret(kind, value, quoted=True, firm=True, used=False)


def _assignments(text: str, work: Work) -> Iterator[_Found]:
    for match in _TAIL.finditer(text):
        work.step(1)
        cut = match.start("mark") if match["mark"] else match.start("before")
        closing = 1 if text[cut - 1 : cut] == "]" else 0
        back = _NAME_BACK.search(text, max(0, cut - closing - _MAX_NAME), cut - closing)
        if back is None:
            continue
        name, at = back[0].lstrip("-"), back.start()
        default = match["sign"] in {":-", ":="} and text[max(0, at - 2) : at] == "${"
        tight = not match["before"] and not match["after"] and match["sign"] == "="
        yield _Found(name, at, match.end(), tight or default, variable="=" in match["sign"])


def _options(text: str, work: Work) -> Iterator[_Found]:
    for match in _FLAG.finditer(text):
        if secret_name(match["name"]):
            work.step()
            yield _Found(match["name"], match.start(), match.end(), firm=False, variable=False)


def _position(found: _Found) -> int:
    return found.at


def _value(text: str, found: _Found) -> tuple[int, int, str]:
    """Where the value begins and ends, without its quotation marks, and which mark that was."""
    at = found.value_at
    limit = min(len(text), at + MAX_VALUE)
    for quote in _QUOTES:
        if text.startswith(quote, at):
            start = at + len(quote)
            end = _closing(text, start, limit, quote)
            return start, end, quote
    match = (_BARE_ENV if found.firm and found.name.isupper() else _BARE).match(text, at, limit)
    if match is None:
        return at, at, ""
    end = match.end()
    closing = "" if found.firm else ".,:!?]}"  # punctuation of the sentence or list around it
    while end > at and (text[end - 1] in closing or text.startswith("$(", end - 1)):
        end -= 1
    return at, end, ""


def _closing(text: str, start: int, limit: int, quote: str) -> int:
    """Where the quotation ends; at the end of the line where it never does."""
    at = start
    while True:
        found = text.find(quote, at, limit)
        if found < 0:
            newline = text.find("\n", start, limit)
            return limit if newline < 0 else newline
        if len(quote) > 1 or quote == "'" or text[found - 1] != "\\" or found == start:
            return found
        at = found + 1


def _pieces(text: str, start: int, end: int, quote: str) -> Iterator[Candidate]:
    """The literal pieces of a value: what stands before a command substitution, and between references."""
    for opener in ("$(", "`", "<(", ">("):
        found = text.find(opener, start, end)
        if found >= 0:
            end = found
    if quote == "'":  # nothing in it is expanded, and a whole reference is no secret
        if end > start and not _REFERENCE.fullmatch(text, start, end):
            yield Candidate(start, end)
        return
    at = start
    for reference in _REFERENCE.finditer(text, start, end):
        if reference.start() > at:
            yield Candidate(at, reference.start())
        at = reference.end()
    if end > at:
        yield Candidate(at, end)


def _looks_secret(kind: Class, value: str, *, quoted: bool, firm: bool, used: bool) -> bool:
    """Whether a value under a secret's name is one. `firm`: the text leaves no doubt that it is assigned."""
    if value.lower() in _NO_VALUES or MASK.fullmatch(value) or value.startswith("-"):
        return False
    if _URL.match(value) or (_PATH.match(value) and not _dense(value)):
        return False
    spaced = ACTIVE.search(value) is not None
    plain = _PLAIN.fullmatch(value) is not None
    if used and (plain or spaced):
        return False
    if not quoted and (_CODE.fullmatch(value) or (plain and not firm)):
        return False
    if value.isdigit():
        return kind == "password" and len(value) > _MIN_PASSWORD
    if kind == "password":
        return len(value) >= (_MIN_PASSWORD if firm or quoted else _MIN_LOOSE)
    if spaced or ("=" in value.rstrip("=") and not _dense(value)):
        return False
    return len(value) >= (_MIN_PLAIN_TOKEN if plain else _MIN_TOKEN)


def _dense(value: str) -> bool:
    """Whether a value is a long run of mixed characters, as keys in base64 are and paths are not."""
    return (
        _BASE64.fullmatch(value) is not None
        and any(character.isdigit() for character in value)
        and any(character.isupper() for character in value)
        and any(character.islower() for character in value)
    )
