"""What no linter here checks: sizes, imports inside functions, words that have no place in the sources."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest

import jackline

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCE = CHECKOUT / "src" / "jackline"
MODULES = sorted(SOURCE.rglob("*.py"))
MAX_FILE_LINES = 700
MAX_FUNCTION_LINES = 80


def name(path):
    return str(path.relative_to(CHECKOUT))


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_sizes_and_imports(path):
    text = path.read_text()
    assert text.count("\n") <= MAX_FILE_LINES, "split the file: one job each"
    for function in functions(ast.parse(text)):
        lines = function.end_lineno - function.lineno + 1
        assert lines <= MAX_FUNCTION_LINES, f"{function.name} has {lines} lines"
        for node in ast.walk(function):
            modules = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [a.name for a in getattr(node, "names", []) if isinstance(node, ast.Import)]
            )
            assert not any(module.split(".")[0] == "jackline" for module in modules), (
                f"{function.name} imports {modules} inside"
            )


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("__init__.py")), ids=name)
def test_a_room_opens_with_a_paragraph(path):
    assert ast.get_docstring(ast.parse(path.read_text())), "say what comes in, what goes out, what is guaranteed"


@pytest.mark.skipif(os.environ.get("JACKLINE_TESTED") != "wheel", reason="`make test` tests the wheel")
def test_it_is_the_wheel_that_is_tested():
    assert SOURCE not in Path(jackline.__file__).resolve().parents
    assert "site-packages" in jackline.__file__


def test_no_room_is_called_utils():
    assert [name(path) for path in MODULES if re.search(r"\b_?(utils?|helpers?|common|misc)\b", path.stem)] == []


def tracked():
    listed = subprocess.run(["git", "-C", str(CHECKOUT), "ls-files", "-z"], capture_output=True, text=True, check=False)
    if listed.returncode:
        return [
            path for path in CHECKOUT.rglob("*") if path.is_file() and not {".venv", "build", ".git"} & set(path.parts)
        ]
    return [CHECKOUT / line for line in listed.stdout.split("\0") if line]


FOREIGN = re.compile(
    "|".join(
        (
            "py" + r"pi\.org",
            "pythonhosted" + r"\.org",
            "registry" + r"\.npmjs",
            "registry" + r"\.yarnpkg",
            "rubygems" + r"\\?\.org",
            "services" + r"\\?\.gradle",
            "maven" + r"\\?\.apache",
            r"\.\./sha" + "red/",
            r"/wo" + r"rk/(main|shared)",
        )
    )
)
"""Hosts of registries (they are asked for, never written down) and the paths of the machine that something was written on."""


def test_no_registry_host_and_no_path_of_one_machine_is_written_down():
    found = []
    for path in tracked():
        if path.is_symlink() or not path.is_file():
            continue
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            if FOREIGN.search(line):
                found.append(f"{name(path)}:{number}: {line.strip()[:100]}")
    assert found == []
