"""What `jackline exec -- COMMAND` runs: the compiled program in place of this one, for a command that is no dialogue.

Starting Python costs more than deciding and containing together; so as little of it as can be is started here. A command on
a terminal needs one of its own, and gets it from `jackline.cli.exec`.
"""

from __future__ import annotations

import importlib
import os
import sys

from jackline.guard.paths import find_homes


def run(arguments: list[str]) -> int:
    """Become the program that asks the guard; where that does not serve, do its work here."""
    program = os.path.join(
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "contain", "bin", "jackline-exec"
    )
    plain = arguments[:1] == ["--"] and len(arguments) > 1
    if plain and os.access(program, os.X_OK) and not (os.isatty(0) and os.isatty(1)):
        guard = os.path.join(os.path.dirname(sys.executable), "jackline-guard")
        starting = ["--start", guard] if os.access(guard, os.X_OK) else []
        os.execv(program, [program, "--socket", find_homes().socket, *starting, *arguments])  # noqa: S606 - an argument list, no shell
    return int(importlib.import_module("jackline.cli.group").run(["exec", *arguments]))
