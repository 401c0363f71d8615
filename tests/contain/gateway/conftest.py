"""Keepers and servers that end with their test, and certificates of a authority of our own."""

from __future__ import annotations

import pytest

from tests.contain.gateway.certificates import Authority
from tests.contain.gateway.running import DIALLED, Keeper


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def _hung_up():
    yield
    while DIALLED:
        DIALLED.pop().close()


@pytest.fixture(scope="session")
def resting(tmp_path_factory):
    """Gateways that wait for the next test: starting one takes a third of a second."""
    waiting = []
    yield waiting
    for keeper in waiting:
        assert keeper.close() == 0


@pytest.fixture
def start(resting, tmp_path_factory):
    """A keeper with a gateway; at the end the gateway must have lived, or have ended by itself."""
    started = []

    def begin(judge, names=None, **more):
        if resting and not more:
            keeper = resting.pop()
            keeper.again(judge, names)
        else:
            keeper = Keeper(tmp_path_factory.mktemp("gateway") / "names.json", judge, names, **more)
        started.append((keeper, bool(more)))
        return keeper

    yield begin
    for keeper, special in started:
        if special or keeper.exit is not None or None in keeper.told:
            assert keeper.close() == 0
        else:
            resting.append(keeper)
