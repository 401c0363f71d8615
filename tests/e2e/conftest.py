"""The clients, or the reason why there are none; and a world for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import PROGRAMS, World

FOLDER = Path(os.environ.get("JACKLINE_CLIENTS") or Path(__file__).parents[2] / ".clients")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in here drives a real client."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def missing(client: str) -> str:
    """Why a client cannot be run, or ""."""
    for word in PROGRAMS[client]:
        if not (FOLDER / "node_modules" / word).exists():
            return f"no {client} in {FOLDER}: run `sh tests/e2e/install.sh {FOLDER}`, which needs npm"
    return ""


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A machine of the test's own. Skips where the test's client is not installed."""
    client = request.node.callspec.params.get("client", "claude") if hasattr(request.node, "callspec") else "claude"
    if reason := missing(client):
        pytest.skip(reason)
    made = World(FOLDER)
    try:
        yield made
    finally:
        made.close()
