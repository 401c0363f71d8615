"""Running the canary: the client's own calls in, what it was kept from out."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from jackline.clients.canary.copies import Copy, copy_folder, copy_settings, write
from jackline.clients.canary.model import CanaryModel
from jackline.clients.canary.starts import STARTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jackline.clients.connect.interface import Place

TIME_LIMIT_S: Final = 90.0
VERSION_LIMIT_S: Final = 20.0
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "SHELL", "USER", "LOGNAME")
"""Variables of the person's that a client needs. Keys and proxies are not among them."""

_MAX_TOLD: Final = 400


class Trial(Struct, frozen=True):
    """What one run showed.

    `asked`: the client spoke to the model. `worked`: a harmless command ran and its output came back. `stopped`: the
    command that no policy allows did not run. `reason`: what the model got to read about it. `problem`: what the client
    said where it did not come so far.
    """

    asked: bool
    worked: bool
    stopped: bool
    reason: str = ""
    problem: str = ""


def guarded(client: str, program: str, place: Place) -> Trial:
    """The connection as it is: a harmless command, then one that no policy allows."""
    mark, token = _mark(place), secrets.token_hex(8)
    commands = (f"echo {token}", f"touch {shlex.quote(str(mark))}")
    with tempfile.TemporaryDirectory(prefix="jl-", ignore_cleanup_errors=True) as root:
        copy = Copy(root)
        copy_settings(client, place, copy, {})
        results, asked, problem = _run(client, program, copy, commands, unchecked=False)
    ran = mark.exists()
    if ran:
        mark.unlink()
    worked = bool(results) and token in results[0]
    return Trial(asked, worked, not ran and _ours(results, 1), _told(results, 1), problem)


def unanswered(client: str, program: str, place: Place, socket: str) -> Trial:
    """The same connection with a guard that is not there: the harmless command must not run either."""
    folder = place.folder(client)
    with tempfile.TemporaryDirectory(prefix="jl-", ignore_cleanup_errors=True) as root:
        copy, nowhere = Copy(root), os.path.join(root, "nowhere")
        mark = os.path.join(copy.project, "ran")
        replaced = {socket: f"{nowhere}/guard.sock", folder: nowhere}
        copy_settings(client, place, copy, replaced)
        copy_folder(folder, nowhere, replaced)
        write(os.path.join(nowhere, "jackline-guard"), "#!/bin/sh\nexit 1\n")
        results, asked, problem = _run(client, program, copy, (f"touch {shlex.quote(mark)}",), unchecked=True)
        ran = os.path.exists(mark)
    return Trial(asked, worked=ran, stopped=not ran and _ours(results, 0), reason=_told(results, 0), problem=problem)


def find_program(client_programs: tuple[str, ...], environment: Mapping[str, str]) -> str:
    """The client's program on PATH, or ""."""
    found = (shutil.which(name, path=environment.get("PATH")) for name in client_programs)
    return next((path for path in found if path), "")


def version_of(program: str) -> str:
    """The version that a program says it has (`X.Y.Z`), or ""."""
    try:
        done = subprocess.run(
            [program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=VERSION_LIMIT_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(rb"\d+\.\d+\.\d+", done.stdout)
    return found[0].decode() if found else ""


def _mark(place: Place) -> Path:
    """A file in our own state folder: making one is an act on the guard, which no policy allows."""
    return Path(place.state) / f"canary-{secrets.token_hex(8)}"


def _ours(results: list[str], at: int) -> bool:
    """Whether it was the guard that said no: a file that nobody may write there, or a tool that is not, proves nothing."""
    return len(results) > at and "Jackline" in results[at]


def _told(results: list[str], at: int) -> str:
    """What the model read, on one line, without what the client adds for the model's own use."""
    return _plain(results[at].partition("<system-reminder>")[0])[:_MAX_TOLD] if len(results) > at else ""


def _plain(text: str) -> str:
    """Without colours (ECMA-48 sequences) and line breaks."""
    return " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).split())


def _run(
    client: str, program: str, copy: Copy, commands: tuple[str, ...], *, unchecked: bool
) -> tuple[list[str], bool, str]:
    with CanaryModel(commands) as model:
        start = STARTS[client](copy, model.port, unchecked)
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {
            "HOME": copy.home,
            "TERM": "dumb",
            "CI": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            **start.environment,
        }
        with subprocess.Popen(
            [program, *start.arguments], cwd=copy.project, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                out, err = process.communicate(timeout=TIME_LIMIT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                out, err = process.communicate()
                err += b"\nit did not end in time"
            except BaseException:  # the person gave up: nothing that was started here lives on
                os.killpg(process.pid, signal.SIGKILL)
                raise
    return model.results, model.asked, _plain((err or out).decode(errors="replace"))[-_MAX_TOLD:]
