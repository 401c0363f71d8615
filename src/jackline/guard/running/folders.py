"""What a session in sandboxes is called, and over which workspace it stands."""

from __future__ import annotations

import hashlib
import os
from typing import Final

STANDING: Final = "exec"
"""How the sessions are called that `jackline exec` uses outside of any other: one per account and workspace."""

_ROOTS: Final = (".git", ".jackline")


def digest_of(session: str) -> str:
    """A session's name as a file's: sessions are named by clients, in whatever characters."""
    return hashlib.sha256(session.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def standing_session(workspace: str) -> str:
    """The session of what is run in a workspace by hand."""
    return f"{STANDING}:{workspace}"


def workspace_of(directory: str, home: str) -> str:
    """The work tree that holds a directory; the directory itself where there is none.

    Never the home or anything above it: a view of it would hold all that must stay outside.
    """
    real = os.path.realpath(directory)
    at = real
    while at not in {"/", home}:
        if any(os.path.lexists(os.path.join(at, name)) for name in _ROOTS):
            return at
        at = os.path.dirname(at)
    return real
