"""The two tiny programs that stand between a client and the resident guard, and where they lie.

In: nothing; out: the commands that `connect` writes into a client's configuration. `jackline-hook` hands one hook call
to the guard, `jackline-shell` one command text. Each exists twice, with one behaviour: compiled from `native/` where
the package was built with a C compiler, else `twin.py`. Guaranteed: whatever fails, the client is told to run nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final, Literal

Program = Literal["hook", "shell"]

_ROOM: Final = Path(__file__).resolve().parent
_TRIAL_SECONDS: Final = 5.0
_REFUSED: Final = {"hook": 2, "shell": 126}


def hook_program() -> tuple[str, ...]:
    """The command, with absolute paths, that answers a hook call; options and the client's name are added to it."""
    return _command("hook")


def shell_program() -> tuple[str, ...]:
    """The command that runs one text through the guard.

    A client's shell prefix is one word, so `connect` writes an executable of its own that calls this command with
    options, `--`, and its own argument.
    """
    return _command("shell")


def native_program(program: Program) -> Path | None:
    """The compiled program, if this installation has one and it runs on this machine."""
    path = _ROOM / "bin" / f"jackline-{program}"
    return path if os.access(path, os.X_OK) and _runs(path, program) else None


def _command(program: Program) -> tuple[str, ...]:
    native = native_program(program)
    return (str(native),) if native is not None else (sys.executable, "-I", "-S", str(_ROOM / "twin.py"), program)


@cache
def _runs(path: Path, program: Program) -> bool:
    """Run it with no argument: it must refuse, as it does for any wrong call. One for another machine cannot start."""
    try:
        done = subprocess.run(
            [path], stdin=subprocess.DEVNULL, capture_output=True, timeout=_TRIAL_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == _REFUSED[program] and done.stderr.startswith(b"Jackline: ")
