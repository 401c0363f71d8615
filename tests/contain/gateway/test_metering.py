"""Tokens and money, read off the answers of three APIs."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.gateway.heads import Head
from jackline.contain.gateway.messages import Budget
from jackline.contain.gateway.metering import Meter, Purse, prices, shipped
from jackline.contain.gateway.metering.usage import Counts, read
from jackline.core.errors import ConfigurationError

JSON, EVENTS = b"application/json", b"text/event-stream; charset=utf-8"


def event(value, name=""):
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(value)}\n\n"


ANTHROPIC = {"type": "message", "model": "claude-sonnet-4-20250514", "content": [{"type": "text", "text": "hi"}],
             "usage": {"input_tokens": 20, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 100, "output_tokens": 7}}  # fmt: skip
ANTHROPIC_EVENTS = "".join(
    (
        event(
            {
                "type": "message_start",
                "message": {"model": "claude-opus-4-1", "usage": {"input_tokens": 25, "output_tokens": 1}},
            },
            "message_start",
        ),
        event({"type": "ping"}, "ping"),
        event({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "usage"}}),
        event({"type": "message_delta", "delta": {}, "usage": {"output_tokens": 15}}, "message_delta"),
        event({"type": "message_stop"}),
    )
)
CHAT = {
    "model": "gpt-4o-2024-08-06",
    "choices": [],
    "usage": {"prompt_tokens": 30, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 10}},
}
CHAT_EVENTS = event({"model": "gpt-4o", "choices": [{}], "usage": None}) + event(CHAT) + "data: [DONE]\n\n"
RESPONSES = {
    "type": "response.completed",
    "response": {
        "model": "gpt-5",
        "usage": {"input_tokens": 40, "output_tokens": 11, "input_tokens_details": {"cached_tokens": 0}},
    },
}
GEMINI = {
    "candidates": [],
    "modelVersion": "gemini-2.5-pro",
    "usageMetadata": {
        "promptTokenCount": 50,
        "candidatesTokenCount": 6,
        "thoughtsTokenCount": 3,
        "cachedContentTokenCount": 20,
    },
}
GEMINI_PART = {
    "candidates": [],
    "modelVersion": "gemini-2.5-pro",
    "usageMetadata": {"promptTokenCount": 50, "candidatesTokenCount": 1},
}

CASES = {
    "Anthropic": ("anthropic", JSON, json.dumps(ANTHROPIC), Counts("claude-sonnet-4-20250514", 20, 7, 100, 5)),
    "Anthropic, streamed": ("anthropic", EVENTS, ANTHROPIC_EVENTS, Counts("claude-opus-4-1", 25, 15)),
    "OpenAI chat": ("openai", JSON, json.dumps(CHAT), Counts("gpt-4o-2024-08-06", 20, 9, 10)),
    "OpenAI chat, streamed": ("openai", EVENTS, CHAT_EVENTS, Counts("gpt-4o-2024-08-06", 20, 9, 10)),
    "OpenAI responses": ("openai", JSON, json.dumps(RESPONSES["response"]), Counts("gpt-5", 40, 11)),
    "OpenAI responses, streamed": ("openai", EVENTS, event(RESPONSES, "response.completed"), Counts("gpt-5", 40, 11)),
    "Gemini": ("gemini", JSON, json.dumps(GEMINI), Counts("gemini-2.5-pro", 30, 9, 20)),
    "Gemini, streamed": ("gemini", EVENTS, event(GEMINI_PART) + event(GEMINI), Counts("gemini-2.5-pro", 50, 9, 20)),
    "Gemini, an array": ("gemini", JSON, json.dumps([GEMINI_PART, GEMINI]), Counts("gemini-2.5-pro", 50, 9, 20)),
}  # fmt: skip


def metered(api, kind, data, *, asked=0, pieces=7, coding=b""):
    fields = [(b"Content-Type", kind), *([(b"Content-Encoding", coding)] if coding else [])]
    meter = Meter(api, asked, Head(fields, 1, True, status=200))
    for at in range(0, len(data), pieces):
        meter.feed(data[at : at + pieces])
    return meter.counts()


@pytest.mark.parametrize(("api", "kind", "text", "counts"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("pieces", [1, 13, 100_000])
def test_what_an_answer_says(api, kind, text, counts, pieces):
    assert metered(api, kind, text.encode(), pieces=pieces) == (counts, False)
    assert metered(api, kind, text.replace("\n", "\r\n").encode(), pieces=pieces) == (counts, False)
    assert metered(api, kind, gzip.compress(text.encode()), pieces=pieces, coding=b"gzip") == (counts, False)


@pytest.mark.parametrize(
    ("kind", "data", "coding"),
    [
        (JSON, b"{}" * 300, b""),
        (EVENTS, b"data: {}\n\n" * 60, b""),
        (JSON, b"x" * 600, b"br"),
        (JSON, b"x" * 600, b"gzip"),
        (b"", b"x" * 600, b""),
    ],
)
def test_an_answer_that_does_not_say_is_counted_by_its_size(kind, data, coding):
    counts, estimated = metered("openai", kind, data, asked=3000, coding=coding)
    assert estimated
    assert (counts.input, counts.output) == (1000, 200)


def test_a_stream_that_broke_off_before_its_end_is_not_cheap():
    begun = ANTHROPIC_EVENTS[: ANTHROPIC_EVENTS.index("event: message_delta")].encode() + b"data: " + b"x" * 3000
    counts, estimated = metered("anthropic", EVENTS, begun)
    assert counts.input == 25
    assert counts.output >= 1
    assert not estimated or counts.output > 500


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["usage", "message", "response", "usageMetadata", "model",
                    "input_tokens", "output_tokens", "prompt_tokens", "prompt_tokens_details", "cached_tokens", "promptTokenCount"]), inner, max_size=4)),
       st.sampled_from(["anthropic", "openai", "gemini"]))  # fmt: skip
def test_any_json_is_counts_or_none(value, api):
    counts = read(api, value)
    assert counts is None or all(count >= 0 for count in counts[1:])


@given(st.binary(max_size=300), st.sampled_from([JSON, EVENTS]), st.sampled_from([b"", b"gzip", b"deflate", b"br"]))
def test_any_bytes_are_counted(data, kind, coding):
    counts, estimated = metered("anthropic", kind, data, coding=coding, asked=30)
    assert estimated
    assert counts.input == 10


# ------------------------------------------------------------------------------------------------------------ money
def test_the_shipped_prices():
    assert shipped().price("claude-opus-4-1-20250805").output == 75
    assert shipped().price("gpt-4o-mini-2024-07-18").input == 0.15
    assert shipped().price("anthropic/claude-sonnet-4-5").input == 3
    assert shipped().price("models/gemini-2.5-flash").input == 0.3
    assert shipped().price("a-model-that-nobody-knows").output == 75


def test_a_price_is_rounded_up():
    assert shipped().price("gpt-5-nano").of(Counts(input=1)) == 1
    assert shipped().price("claude-sonnet-4").of(Counts(input=1_000_000, output=100_000, cache_read=10)) == 4_500_003


@pytest.mark.parametrize(
    "text", ["", "as_of = 'x'", "as_of = 'x'\nprice = []", "as_of = 'x'\nprice = [{model = 'x'}]", "x ="]
)
def test_a_table_that_is_none(text):
    with pytest.raises(ConfigurationError):
        prices.read(text)


def test_a_purse():
    purse = Purse()
    purse.fill(Budget(tokens=100, money=1_000_000, tokens_used=40))
    assert purse.exhausted() == ""
    purse.runs("one", "claude-sonnet-4", Counts(input=30, output=29))
    assert purse.exhausted() == ""
    purse.runs("one", "claude-sonnet-4", Counts(input=30, output=30))
    assert "100 tokens" in purse.exhausted()
    assert purse.ended("one", "claude-sonnet-4", Counts(input=10)) == 30
    assert purse.exhausted() == ""
    purse.fill(Budget(money=1_000_000, money_used=20))
    assert purse.exhausted() == ""
    purse.ended("two", "claude-opus-4", Counts(output=20_000))
    assert "$1.00" in purse.exhausted()
