"""What the demo prints, and how it asks the public command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.world import World

JACKLINE = str(Path(sys.executable).with_name("jackline"))
COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


def jackline(world: World, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The public command line, in the demo's own homes; `given` is its standard input."""
    known = {**world.environment, **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}}
    return subprocess.run(
        [JACKLINE, *words], cwd=world.project, env=known, capture_output=True, text=True, check=False, input=given
    )


def paint(colour: str, text: str) -> str:
    """The text in a colour, on a terminal that wants colours."""
    wanted = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if wanted else text


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)
