"""Writes the published JSON Schema anew: `python tests/core/write_schema.py`."""

import json
from pathlib import Path

from jackline.core.json_schema import json_schema

if __name__ == "__main__":
    target = Path(__file__).parents[2] / "docs" / "reference" / "schema.json"
    target.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
