"""A machine of its own for each test: home, project, and programs that need not exist."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jackline.clients.connect.interface import Place, Programs
from jackline.core.profiles import Scope

PROGRAMS = Programs(
    hook=("/opt/jackline/bin/jackline-hook",),
    shell=("/opt/jackline/bin/jackline-shell",),
    guard=("/opt/jackline/bin/python", "-I", "-m", "jackline.guard.start"),
    status=("/opt/jackline/bin/jackline", "statusline"),
    socket="/run/user/1000/jackline/guard.sock",
    environment={"JACKLINE_STATE_HOME": "/home/a person/.local/state/jackline"},
)


class Machine:
    """Where a test connects."""

    def __init__(self, root: Path) -> None:
        self.home, self.project, self.state = (root / name for name in ("home", "project", "state"))
        for folder in (self.home, self.project):
            folder.mkdir(parents=True)

    def place(self, scope: Scope = "user") -> Place:
        return Place(scope, str(self.home), str(self.project), str(self.state))

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Every file of home and project with its mode."""
        found = [path for folder in (self.home, self.project) for path in sorted(folder.rglob("*"))]
        return {str(path): (path.read_bytes() if path.is_file() else b"", path.lstat().st_mode) for path in found}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def fast_disk() -> Iterator[None]:
    """What is synced is not the tests' business, and a thousand syncs are a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield
