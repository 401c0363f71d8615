"""The words and signs that detectors of prose know, as data: `acts.toml`, `signs.toml`, `phrases.toml`.

In comes the name of a table; out goes what it holds, read once. Guaranteed: a table that is shipped can be read.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The table of this name."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def phrase(name: str) -> re.Pattern[str]:
    """A pattern of `phrases.toml`, where a line begins an alternative and a further indented line goes on with it."""
    return re.compile("".join(line.strip("\r\n").lstrip() for line in table("phrases")[name].splitlines()))
