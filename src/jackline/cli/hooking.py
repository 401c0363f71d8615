"""What `jackline hook CLIENT` runs: the hook program in Python, with this installation's guard to start on demand.

`connect` writes the native program into a client's settings; this command is for trying it by hand, and for clients
that are configured by hand. It imports nothing that its work does not need, and fails closed like the program itself.
"""

from __future__ import annotations

import os
import sys

from jackline.hook_client.twin import hook


def run(arguments: list[str]) -> int:
    """Answer one hook call, standard input to standard output; the exit code is the client's contract."""
    guard = os.path.join(os.path.dirname(sys.executable), "jackline-guard")
    starting = ["--start", guard] if os.access(guard, os.X_OK) and "--start" not in arguments else []
    return hook([*starting, *arguments])
