"""Outputs that can be computed where the input is known, so that `echo … | base64 -d | sh` is read as what it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.catalogue.call import Call
    from jackline.lower.word import Data

FOLDS: Final[dict[str, Callable[[Call], Data | None]]] = {}
