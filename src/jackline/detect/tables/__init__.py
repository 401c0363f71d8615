"""The words and signs that detectors of prose know, as data: `acts.toml`, `signs.toml`, `phrases.toml`.

In comes the name of a table; out goes what it holds, read once. Guaranteed: a table that is shipped can be read.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

from jackline.core.packaged import packaged


@cache
def table(name: str) -> dict[str, Any]:
    """The table of this name."""
    return tomllib.loads(packaged(__name__, f"{name}.toml"))


@cache
def phrases(name: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of `phrases.toml` that stand in one list."""
    return tuple(re.compile(pattern) for pattern in table("phrases")[name])


@cache
def phrase(name: str) -> re.Pattern[str]:
    """A pattern of `phrases.toml`, where a line begins an alternative and a further indented line goes on with it."""
    return re.compile("".join(line.strip("\r\n").lstrip() for line in table("phrases")[name].splitlines()))
