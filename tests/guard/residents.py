"""A resident guard as a process, and a client's process that asks it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from jackline.guard.client import _connect, call
from jackline.guard.paths import Homes

PATIENCE = 20.0
HERE = Path(__file__).parent


class Resident:
    """Homes, a project, and the guard's process over them."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.homes = Homes(str(place / "c"), str(place / "s"), str(place / "r"))
        self.project = place / "p"
        self.project.mkdir()
        os.makedirs(self.homes.config, 0o700)
        self.settings("")
        self.process: subprocess.Popen[bytes] | None = None
        self.started: list[subprocess.Popen[bytes]] = []
        self.client: subprocess.Popen[bytes] | None = None
        self.asked = 0
        self.environment = {
            **os.environ, "JACKLINE_CONFIG_HOME": self.homes.config, "JACKLINE_STATE_HOME": self.homes.state,
            "JACKLINE_RUNTIME_DIR": self.homes.runtime,
        }  # fmt: skip

    def settings(self, text: str) -> None:
        Path(self.homes.settings).write_text(f"{text}\n[approvals]\nwait_seconds = 0\n")

    def start(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "jackline.guard.start", *arguments], env=self.environment, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.started.append(self.process)
        wait_until(lambda: self.answers() or self.process.poll() is not None, self.process.pid)
        assert self.process.poll() is None, "the guard ended as it started"

    def answers(self) -> bool:
        try:
            _connect(self.homes.socket).close()
        except OSError:
            return False
        return True

    def kill(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.kill(number)
        return self.process.wait(PATIENCE)

    def begin_client(self) -> None:
        if self.client is None:
            self.client = subprocess.Popen(
                [sys.executable, str(HERE / "fake_client.py"), *self.homes], env=self.environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                bufsize=0,  # two answers that come together: a buffer would hold the second, where `select` cannot see it
            )  # fmt: skip
            self.started.append(self.client)

    def order(self, command: str, *, start: bool = False, patience: float = 4.0, **more: Any) -> str:
        """Let the client ask about a shell command; the answer is read by `answer`."""
        self.begin_client()
        self.asked += 1
        name = f"t{self.asked}"
        message = {
            "session_id": "s1", "transcript_path": "", "cwd": str(self.project), "permission_mode": "bypassPermissions",
            "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": name, **more,
        }  # fmt: skip
        body = base64.b64encode(json.dumps(message).encode()).decode()
        order = {"id": name, "kind": "hook", "name": "claude", "body": body, "start": start, "patience": patience}
        self.client.stdin.write(json.dumps(order).encode() + b"\n")
        self.client.stdin.flush()
        return name

    def answer(self) -> dict[str, Any]:
        assert select.select([self.client.stdout], [], [], PATIENCE)[0], "the client got no answer"
        return json.loads(self.client.stdout.readline())

    def shell(self, command: str, **how: Any) -> str:
        """`allow`, `deny`, or `failed` with the sentence: what the client of a shell command sees."""
        self.order(command, **how)
        return verdict(self.answer())

    def call(self, method: str, **parameters: Any) -> Any:
        return call(method, parameters, start=False, homes=self.homes)

    def close(self) -> None:
        """End all that was started, whatever became of the test: a process that is left would be the next test's warning."""
        for process in self.started:
            process.kill()
            process.wait(PATIENCE)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):  # what it did not read any more
                        stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def verdict(answer: dict[str, Any]) -> str:
    if answer["code"] == -1:
        return f"failed: {answer['err']}"
    if answer["code"]:
        return f"stopped: {answer['err']}"
    return json.loads(answer["out"]).get("hookSpecificOutput", {}).get("permissionDecision", "allow")


def wait_until(done, pid: int) -> None:
    """Until `done`, looked at every few milliseconds, or the process ends, or patience does."""
    descriptor = os.pidfd_open(pid)
    try:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, "it did not come true"
            if select.select([descriptor], [], [], 0.01)[0]:
                return
    finally:
        os.close(descriptor)


def end_process(pid: int) -> None:
    """Tell a process that is not our child to end, and wait until it has."""
    descriptor = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        assert select.select([descriptor], [], [], PATIENCE)[0], "it did not end"
    finally:
        os.close(descriptor)
