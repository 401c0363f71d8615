"""Statements that databases take over HTTP: found in the address, in the body and in its JSON, whatever else is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.lower.http import request
from jackline.lower.languages import LANGUAGES
from jackline.lower.scope import Scope
from jackline.lower.surroundings import Surroundings, Table
from jackline.lower.word import Data, word

if TYPE_CHECKING:
    from jackline.core.effect import Effect

DROP = "DROP TABLE users"


def lowered(method: str, url: str, body: str | None = None) -> list[Effect]:
    around = Surroundings(Table(), cwd="/ws", workspace="/ws", home="/home/dev", user="dev")
    scope = Scope(around, dict(LANGUAGES))
    request(scope, method, word(url), at=(0, 0), body=None if body is None else Data(body))
    return scope.effects


def deleted(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(effect.resource.name, effect.resource.environment) for effect in effects if effect.verb == "delete"]


@pytest.mark.parametrize(
    ("url", "body", "expected"),
    [
        ("http://localhost:8123/?query=DROP%20TABLE%20users", None, [("users", "development")]),
        ("http://localhost:8123/", DROP, [("users", "development")]),
        ("http://localhost:8086/query", f"q={DROP}", [("users", "development")]),
        ("https://api.supabase.com/v1/projects/x/database/query", json.dumps({"query": DROP}), [("users", "unknown")]),
        (
            "http://localhost:8080/v1/query",
            json.dumps({"type": "run_sql", "args": {"sql": DROP}}),
            [("users", "development")],
        ),
        ("http://localhost:8123/?query=SELECT%201", None, []),
        ("http://localhost:3000/?query=DROP%20TABLE%20users", DROP, []),
    ],
)
def test_a_statement_is_read_where_a_database_takes_it(
    url: str, body: str | None, expected: list[tuple[str, str]]
) -> None:
    assert deleted(lowered("POST", url, body)) == expected


def test_a_body_that_is_not_known_is_sent_all_the_same() -> None:
    verbs = [effect.verb for effect in lowered("POST", "http://db.example:8123/", None)]
    assert "send" in verbs


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=120) | st.text('{}[]":,query sql DROP', max_size=60), st.text("query=&%20DROP;", max_size=40))
def test_any_body_and_query_give_effects(body: str, query: str) -> None:
    assert lowered("POST", f"http://localhost:8123/?{query}", body)
