"""Which database a statement is about, once others are attached beside the session's own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.lower.languages import LANGUAGES
from jackline.lower.scope import Scope
from jackline.lower.surroundings import Surroundings, Table
from jackline.lower.word import word


def changed(sql: str, dialect: str = "duckdb") -> list[tuple[str, str, str]]:
    around = Surroundings(Table(), cwd="/ws", workspace="/ws", home="/home/dev", user="dev")
    scope = Scope(around, dict(LANGUAGES), text=sql)
    LANGUAGES[dialect](word(sql, 0, len(sql)), scope, ())
    return [
        (effect.verb, effect.resource.name, effect.reversible)
        for effect in scope.effects
        if effect.verb in {"delete", "modify"} and effect.resource.kind == "table"
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ATTACH 'shop.db' AS s; DROP TABLE s.x", [("delete", "/ws/shop.db#s.x", "no")]),
        ("ATTACH 'shop.db'; USE shop; DROP TABLE x", [("delete", "/ws/shop.db#x", "no")]),
        (
            "ATTACH 'dbname=app host=db.example' AS p (TYPE postgres); DELETE FROM p.users",
            [("delete", "app.p.users", "no")],
        ),
        ("ATTACH 'shop.db' AS s; CREATE TABLE x (a int); DROP TABLE x", [("delete", ":memory:.x", "yes")]),
        ("DROP TABLE s.x; ATTACH 'shop.db' AS s", [("delete", ":memory:.s.x", "yes")]),
    ],
)
def test_the_qualifier_says_where_it_is_lost(sql: str, expected: list[tuple[str, str, str]]) -> None:
    assert changed(sql) == expected


@settings(deadline=None, max_examples=100)
@given(st.text("ATTACH '\"USEDATABASE as;()=/.", max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    changed(text)
    changed(text, "sqlite")
