"""The SARIF log: valid by the standard's own schema, stable, and hostile text in it is text."""

from __future__ import annotations

import json

import pytest

from jackline.core.history import Audit, Finding
from jackline.detect import detectors
from jackline.respond.report.kinds import KINDS
from jackline.respond.report.sarif import sarif
from tests.respond.report.audits import audit


@pytest.mark.parametrize("text", ["plain", "</script>\u202e\x00 \ud83d", "å b#c?d%41"])
def test_it_is_valid_by_the_schema_of_sarif(text):
    model = pytest.importorskip("pydantic_sarif.model", reason="the binding of SARIF's schema is not installed")
    log = sarif(audit(text))
    root = model.StaticAnalysisResultsFormatSarifVersion210JsonSchema
    root.model_validate_json(log)
    with pytest.raises(ValueError):
        root.model_validate_json(log.replace('"ruleIndex"', '"ruleNumber"'))


def test_the_same_audit_gives_the_same_bytes():
    assert sarif(audit()) == sarif(audit())


def test_a_result_has_its_rule_place_and_weight():
    run = json.loads(sarif(audit("x")))["runs"][0]
    first = run["results"][0]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "jackline/irreversible"
    assert first["level"] == "error"
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "file:///home/u/x.jsonl"},
        "region": {"startLine": 1},
    }
    assert first["properties"]["security-severity"] == "9.5"
    assert "external/owasp/ASI02" in first["properties"]["tags"]


def test_an_audit_without_findings_is_a_run_without_results():
    run = json.loads(sarif(Audit()))["runs"][0]
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_an_unknown_kind_is_reported_by_its_name():
    log = json.loads(sarif(Audit(findings=(Finding(kind="newer", severity="low", session="s", text="t"),))))
    assert log["runs"][0]["tool"]["driver"]["rules"][0]["shortDescription"]["text"] == "newer"


def test_every_detector_has_words_for_a_reader():
    assert {one.name for one in detectors()} == set(KINDS)
