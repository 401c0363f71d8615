"""Other guards for the same clients, from their registries, each in a place of its own below `build/peers`.

They are optional: one that cannot be installed is a row that says so. Each is set up as its own documentation says, with
a home of its own, and asked through the very hook command that a client would start.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1] / "build" / "peers"
NAH = "nah==0.11.0"
SAFETY_NET = "cc-safety-net@2.4.5"
INSTALL_SECONDS = 300


class Peer(NamedTuple):
    """A guard and the command of its hook for Claude Code; `missing` says why there is none."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    missing: str = ""


def peers() -> list[Peer]:
    """All peers, installed if need be."""
    return [_or_missing("nah 0.11.0", _nah), _or_missing("cc-safety-net 2.4.5", _safety_net)]


def environment(home: Path) -> dict[str, str]:
    """What a hook's process sees: a home of its own, and the machine's programs."""
    home.mkdir(parents=True, exist_ok=True)
    return {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def _or_missing(name: str, install: object) -> Peer:
    try:
        command, known = install()  # type: ignore[operator]
    except (OSError, subprocess.SubprocessError) as error:
        return Peer(name, (), {}, f"could not be installed: {error}"[:80])
    return Peer(name, command, known)


def _run(*command: str, **known: str) -> None:
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        timeout=INSTALL_SECONDS, env={**os.environ, **known},
    )  # fmt: skip


def _nah() -> tuple[tuple[str, ...], dict[str, str]]:
    place, home = ROOT / "nah", ROOT / "nah-home"
    program = place / "bin" / "nah"
    known = environment(home)
    if not (home / ".claude" / "settings.json").exists():
        _run(sys.executable, "-m", "venv", str(place))
        _run(str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", NAH)
        _run(str(program), "install", "claude", HOME=str(home), PATH=f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return (str(program), "_claude-hook"), known


def _safety_net() -> tuple[tuple[str, ...], dict[str, str]]:
    place = ROOT / "safety-net"
    program = place / "node_modules" / "cc-safety-net" / "dist" / "bin" / "cc-safety-net.js"
    if not program.exists():
        place.mkdir(parents=True, exist_ok=True)
        _run("npm", "install", "--prefix", str(place), "--no-audit", "--no-fund", "--silent", SAFETY_NET)
    node = subprocess.run(["node", "-p", "process.execPath"], check=True, capture_output=True, text=True, timeout=30)
    return (node.stdout.strip(), str(program), "hook", "--claude-code"), environment(ROOT / "safety-net-home")
