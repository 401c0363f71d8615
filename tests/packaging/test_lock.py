"""The lock files say what the project asks for, with hashes, and nothing of the machine that made them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
LOCKS = ("run", "build", "dev")


def pins(lock):
    text = (CHECKOUT / "requirements" / f"{lock}.lock").read_text()
    return {
        canonicalize_name(found[1]): found[2]
        for found in re.finditer(r"^([A-Za-z0-9_.-]+)==([^ \\]+) \\$", text, re.MULTILINE)
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes_and_no_address(lock):
    text = (CHECKOUT / "requirements" / f"{lock}.lock").read_text()
    requirements = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert requirements
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==\S+ \\", line) for line in requirements), requirements
    assert len(re.findall(r"==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", text)) == len(requirements)
    assert not re.search(r"https?:|file://|--(extra-)?index-url|--find-links|--trusted-host", text)


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [("run", PROJECT["dependencies"]), ("dev", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])],
)
def test_the_lock_holds_what_the_project_asks_for(lock, wanted):
    held = pins(lock)
    for requirement in map(Requirement, wanted):
        version = held.get(canonicalize_name(requirement.name))
        assert version is not None, f"`{requirement.name}` is not locked; run `make lock`"
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}; run `make lock`"


def test_the_tools_run_with_the_very_dependencies_of_a_user():
    dev = pins("dev")
    for lock in ("run", "build"):
        assert pins(lock).items() <= dev.items()


def test_no_dependency_is_open_downwards():
    assert all(Requirement(line).specifier for line in PROJECT["dependencies"])
