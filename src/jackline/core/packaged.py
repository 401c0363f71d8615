"""Files that are shipped inside our packages: tables, policies, tool cards.

Read beside the package itself, for every way in which we are installed unpacks it. `importlib.resources` would read them
from archives too, and imports zip, temporary files and their like for it: 10 ms of every start (measured).
"""

from __future__ import annotations

import importlib
import os


def packaged(package: str, *names: str) -> str:
    """The text of a file below a package. Raises `OSError` where it is not there."""
    with open(os.path.join(_folder(package), *names), encoding="utf-8") as file:
        return file.read()


def packaged_names(package: str, *names: str, suffix: str) -> list[str]:
    """The files of a folder below a package whose names end so, in order."""
    return sorted(name for name in os.listdir(os.path.join(_folder(package), *names)) if name.endswith(suffix))


def _folder(package: str) -> str:
    return str(importlib.import_module(package).__path__[0])
