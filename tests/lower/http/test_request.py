"""HTTP corpus: request and expected effects side by side in `cases.toml`; hostile URLs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.core.words import KINDS, LABELS, VERBS
from jackline.lower.http import request
from jackline.lower.http.apis import changes
from jackline.lower.http.url import Url, parse
from jackline.lower.scope import Scope
from jackline.lower.surroundings import Surroundings, Table
from jackline.lower.word import Hole, Word, word

if TYPE_CHECKING:
    from jackline.core.effect import Effect

CASES = tomllib.loads((Path(__file__).parent / "cases.toml").read_text())["case"]


def lowered(method: str | None, url: Word) -> list[Effect]:
    around = Surroundings(Table(), cwd="/ws", workspace="/ws", home="/home/dev", user="dev")
    scope = Scope(around, {})
    request(scope, method, url, at=(0, 0))
    return scope.effects


def compact(effect: Effect) -> str:
    labels = ",".join(sorted(effect.resource.labels))
    return f"{effect.verb} {effect.resource.kind} {effect.resource.name}" + (f" [{labels}]" if labels else "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["request"])
def test_case(case: dict[str, Any]) -> None:
    method, _, url = case["request"].partition(" ")
    assert [compact(effect) for effect in lowered(None if method == "?" else method, word(url))] == case["effects"]


def test_a_hole_in_the_path_leaves_the_host_known() -> None:
    (effect,) = lowered("GET", Word(("https://example.com/", Hole("$ID"))))
    assert effect.resource.name == "example.com"


@pytest.mark.parametrize("prefix", ["https://", "", "https://example.com", "https://example.com."])
def test_a_hole_in_the_host_leaves_nothing_known(prefix: str) -> None:
    (effect,) = lowered("GET", Word((prefix, Hole("$HOST"))))
    assert effect.resource.name == "*"


@given(st.text(max_size=80) | st.text("ht:/\\@[]%.0x17?#\x00 \t", max_size=40))
def test_any_text_is_a_connection_or_a_file(text: str) -> None:
    assert lowered("GET", word(text))


@given(
    st.sampled_from(["GET", "POST", "DELETE", "PUT"]), st.text(max_size=30), st.integers(0, 65535), st.text(max_size=60)
)
def test_the_api_table_takes_any_path(method: str, host: str, port: int, path: str) -> None:
    for change in changes(method, Url("https", host, port, "/" + path, "")) or ():
        assert change.verb in VERBS
        assert change.kind in KINDS
        assert change.labels <= set(LABELS)
        assert "{" not in change.name.replace(path, "").replace(host, "")


def test_a_url_past_the_bound_is_not_read() -> None:
    assert parse("https://example.com/" + "x" * 20_000) is None
