"""When the guard or a keeper is killed: what ran is gone, the caller is told, nothing is published, and work goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jackline.contain.launch import launcher
from jackline.core.errors import ContainmentError

pytestmark = pytest.mark.slow
JACKLINE = (sys.executable, "-c", "from jackline.cli.main import main; main()")
MARK = "jackline-victim-2718"


class Machine:
    """Homes of their own, a project, and the command line over them."""

    def __init__(self, place: Path) -> None:
        self.project = place / "p"
        self.project.mkdir()
        (self.project / "data").write_text("precious\n")
        homes = {
            f"JACKLINE_{name}": str(place / name[0].lower()) for name in ("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR")
        }
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        self.environment = {**kept, **homes, "HOME": str(place / "h"), "LANG": "C.UTF-8"}
        (place / "h").mkdir()
        self.lock = place / "r" / "guard.lock"

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*JACKLINE, *words], cwd=self.project, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def guard(self) -> int:
        return int(re.sub(r"\D", "", self.lock.read_text()))

    def keepers(self) -> list[int]:
        return [pid for pid in processes("jackline.contain.keeper.main") if parent_of(pid) == self.guard()]


@pytest.fixture
def machine():
    try:
        launcher()
    except ContainmentError as error:
        pytest.skip(str(error))
    with tempfile.TemporaryDirectory(prefix="jl") as place:
        found = Machine(Path(os.path.realpath(place)))
        yield found
        found.run("guard", "stop")


def processes(mark: str) -> list[int]:
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark.encode() in words:
            found.append(int(pid))
    return found


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


SCRIPT = f"rm data; echo made > new; exec -a {MARK} bash -c 'echo ready; sleep 1000; :'"


@pytest.mark.parametrize("who", ["guard", "keeper"])
def test_what_runs_dies_with_who_answers_for_it(machine, who):
    agent = machine.start("run", "--staged", "--keep", "--", "bash", "-c", SCRIPT)
    assert agent.stdout.readline() == "ready\n"
    assert processes(MARK)
    os.kill(machine.guard() if who == "guard" else machine.keepers()[0], signal.SIGKILL)
    _, err = agent.communicate(timeout=60)
    assert agent.returncode in {125, 128 + signal.SIGKILL}, err
    assert not processes(MARK)
    assert sorted(os.listdir(machine.project)) == ["data"]
    assert machine.run("exec", "--", "cat", "data").stdout == "precious\n"
    assert machine.run("log", "verify").returncode == 0
