"""What is compiled once for all escape tests, and the users in whose name attempts are made."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from jackline.contain.launch import launcher
from jackline.core.errors import JacklineError
from tests.contain.escape import world

REPOSITORY = Path(__file__).parents[3]
USERS = {"root": 0, "stranger": world.STRANGER} if os.getuid() == 0 else {"ourselves": os.getuid()}


@pytest.fixture(scope="session")
def programs():
    """A folder of programs that every user may read, with the launcher that is shipped."""
    if sys.platform != "linux":
        pytest.skip("sandboxes are made on Linux alone")
    try:
        shipped = launcher()
    except JacklineError as error:
        pytest.skip(str(error))
    with tempfile.TemporaryDirectory(prefix="jl-programs-") as folder:
        os.chmod(folder, 0o755)
        shutil.copy(shipped, f"{folder}/jackline-launch")
        yield folder


@pytest.fixture(scope="session")
def attempts(programs):
    """The program of all attempts."""
    return world.build(programs)


@pytest.fixture(scope="session")
def measured_launcher(programs):
    """The launcher in a build of the tests', in which each wall can be left away."""
    target = f"{programs}/jackline-launch-measured"
    sources = sorted(str(path) for path in (REPOSITORY / "native" / "launch").glob("*.c"))
    return world.compile_static(target, sources, "-std=c11", "-DWITHOUT_WALLS")


@pytest.fixture(params=USERS)
def user(request):
    """Whose processes are attacked, and by whom."""
    return request.param


@pytest.fixture
def folder(user):
    """An empty folder of that user's."""
    with world.folder_of(USERS[user]) as made:
        yield made


@pytest.fixture
def run(user):
    """Runs a function as that user."""
    return lambda function, *arguments: world.as_user(USERS[user], function, *arguments)
