"""Programs in real sandboxes, observed: as root and as an ordinary user."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from jackline.contain.launch import Sandbox, Streams
from jackline.contain.observe.binaries import Digests
from jackline.contain.observe.facts import Seen
from jackline.contain.observe.supervisor import Supervisor
from jackline.contain.plan import Mount
from tests.contain.launch.conftest import compiled, launcher, open_folder, probe, start_session, uid  # noqa: F401
from tests.contain.launch.ground import PATIENCE, Ground, drain


@dataclass
class Observed:
    """What came of a program, and what was seen of it."""

    code: int
    out: bytes
    err: bytes
    seen: Seen

    @property
    def lines(self):
        return self.out.decode().splitlines()

    @property
    def started(self):
        """What it started itself."""
        return [each for each in self.seen.processes if not each.first]


def begin(ground: Ground, *argv: str, **changes):
    """Start it, observed: the sandbox, its observer, a pipe to its input, those from its output and errors."""
    given, feed = os.pipe()
    out, to_out = os.pipe()
    err, to_err = os.pipe()
    plan = ground.plan(*argv, observed=True, **changes)
    sandbox = Sandbox.start(plan, ground.holder, Streams(given, to_out, to_err))
    notifier, sandbox.notifier = sandbox.notifier, -1
    supervisor = Supervisor(notifier, plan.argv, Digests())
    for each in (given, to_out, to_err):
        os.close(each)
    return sandbox, supervisor, feed, out, err


@pytest.fixture(scope="session")
def actor(open_folder):  # noqa: F811
    path = os.path.join(open_folder, "actor")
    source = Path(__file__).with_name("actor.c")
    flags = ("-std=gnu11", "-O1", "-static", "-pthread", "-Wall", "-Wextra", "-Werror")
    subprocess.run(["cc", *flags, "-o", path, str(source)], check=True, capture_output=True)
    return path


@pytest.fixture
def ground(start_session):  # noqa: F811
    return start_session()


@pytest.fixture
def observe(ground, actor):
    """Run a program to its end; `/actor` is the one in C."""

    def run(*argv, **changes):
        mounts = (Mount("read", "/actor", actor), *changes.pop("mounts", ()))
        sandbox, supervisor, feed, out, err = begin(ground, *argv, mounts=mounts, **changes)
        os.close(feed)
        said, complained = drain(out, err)
        code = sandbox.wait(PATIENCE)
        sandbox.close()
        assert supervisor.over(PATIENCE)
        return Observed(code, said, complained, supervisor.take())

    return run
