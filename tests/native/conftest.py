"""Each program three times: compiled as it ships, compiled with sanitizers, and its Python twin."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import jackline.hook_client
from tests.native.fake_guard import FakeGuard

CHECKOUT = Path(__file__).resolve().parents[2]
SANITIZED = (
    "-std=c11",
    "-g",
    "-O1",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
)

UNLEAKED = ("env", "ASAN_OPTIONS=detect_leaks=0")
"""What a program that ends at once still holds is not a leak."""


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """Where the two programs lie, built by the very function that builds the wheel."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    spec = importlib.util.spec_from_file_location("hatch_build", CHECKOUT / "hatch_build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    target = tmp_path_factory.mktemp("native")
    assert not build.compile_programs(CHECKOUT / "native", target).problem
    return target


@pytest.fixture(scope="session")
def sanitized(tmp_path_factory):
    """The same sources with AddressSanitizer and UndefinedBehaviorSanitizer: any finding ends the program with 1."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    target = tmp_path_factory.mktemp("sanitized")
    for program in ("jackline-hook", "jackline-shell"):
        sources = [str(CHECKOUT / "native" / name) for name in (f"{program}.c", "jl1.c")]
        done = subprocess.run(
            ["cc", *SANITIZED, "-o", str(target / program), *sources], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"no sanitizers here: {done.stderr[:200]}")
    return target


@pytest.fixture(scope="session", params=["native", "sanitized", "twin"])
def programs(request):
    """`programs("hook")`: the command of one of the two programs."""
    if request.param == "twin":
        twin = Path(jackline.hook_client.__file__).with_name("twin.py")
        return lambda program: [sys.executable, "-I", "-S", str(twin), program]
    place = request.getfixturevalue("compiled" if request.param == "native" else "sanitized")
    return lambda program: [*(UNLEAKED if request.param == "sanitized" else ()), str(place / f"jackline-{program}")]


@pytest.fixture
def runtime(tmp_path_factory):
    """A runtime directory as the guard makes it."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture
def guard(runtime):
    """A guard whose every answer the test writes."""
    with FakeGuard(runtime / "guard.sock") as fake:
        yield fake
