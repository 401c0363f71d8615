"""What a start imports: a third of a millisecond for each module, which nobody would notice when it comes back.

Whatever makes a test here fail is put off with `jackline.core.deferred`.
"""

import json
import subprocess
import sys

import pytest

SHOWN = """
import json, sys
from jackline.cli.main import run
code = run(sys.argv[1:])
print()
print(json.dumps([code, sorted(sys.modules)]))
"""
GUARD = "import json, sys, jackline.guard.main; print(json.dumps([0, sorted(sys.modules)]))"

LANGUAGES = (
    "jackline.lower.javascript", "jackline.lower.python", "jackline.lower.oneliners", "jackline.lower.program",
    "jackline.lower.manifests", "jackline.lower.sql.statements", "jackline.lower.stores", "jackline.lower.awk",
    "jackline.lower.sed", "jackline.lower.patches", "jackline.lower.mcp", "jackline.lower.http", "jackline.lower.tools",
    "sqlglot", "yaml", "tree_sitter_typescript",
)  # fmt: skip
UNREAD = (
    "jackline.detect",
    "jackline.respond",
    "jackline.policy.check",
    "jackline.policy.schema",
    "jackline.guard.audit",
)
LIBRARIES = ("importlib.resources", "zipfile", "tempfile", "subprocess", "configparser", "bz2", "lzma", "difflib")


def imported(program: str, *arguments: str) -> set[str]:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    code, names = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stderr
    return set(names)


def within(names: set[str], *packages: str) -> list[str]:
    return sorted(name for name in names for package in packages if name == package or name.startswith(f"{package}."))


@pytest.fixture(autouse=True)
def homes(tmp_path, monkeypatch):
    for name in ("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR"):
        monkeypatch.setenv(f"JACKLINE_{name}", str(tmp_path / name))
    monkeypatch.chdir(tmp_path)


def test_a_check_imports_what_its_command_needs() -> None:
    names = imported(SHOWN, "check", "ls")
    assert within(names, *LANGUAGES, *UNREAD, *LIBRARIES) == []
    assert (
        within(names, "cryptography", "sqlite3", "jackline.ledger", "jackline.clients", "jackline.guard.images") == []
    )
    assert len(within(names, "jackline")) < 175


def test_the_guard_imports_what_its_first_answer_needs() -> None:
    names = imported(GUARD)
    assert within(names, *LANGUAGES, *UNREAD, *LIBRARIES) == []
    assert len(within(names, "jackline")) < 240


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("python3 -c 'print(1)'", "jackline.lower.python.language"),
        ("node -e 1", "jackline.lower.javascript.language"),
        ("sqlite3 x.db 'select 1'", "sqlglot"),
        ("sed -n 1p x", "jackline.lower.sed"),
    ],
)
def test_a_language_is_imported_where_there_is_code_in_it(command: str, wanted: str) -> None:
    assert wanted in imported(SHOWN, "check", command)
