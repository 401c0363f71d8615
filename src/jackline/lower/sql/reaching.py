"""Functions and clauses that leave the database: what each touches outside it.

Sources: PostgreSQL manual chapters 9.28 (server files), 68 (large objects), F.12 (dblink), COPY; MySQL manual LOAD DATA,
SELECT … INTO, LOAD_FILE, sys_exec UDFs; SQLite load_extension, writefile, edit; DuckDB read_*/COPY; T-SQL xp_/sp_OA*.
"""

from __future__ import annotations

from typing import Final, Literal

Outside = Literal["run", "read", "write", "delete", "connect", "terminate", "configure", "load"]

FUNCTIONS: Final[dict[str, Outside]] = {
    "pg_read_file": "read", "pg_read_binary_file": "read", "pg_ls_dir": "read", "pg_stat_file": "read",
    "lo_import": "read", "lo_export": "write", "pg_file_write": "write", "pg_file_unlink": "delete",
    "pg_file_rename": "write", "dblink": "connect", "dblink_exec": "connect", "dblink_connect": "connect",
    "pg_terminate_backend": "terminate", "pg_cancel_backend": "terminate", "pg_reload_conf": "configure",
    "pg_rotate_logfile": "configure", "set_config": "configure", "pg_promote": "configure",
    "load_file": "read", "sys_exec": "run", "sys_eval": "run", "load_extension": "load",
    "writefile": "write", "readfile": "read", "fsdir": "read", "edit": "run",
    "read_csv": "read", "read_csv_auto": "read", "read_parquet": "read", "read_json": "read", "read_json_auto": "read",
    "read_text": "read", "read_blob": "read", "parquet_scan": "read", "sqlite_scan": "read", "postgres_scan": "connect",
    "openrowset": "connect", "opendatasource": "connect", "openquery": "connect",
    "utl_http.request": "connect", "http_get": "connect", "http_post": "connect", "net.http_post": "connect",
    "net.http_get": "connect", "url": "connect", "s3": "connect", "file": "read", "executable": "run",
}  # fmt: skip
"""Function name in lower case → what it does outside; the first text argument names the target."""

PROCEDURES: Final[dict[str, Outside]] = {
    "xp_cmdshell": "run", "sp_oacreate": "run", "sp_oamethod": "run", "xp_regwrite": "configure", "xp_regdeletevalue": "configure",
    "sp_configure": "configure", "xp_delete_file": "delete", "sp_addsrvrolemember": "configure", "sp_executesql": "run",
    "sp_execute_external_script": "run", "xp_dirtree": "connect", "xp_fileexist": "read",
}  # fmt: skip
"""T-SQL procedures by name."""

DELETING_FUNCTIONS: Final = frozenset({
    "pg_drop_replication_slot", "lo_unlink", "drop_chunks", "cron.unschedule", "pg_wal_replay_resume", "delete_topics",
})  # fmt: skip
"""Functions that destroy something inside the database."""

CHANGING_FUNCTIONS: Final = frozenset(
    {"setval", "pg_replication_slot_advance", "pg_stat_reset", "pg_stat_statements_reset"}
)
"""Functions that change something inside the database."""

REMOTE_STATEMENTS: Final = frozenset({
    "dblink", "dblink_exec", "dblink_send_query", "dblink_open", "mysql_query", "postgres_execute", "mysql_execute",
})  # fmt: skip
"""Functions that send one of their texts, a statement, to another database."""

PERSISTING_FUNCTIONS: Final = frozenset({"cron.schedule", "cron.schedule_in_database"})
