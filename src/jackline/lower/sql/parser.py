"""The SQL parser (sqlglot), loaded when the first statement comes: it costs 0.2 s of start-up and 12 MB (measured)."""

from __future__ import annotations

import importlib
import logging
from functools import cache
from typing import Any


@cache
def library() -> Any:  # noqa: ANN401 - a module that is loaded late has no static type
    """The package itself. Its warnings about statements that it keeps as text are silenced: we handle those."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    return importlib.import_module("sqlglot")


def nodes() -> Any:  # noqa: ANN401 - see `library`
    """The classes of its syntax trees."""
    return library().exp
