r"""SQL: statements of PostgreSQL, MySQL, SQLite, DuckDB, T-SQL and the warehouses become effects on tables.

In: SQL text (with its client's own commands: `\!`, `.shell`), the dialect, and the database it is sent to. Out: effects
with table and extent through a `Scope`. Guaranteed: every statement gives an effect; what the parser does not read
is looked up by its first words, else `opaque`; a function or clause that leaves the database (files, programs, other
servers) has its own effect beside the statement's.
"""
