"""Dockerfiles and compose files as they are read; what follows from them stands in `tests/corpus/projects`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.lower.manifests.compose import services
from jackline.lower.manifests.dockerfile import instructions


def nothing(_name: str) -> str | None:
    return None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nrun b \\\n  c\n", [("FROM", "a"), ("RUN", "b   c")]),
        ("RUN a \\\n# gone\n\n  b\n", [("RUN", "a   b")]),
        ("# escape=`\nRUN a `\n b\n", [("RUN", "a   b")]),
        ("RUN --mount=type=cache --network=none a\n", [("RUN", "a")]),
        ("FROM", None),
        ("???", None),
    ],
)
def test_instructions(text: str, expected: list[tuple[str, str]] | None) -> None:
    found = instructions(text)
    assert (None if found is None else [(one.name, one.text) for one in found]) == expected


def test_forms_flags_and_here_documents() -> None:
    found = instructions('RUN --security=insecure ["a", "b c"]\nRUN <<-EOF python <<"X"\n\techo\n\tEOF\nrm\nX\nCMD a\n')
    assert found is not None
    assert found[0].words == ("a", "b c")
    assert found[0].flags == {"security": "insecure"}
    assert found[1].documents == ("echo\n", "rm\n")
    assert found[2].name == "CMD"


def test_services() -> None:
    text = """
services:
  a:
    image: x:${TAG:-1}
    privileged: yes
    pid: host
    cap_add: [SYS_ADMIN]
    volumes: [data:/d, "./x:/y:ro", "${UNKNOWN}/z:/z", {type: bind, source: /, target: /host, read_only: true}]
    ports: ["80", "8080:80", "127.0.0.1:1:2/udp", {published: 9, target: 1}]
    command: rm a
"""
    found = services(text, nothing)
    assert found is not None
    (service,), complete = found
    assert complete
    assert (service.image, service.privileged, service.shared, service.capabilities) == (
        "x:1",
        True,
        ["pid"],
        ["SYS_ADMIN"],
    )
    assert service.binds == [("./x", "/y", True), ("*/z", "/z", False), ("/", "/host", True)]
    assert service.ports == ["0.0.0.0:0", "0.0.0.0:8080", "127.0.0.1:1", "0.0.0.0:9"]


@pytest.mark.parametrize(
    ("text", "complete"),
    [("services: {a: {extends: b}}", False), ("include: [x]\nservices: {}", False), ("services: {a: }", True)],
)
def test_what_is_said_elsewhere(text: str, complete: bool) -> None:
    found = services(text, nothing)
    assert found is not None
    assert found[1] is complete


@given(st.text(max_size=80) | st.lists(st.sampled_from(["services:", "  a:", "    ports:", "    - 1:2:3", "    volumes: [./a:b]", "    command: [a]", "FROM a", "RUN <<E", "E", "\\", 'RUN ["a"]']), max_size=12).map("\n".join))  # fmt: skip
def test_any_text_is_read_or_refused(text: str) -> None:
    services(text, nothing)
    instructions(text)
