from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.guard.desk_top import Desktop


@pytest.fixture
def short(request):
    """A private directory with a short path: a socket's name has 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="jl") as place:
        yield Path(os.path.realpath(place))


@pytest.fixture
def desktop(tmp_path):
    found = Desktop(tmp_path / "machine")
    yield found
    found.service.close()


@pytest.fixture
def secret(desktop):
    """The project with a secret in it."""
    (desktop.project / ".env").write_text("TOKEN=1\n")
    return desktop


@pytest.fixture
def repository(desktop):
    """The project as a git work tree with one commit and a bare remote on this machine."""
    remote = desktop.place / "remote.git"
    for command in (
        ["git", "init", "-q", "--bare", str(remote)],
        ["git", "init", "-q", "-b", "main", "."],
        ["git", "config", "user.email", "a@example.com"],
        ["git", "config", "user.name", "A"],
        ["git", "commit", "-q", "--allow-empty", "-m", "start"],
        ["git", "remote", "add", "origin", "git@git.example.com:team/thing.git"],
    ):
        subprocess.run(command, cwd=desktop.project, check=True)
    return desktop
