"""The dialects of SQL, by the name under which a scope has their interpreter. Apart, so that naming them costs nothing."""

from __future__ import annotations

from typing import Final

DIALECTS: Final = (
    "sql",
    "postgres",
    "mysql",
    "sqlite",
    "duckdb",
    "tsql",
    "snowflake",
    "bigquery",
    "redshift",
    "clickhouse",
    "oracle",
)
