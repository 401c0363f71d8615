"""A throw-away guard and project to measure against, and the hook calls that Claude Code would make in it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jackline.guard.protocol import request

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLY_BYTES = 65536


class Guarded(NamedTuple):
    """A project, the environment of a client in it, and the options by which its hook finds the guard."""

    project: Path
    environment: dict[str, str]
    options: tuple[str, ...]
    state: Path


@contextlib.contextmanager
def guarded() -> Iterator[Guarded]:
    """Start a guard with homes of its own, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        root = Path(name)
        project = make_project(root / "work" / "project")
        homes = {key: root / key.lower() for key in ("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR")}
        for path in (*homes.values(), root / "home"):
            path.mkdir(mode=0o700)
        known = {"HOME": str(root / "home"), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        known |= {f"JACKLINE_{key}": str(path) for key, path in homes.items()}
        options = ("--socket", str(homes["RUNTIME_DIR"] / "guard.sock"), "--start", str(program("jackline-guard")))
        try:
            yield Guarded(project, known, options, homes["STATE_HOME"])
        finally:
            stop(homes["RUNTIME_DIR"])


def stop(runtime: Path) -> None:
    """End the guard by its process, and wait until it has: `jackline guard stop` refuses where an agent runs the benchmark."""
    with contextlib.suppress(OSError, ValueError), open(runtime / "guard.lock", "rb") as lock:
        os.kill(int(lock.read()), signal.SIGTERM)
        fcntl.flock(lock, fcntl.LOCK_EX)  # it holds the lock as long as it lives


def ask(runtime: Path, body: bytes) -> tuple[float, bytes]:
    """A hook's request straight over the guard's socket: seconds until the whole reply is there, and the reply."""
    begun = time.perf_counter()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(runtime / "guard.sock"))
        line.sendall(request("hook", "claude", body))
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := line.recv(REPLY_BYTES):
            answer += piece
    return time.perf_counter() - begun, answer


def processor_ms(runtime: Path) -> float:
    """Milliseconds of processor time that the guard has used so far (proc_pid_stat(5), fields 14 and 15; Linux, else 0)."""
    try:
        fields = (
            Path(f"/proc/{(runtime / 'guard.lock').read_text().strip()}/stat").read_text().rpartition(")")[2].split()
        )
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def resident_megabytes(runtime: Path) -> float:
    """What the guard and its workers hold in memory together, shared pages counted once (Linux; else 0)."""
    try:
        guard = (runtime / "guard.lock").read_text().strip()
        family = [guard, *Path(f"/proc/{guard}/task/{guard}/children").read_text().split()]
        rollups = [Path(f"/proc/{process}/smaps_rollup").read_text() for process in family]
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for text in rollups for line in text.splitlines() if line.startswith("Pss:")) / 1024


def program(name: str) -> Path:
    """A console script that stands beside the running Python."""
    return Path(sys.executable).with_name(name)


def make_project(project: Path) -> Path:
    """A small repository with one commit: what an agent works in."""
    (project / "src").mkdir(parents=True)
    (project / "src" / "app.py").write_text("def main() -> int:\n    return 0\n")
    (project / "README.md").write_text("# A project\n")
    for words in (
        ("init", "-q"),
        ("add", "-A"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "Start"),
    ):
        subprocess.run(["git", "-C", str(project), *words], check=True, capture_output=True)
    return project


def call(project: Path, command: str, number: int = 0, session: int = 0) -> bytes:
    """What Claude Code writes to a hook before a shell command."""
    return json.dumps({
        "session_id": f"{session:08d}-0000-4000-8000-00000000beef", "transcript_path": str(project / "transcript.jsonl"),
        "cwd": str(project), "prompt_id": "p", "permission_mode": "default", "hook_event_name": "PreToolUse",
        "tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": f"toolu_{number:024d}",
    }).encode()  # fmt: skip


def verdict(exit_code: int, output: bytes) -> str:
    """What Claude Code would make of a hook's answer: `allow`, `ask` or `deny`. A failure counts as what it leads to."""
    if exit_code == 2:
        return "deny"
    try:
        answer = json.loads(output) if output.strip() else {}
    except ValueError:
        return "allow"
    return str(answer.get("hookSpecificOutput", {}).get("permissionDecision", "allow"))
