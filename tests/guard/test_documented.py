"""docs/guard.md names every setting with its default, and every alert."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from jackline.guard.configuration import DEFAULTS

HERE = Path(__file__).resolve()
PAGE = (HERE.parents[2] / "docs" / "guard.md").read_text()


def settings(value, prefix=""):
    for field in msgspec.structs.fields(value):
        found = getattr(value, field.name)
        if isinstance(found, msgspec.Struct):
            yield from settings(found, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, found


@pytest.mark.parametrize(("name", "default"), list(settings(DEFAULTS)))
def test_a_setting_is_documented(name, default):
    written = msgspec.json.encode(default).decode()
    assert f"| `{name}` | `{written}` |" in PAGE


def test_every_alert_is_documented():
    source = "".join(path.read_text() for path in (HERE.parents[2] / "src" / "jackline" / "guard").glob("*.py"))
    alerts = set(re.findall(r'alert="([a-z_]+)"', source)) | set(re.findall(r'_alert\(\s*"([a-z_]+)"', source))
    assert alerts
    assert {alert for alert in alerts if f"| `{alert}` |" not in PAGE} == set()
