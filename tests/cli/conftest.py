from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.guard.residents import Resident


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """Homes of its own, and a project to stand in."""
    for name in ("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR"):
        monkeypatch.setenv(f"JACKLINE_{name}", str(tmp_path / name))
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.delenv("JACKLINE_DEBUG", raising=False)
    return tmp_path


@pytest.fixture
def resident(monkeypatch):
    """A guard that runs, and this process's environment pointing at it."""
    with tempfile.TemporaryDirectory(prefix="jl") as place, Resident(Path(os.path.realpath(place))) as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(found.project)
        found.start()
        yield found
