"""What is built: complete, with the native programs where a compiler is, and working without them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCE = CHECKOUT / "src" / "jackline"
BUILD = (sys.executable, "-m", "build", "--no-isolation")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy to build in, so that the programs of the tree at hand are not touched."""
    copy = tmp_path_factory.mktemp("checkout") / "jackline"
    ignored = shutil.ignore_patterns(
        ".git", ".venv*", "build", "dist", "bin", ".clients", "__pycache__", ".*_cache", ".hypothesis"
    )
    shutil.copytree(CHECKOUT, copy, ignore=ignored, symlinks=True)
    return copy


def build(checkout, kind, into, **environment):
    known = {
        name: value
        for name, value in os.environ.items()
        if name not in {"CC", "CFLAGS", "LDFLAGS"} and not name.startswith("JACKLINE")
    }
    command = [*BUILD, f"--{kind}", "--outdir", str(into), str(checkout)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**known, **environment})


@pytest.fixture(scope="module")
def native(checkout, tmp_path_factory):
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    into = tmp_path_factory.mktemp("native-wheel")
    done = build(checkout, "wheel", into, JACKLINE_REQUIRE_NATIVE="1")
    assert done.returncode == 0, done.stdout + done.stderr
    return next(into.glob("*.whl"))


@pytest.fixture(scope="module")
def pure(checkout, tmp_path_factory):
    into = tmp_path_factory.mktemp("pure-wheel")
    done = build(checkout, "wheel", into, JACKLINE_NO_NATIVE="1")
    assert done.returncode == 0, done.stdout + done.stderr
    return next(into.glob("*.whl"))


@pytest.fixture(params=["native", "pure"])
def unpacked(request, tmp_path):
    """The wheel's files as pip lays them down, executable bits included."""
    with zipfile.ZipFile(request.getfixturevalue(request.param)) as wheel:
        for entry in wheel.infolist():
            (tmp_path / wheel.extract(entry, tmp_path)).chmod(0o755 if entry.external_attr >> 16 & 0o111 else 0o644)
    return request.param, tmp_path


def run(site, code, *arguments, stdin=b""):
    """Python with the unpacked wheel before everything else."""
    start = f"import sys; sys.path.insert(0, {str(site)!r}); "
    return subprocess.run(
        [sys.executable, "-c", start + code, *arguments], input=stdin, capture_output=True, check=False, cwd="/"
    )


def test_every_file_of_the_package_is_in_the_wheel(native):
    inside = set(zipfile.ZipFile(native).namelist())
    wanted = {
        f"jackline/{path.relative_to(SOURCE)}"
        for path in SOURCE.rglob("*")
        if path.is_file() and not {"__pycache__", "bin"} & set(path.parts)
    }
    assert wanted - inside == set()
    assert {"jackline/hook_client/bin/jackline-hook", "jackline/hook_client/bin/jackline-shell"} <= inside
    assert ("jackline/contain/bin/jackline-launch" in inside) == (sys.platform == "linux")


def test_a_native_wheel_names_its_platform_and_no_version_of_python(native):
    assert "-py3-none-" in native.name
    assert not native.name.endswith("-any.whl")


def test_a_wheel_without_a_compiler_is_for_everyone(pure, checkout, tmp_path):
    assert pure.name.endswith("-py3-none-any.whl")
    assert not [name for name in zipfile.ZipFile(pure).namelist() if "/bin/" in name]
    done = build(checkout, "wheel", tmp_path, CC="no-such-compiler")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [pure.name]


def test_a_compiler_that_fails_is_no_error_unless_it_must_not_fail(checkout, tmp_path):
    assert build(checkout, "wheel", tmp_path, CC="false").returncode == 0
    assert [path.name.endswith("-any.whl") for path in tmp_path.iterdir()] == [True]
    done = build(checkout, "wheel", tmp_path, CC="false", JACKLINE_REQUIRE_NATIVE="1")
    assert done.returncode != 0
    assert "`false " in done.stdout + done.stderr


def test_the_hook_command_of_each_wheel_runs_and_fails_closed(unpacked, tmp_path):
    kind, site = unpacked
    found = run(site, "import jackline.hook_client as h; print('\\n'.join(h.hook_program()))")
    command = found.stdout.decode().splitlines()
    assert (len(command) == 1) == (kind == "native"), found.stderr
    assert command[0].startswith("/")
    done = subprocess.run(
        [*command, "--socket", str(tmp_path / "none"), "claude"], input=b"{}", capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"nobody listens" in done.stderr


def test_each_wheel_decides(unpacked):
    _, site = unpacked
    done = run(site, "from jackline.cli.main import main; main()", "check", "--json", "ls -la")
    assert done.returncode == 0, done.stderr
    assert b'"verdict"' in done.stdout


def test_only_a_wheel_with_its_launcher_contains(unpacked):
    kind, site = unpacked
    found = run(site, "import jackline.contain.launch as l; print(l.launcher())")
    if kind == "native" and sys.platform == "linux":
        done = subprocess.run([found.stdout.strip()], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (125, b"failed it was called wrongly\n")
    else:
        assert found.returncode == 1
        assert b"nothing can be contained" in found.stderr


def test_a_program_for_another_machine_is_passed_over(unpacked):
    kind, site = unpacked
    if kind == "pure":
        pytest.skip("it has no program")
    for program in ("jackline-hook", "jackline-shell"):
        (site / "jackline" / "hook_client" / "bin" / program).write_bytes(b"\x7fELF\x02\x01\x01" + bytes(57))
    found = run(site, "import jackline.hook_client as h; print(len(h.hook_program()), len(h.shell_program()))")
    assert found.stdout.split() == [b"5", b"5"], found.stderr


def test_the_sdist_holds_what_a_clean_clone_holds(checkout, tmp_path):
    done = build(checkout, "sdist", tmp_path)
    assert done.returncode == 0, done.stderr
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sdist:
        inside = {name.partition("/")[2] for name in sdist.getnames()}
    for name in (
        "native/jl1.c",
        "native/launch/launch.h",
        "hatch_build.py",
        "Makefile",
        ".ci/run",
        "requirements/dev.lock",
        "tests/packaging/test_wheel.py",
        "LICENSE",
        "demo/__main__.py",
        "benchmarks/__main__.py",
    ):
        assert name in inside
    assert not [name for name in inside if "/bin/" in name or "__pycache__" in name]
