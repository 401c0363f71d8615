"""The usage fields of three APIs: one JSON value of an answer, or one event of a stream, into counts.

Anthropic's Messages, OpenAI's Chat Completions and Responses, Gemini's generateContent, as their references describe them.
In streams all three count from the answer's begin, so the greatest number of each kind is the answer's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Counts(NamedTuple):
    """Tokens, each counted once: `input` is without those read from and written to a cache."""

    model: str = ""
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    def joined(self, other: Counts) -> Counts:
        """The greatest of each."""
        return Counts(other.model or self.model, *(max(pair) for pair in zip(self[1:], other[1:], strict=True)))

    @property
    def tokens(self) -> int:
        """All of them."""
        return self.input + self.output + self.cache_read + self.cache_write


def read(api: str, value: Any) -> Counts | None:  # noqa: ANN401 - JSON
    """The counts that a JSON value tells; None where it tells none. An array is a stream in one piece."""
    if isinstance(value, list):
        found = [counts for one in value if (counts := read(api, one))]
        total = Counts()
        for counts in found:
            total = total.joined(counts)
        return total if found else None
    return _READERS[api](value) if isinstance(value, dict) else None


def _number(table: dict[str, Any], *keys: str) -> int:
    """The first of these keys that holds a count; `a.b` is a key within a table."""
    for key in keys:
        value: Any = table
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if type(value) is int and value >= 0:
            return value
    return 0


def _anthropic(value: dict[str, Any]) -> Counts | None:
    inner = value.get("message") if isinstance(value.get("message"), dict) else value
    usage = inner.get("usage") if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not isinstance(usage, dict):
        return None
    return Counts(
        str(inner.get("model") or ""),
        _number(usage, "input_tokens"),
        _number(usage, "output_tokens"),
        _number(usage, "cache_read_input_tokens"),
        _number(usage, "cache_creation_input_tokens"),
    )


def _openai(value: dict[str, Any]) -> Counts | None:
    inner = value.get("response") if isinstance(value.get("response"), dict) else value
    usage = inner.get("usage") if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not isinstance(usage, dict):
        return None
    cached = _number(usage, "prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens")
    return Counts(
        str(inner.get("model") or ""),
        max(0, _number(usage, "prompt_tokens", "input_tokens") - cached),
        _number(usage, "completion_tokens", "output_tokens"),
        cached,
    )


def _gemini(value: dict[str, Any]) -> Counts | None:
    inner = value.get("response") if isinstance(value.get("response"), dict) else value
    usage = inner.get("usageMetadata") if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not isinstance(usage, dict):
        return None
    cached = _number(usage, "cachedContentTokenCount")
    prompt = _number(usage, "promptTokenCount") + _number(usage, "toolUsePromptTokenCount")
    output = _number(usage, "candidatesTokenCount") + _number(usage, "thoughtsTokenCount")
    return Counts(str(inner.get("modelVersion") or ""), max(0, prompt - cached), output, cached)


_READERS: Final[dict[str, Callable[[dict[str, Any]], Counts | None]]] = {
    "anthropic": _anthropic,
    "openai": _openai,
    "gemini": _gemini,
}
