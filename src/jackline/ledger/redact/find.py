"""Find the secrets of one text: every sort of rule, joined to spans that do not overlap."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.deferred import late_pattern
from jackline.ledger.redact import named
from jackline.ledger.redact.quoting import ACTIVE, Quotations
from jackline.ledger.redact.rules import FORMATS, MAX_COMMAND, PLACES, Rule
from jackline.ledger.redact.sieve import may_hold_secrets

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from jackline.ledger.redact.work import Work

PLACEHOLDER: Final = late_pattern(r"JLSECRET[_-][a-z2-7]{12}")

_PEM: Final = late_pattern(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END: Final = "-----END"
_PEM_RUN: Final = late_pattern(r"(?:\\+[nr])|(?P<run>[A-Za-z0-9+/=]{5,})")
_PEM_WORDS: Final = late_pattern(r"[a-z/]+|[A-Za-z]{1,11}")
"""A run of these inside a key's block could be a command or a header's word; it is no line of base64."""

_COOKIES: Final = late_pattern(
    r"(?:(?i:cookie)\\?[\"']?\s{0,4}:\s{0,4}\\?[\"']?|\s(?:-b|--cookie)[= ]\s{0,4}[\"']?)"
    r"(?P<pairs>[^'\"\n\\]{1,4096})"
)
_COOKIE: Final = late_pattern(r"(?<![\w.-])[\w.-]{1,128}=(?P<secret>(?=[A-Za-z_.-]{0,128}[\d%+/])[^\s;,|&<>()`$]{8,})")


_MIN_WORD: Final = 3


class Found(NamedTuple):
    """A secret from `start` to `end`. `certain`: by its format, so that it is one even where an effect is named after it."""

    start: int
    end: int
    certain: bool


def find_secrets(text: str, work: Work) -> list[Found]:
    """The secrets of a text in order, without overlaps. Linear in the text, and bounded: raises `WorkSpentError`."""
    if not may_hold_secrets(text.encode("utf-8", "surrogatepass")):
        return []
    lower = text.lower()
    found = _joined(
        sorted(span for span in _all(text, lower, work) if not named.MASK.fullmatch(text, span.start, span.end))
    )
    return _without_placeholders(text, list(_words_only(text, found)))


def _all(text: str, lower: str, work: Work) -> Iterator[Found]:
    for rule in (*FORMATS, *PLACES):
        if any(hint in lower for hint in rule.hints):
            yield from _by_rule(rule, text, work)
    if "private key" in lower:
        yield from _pem(text, work)
    if "cookie" in lower or "-b " in lower:
        yield from _cookies(text, work)
    if any(hint in lower for hint in named.HINTS):
        for candidate in named.named_values(text, work):
            yield Found(candidate.start, candidate.end, certain=False)


def _by_rule(rule: Rule, text: str, work: Work) -> Iterator[Found]:
    for match in rule.pattern.finditer(text):
        work.step()
        if rule.program is not None and not _follows(rule.program, text, match.start()):
            continue
        group = match.lastgroup or "secret"
        yield Found(*match.span(group), certain=rule.sort == "format")


def _follows(program: re.Pattern[str], text: str, at: int) -> bool:
    """Whether the program stands earlier in the simple command that `at` lies in."""
    start = max(0, at - MAX_COMMAND)
    for separator in "\n|;&":
        start = max(start, text.rfind(separator, start, at) + 1)
    return program.search(text, start, at) is not None


def _pem(text: str, work: Work) -> Iterator[Found]:
    """The lines of private keys in PEM (RFC 7468) or OpenPGP armour, up to the end of the text where it is cut off."""
    at = 0
    while begin := _PEM.search(text, at):
        end = text.find(_PEM_END, begin.end())
        at = end if end >= 0 else len(text)
        for match in _PEM_RUN.finditer(text, begin.end(), at):
            work.step()
            run = match["run"]
            if run and not _PEM_WORDS.fullmatch(run):
                yield Found(*match.span("run"), certain=False)


def _cookies(text: str, work: Work) -> Iterator[Found]:
    for header in _COOKIES.finditer(text):
        start, end = header.span("pairs")
        for pair in _COOKIE.finditer(text, start, end):
            work.step()
            yield Found(*pair.span("secret"), certain=False)


def _words_only(text: str, found: list[Found]) -> Iterator[Found]:
    """Secrets as far as each is one word to a shell: see `quoting`."""
    quotations = Quotations(text)
    for span in found:
        active = ACTIVE.search(text, span.start, span.end)
        if active is None or quotations.hold(span.start, span.end):
            yield span
        elif active.start() - span.start >= _MIN_WORD:
            yield Found(span.start, active.start(), span.certain)


def _joined(spans: list[Found]) -> list[Found]:
    joined: list[Found] = []
    for span in spans:
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = Found(last.start, max(last.end, span.end), last.certain or span.certain)
        else:
            joined.append(span)
    return joined


def _without_placeholders(text: str, found: list[Found]) -> list[Found]:
    """What was redacted before stays as it is, with what a rule sees in it or around it."""
    done = [match.span() for match in PLACEHOLDER.finditer(text)]
    if not done:
        return found
    starts = [start for start, _ in done]
    kept = []
    for span in found:
        before = done[max(0, bisect_left(starts, span.end) - 1)]
        if not (before[0] < span.end and span.start < before[1]):
            kept.append(span)
    return kept
