from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from jackline.contain.launch import launcher
from jackline.core.errors import ContainmentError
from jackline.guard.paths import Homes
from tests.guard.desk_top import Desktop


@pytest.fixture
def contained():
    """A desktop whose paths are short, on which sandboxes can be had; its keepers end with it."""
    try:
        launcher()
    except ContainmentError as error:
        pytest.skip(str(error))
    with tempfile.TemporaryDirectory(prefix="jl") as place:
        desktop = Desktop(Path(os.path.realpath(place)) / "m")
        assert isinstance(desktop.homes, Homes)
        yield desktop
        desktop.service.close()
