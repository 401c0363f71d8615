"""SQL corpus: statement and expected effects side by side in `cases.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.lower.languages import LANGUAGES
from jackline.lower.scope import Place, Scope
from jackline.lower.sql.dialects import DIALECTS
from jackline.lower.surroundings import Surroundings, Table
from jackline.lower.word import word

if TYPE_CHECKING:
    from jackline.core.effect import Effect

CASES = tomllib.loads((Path(__file__).parent / "cases.toml").read_text())["case"]


def lowered(sql: str, dialect: str = "postgres", database: str = "shop") -> list[Effect]:
    around = Surroundings(Table(), cwd="/ws", workspace="/ws", home="/home/dev", user="dev")
    place = Place(here=False, name="db.example.com") if dialect not in {"sqlite", "duckdb"} else Place()
    scope = Scope(around, {}, text=sql, place=place)
    LANGUAGES[dialect](word(sql, 0, len(sql)), scope, (word(database),))
    return scope.effects


def compact(effect: Effect) -> str:
    """`verb kind name [labels] reversible extent`, without what is at its default."""
    parts = [effect.verb, effect.resource.kind, effect.resource.name]
    if effect.resource.labels:
        parts.append("[" + ",".join(sorted(effect.resource.labels)) + "]")
    if (
        effect.reversible != "yes"
        and effect.verb != "opaque"
        and not (effect.verb == "execute" and effect.extent.exact is False)
    ):
        parts.append(effect.reversible)
    if effect.extent.at_most is None and effect.verb not in {"read", "opaque"}:
        parts.append("any")
    elif not effect.extent.exact and effect.extent.at_most is not None:
        parts.append(f"<={effect.extent.at_most}")
    return " ".join(parts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["sql"][:60])
def test_case(case: dict[str, Any]) -> None:
    effects = lowered(case["sql"], case.get("dialect", "postgres"), case.get("database", "shop"))
    assert [compact(effect) for effect in effects] == case["effects"]


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(
        st.sampled_from(
            [
                "drop",
                "table",
                "x",
                ";",
                "'",
                "$$",
                "--",
                "/*",
                "*/",
                "delete",
                "from",
                "where",
                "(",
                ")",
                "\\!",
                "\n",
                ".",
                "exec",
                "1",
            ]
        ),
        max_size=40,
    ).map(" ".join),
    st.sampled_from(DIALECTS),
)
def test_any_text_gives_effects_or_is_blank(sql: str, dialect: str) -> None:
    effects = lowered(sql, dialect)
    bare = "".join(line for line in sql.splitlines() if not line.strip().startswith("--"))
    if (
        bare.strip(" ;\t\n\r\f\v\x1c\x1d\x1e\x1f\x85\u2028\u2029")
        and "/*" not in bare
        and "--" not in bare
        and "#" not in bare
    ):
        assert effects


@pytest.mark.parametrize("statement", ["DELETE FROM users", "DROP TABLE users", "TRUNCATE users"])
@pytest.mark.parametrize(
    "shape", ["{}", "select 1; {}", "BEGIN; {}; COMMIT", "/* x */ {}", "-- x\n{}", "{} ;", "\n\n{}"]
)
def test_no_shape_hides_a_delete(statement: str, shape: str) -> None:
    assert any(effect.verb == "delete" for effect in lowered(shape.format(statement)))
