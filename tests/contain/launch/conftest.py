"""The launcher, compiled as it ships, and sessions in which its tests run programs: as root and as an ordinary user."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jackline.contain.launch import Holder, program
from jackline.core.errors import ContainmentError
from tests.contain.launch.ground import Ground

CHECKOUT = Path(__file__).resolve().parents[3]
OTHER = 54_321
"""Nobody's uid: the ordinary user's, where the tests run as root."""

if sys.platform != "linux":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def open_folder():
    """A folder that every user may look into; pytest's own are closed to others."""
    folder = tempfile.mkdtemp(prefix="jackline-launch-")
    os.chmod(folder, 0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def compiled(open_folder):
    """The launcher, built by the very function that builds the wheel."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    spec = importlib.util.spec_from_file_location("hatch_build", CHECKOUT / "hatch_build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    target = Path(open_folder, "bin")
    assert not build.compile_contained(CHECKOUT / "native", target).problem
    return str(target / "jackline-launch")


SANITIZED = ("-std=c11", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@pytest.fixture(scope="session", params=["compiled", pytest.param("sanitized", marks=pytest.mark.slow)])
def reader(request, compiled, open_folder):
    """The launcher, also with AddressSanitizer and UndefinedBehaviorSanitizer: a finding ends it with another code."""
    if request.param == "compiled":
        return compiled
    path = os.path.join(open_folder, "sanitized")
    sources = sorted(map(str, (CHECKOUT / "native" / "launch").glob("*.c")))
    done = subprocess.run(["cc", *SANITIZED, "-o", path, *sources], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no sanitizers here: {done.stderr[:200]}")
    return path


@pytest.fixture(scope="session")
def probe(open_folder):
    path = os.path.join(open_folder, "probe")
    source = Path(__file__).with_name("probe.c")
    subprocess.run(
        ["cc", "-std=gnu11", "-static", "-Wall", "-Wextra", "-Werror", "-o", path, str(source)],
        check=True,
        capture_output=True,
    )
    return path


@pytest.fixture
def launcher(compiled, monkeypatch):
    monkeypatch.setattr(program, "launcher", lambda: compiled)
    return compiled


@pytest.fixture(params=["root", "user"] if os.geteuid() == 0 else ["self"])
def uid(request, launcher, monkeypatch):
    """Whose sandboxes they are: from here on, launchers are started as that user."""
    if request.param != "user":
        return os.geteuid()
    started = functools.partial(subprocess.Popen, user=OTHER, group=OTHER, extra_groups=[])
    monkeypatch.setattr(program, "Popen", started)
    return OTHER


@pytest.fixture
def start_session(uid, open_folder, probe):
    """Start sessions; they end with the test."""
    grounds = []

    def start(*views):
        folder = tempfile.mkdtemp(dir=open_folder)
        os.chmod(folder, 0o755)
        try:
            holder = Holder.start(views)
        except ContainmentError as error:
            if "no user namespace" in str(error):
                pytest.skip(str(error))
            raise
        ground = Ground(holder, folder, probe, uid)
        ground.own()
        grounds.append(ground)
        return ground

    yield start
    for ground in grounds:
        ground.holder.stop()
        for each in ground.left:
            os.close(each)


@pytest.fixture
def ground(start_session):
    """One session."""
    return start_session()
