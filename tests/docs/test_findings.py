"""docs/findings.md tells of each detector what the code tells: no more, no less."""

from __future__ import annotations

import re
from pathlib import Path

from jackline.detect import detectors
from jackline.detect.told import TAXONOMY
from jackline.respond.report.kinds import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|")) for line in PAGE.splitlines() if line.startswith("| `")
]


def ids(cell):
    return tuple(re.findall(r"[A-Z][\w.]+", cell))


def test_each_detector_has_its_row_in_their_order():
    assert [row[0].strip("`") for row in ROWS] == [one.name for one in detectors()]


def test_a_row_says_what_the_reports_say():
    for name, meaning, asi, atlas in ROWS:
        assert meaning == KINDS[name.strip("`")].meaning
        assert (ids(asi), ids(atlas)) == TAXONOMY[name.strip("`")]


def test_every_kind_has_ids_and_no_id_is_misspelt():
    assert set(TAXONOMY) == {one.name for one in detectors()}
    for asi, atlas in TAXONOMY.values():
        assert all(re.fullmatch(r"ASI(?:0[1-9]|10)", one) for one in asi)
        assert all(re.fullmatch(r"AML\.T\d{4}(?:\.\d{3})?", one) for one in atlas)
