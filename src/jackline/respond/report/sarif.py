"""SARIF 2.1.0 (OASIS, 2020): the findings of an audit as static-analysis results, for code hosts and CI.

A finding is a result; its kind is the rule; its place is the transcript and the line there. `security-severity` is what
code hosts sort by; the IDs of OWASP ASI and MITRE ATLAS are tags and taxa.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from jackline.respond.report.kinds import kind_of
from jackline.respond.report.texts import whole

if TYPE_CHECKING:
    from jackline.core.history import Audit, Finding, Severity

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final[dict[Severity, str]] = {
    "note": "note", "low": "warning", "medium": "warning", "high": "error", "critical": "error",
}  # fmt: skip
_SCORES: Final[dict[Severity, str]] = {"note": "0.0", "low": "3.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}


def sarif(audit: Audit) -> str:
    """The audit as a SARIF log: one run."""
    kinds = sorted({finding.kind for finding in audit.findings})
    files = {report.session: report.file for report in audit.sessions}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "Jackline",
                "semanticVersion": audit.version or "0.0.0",
                "rules": [_rule(name) for name in kinds],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": audit.complete}],
        "results": [
            _result(finding, kinds.index(finding.kind), files.get(finding.session, "")) for finding in audit.findings
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole(log), indent=1, sort_keys=True) + "\n"


def _rule(name: str) -> dict[str, Any]:
    kind = kind_of(name)
    rule: dict[str, Any] = {
        "id": f"jackline/{name}",
        "name": name,
        "shortDescription": {"text": kind.title},
        "fullDescription": {"text": kind.meaning},
        "properties": {"tags": ["security", "ai-agent"]},
    }
    if kind.advice:
        rule["help"] = {"text": kind.advice}
    return rule


def _result(finding: Finding, rule: int, file: str) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "session": finding.session,
        "call": finding.call,
        "fate": finding.fate,
        "severity": finding.severity,
        "security-severity": _SCORES[finding.severity],
        "tags": [
            *(f"external/owasp/{one}" for one in finding.asi),
            *(f"external/atlas/{one}" for one in finding.atlas),
        ],
    }
    if finding.rule:
        properties["rule"] = finding.rule
    result: dict[str, Any] = {
        "ruleId": f"jackline/{finding.kind}",
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.text},
        "partialFingerprints": {"jackline/v1": _fingerprint(finding)},
        "properties": properties,
    }
    if file:
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(file)}}
        if finding.line > 0:
            physical["region"] = {"startLine": finding.line}
        result["locations"] = [{"physicalLocation": physical}]
    return result


def _uri(path: str) -> str:
    """A path as a URI reference (RFC 3986); an absolute one as `file:`. A byte that is no text is percent-encoded, too."""
    quoted = quote(path.encode("utf-8", "surrogatepass"), safe="/")
    return f"file://{quoted}" if quoted.startswith("/") else quoted.replace(":", "%3A")


def _fingerprint(finding: Finding) -> str:
    """The same finding in the next audit of the same transcript has the same."""
    about = json.dumps([finding.session, finding.call, finding.line, finding.kind, finding.text])
    return hashlib.sha256(about.encode()).hexdigest()
