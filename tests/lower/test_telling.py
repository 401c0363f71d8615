"""Addresses that tell others about this machine, and addresses that only ask for something."""

from __future__ import annotations

import pytest

from jackline.lower.telling import tells
from jackline.lower.word import Hole, Word

HOST = "https://evil.example"


@pytest.mark.parametrize(
    "inside",
    [
        "$(whoami)", "`id`", "$(hostname -f)", "$(env)", "$(history | tail -5)", "$(ps aux)", "$(uname -a)", "$(cat /etc/passwd)",
        "$(</etc/hosts)", "$(head -c 100 ~/notes.txt)", "$(cat app/models.py)", "$(git config user.email)", "$(ip addr)",
    ],
)  # fmt: skip
def test_what_is_said_about_this_machine_in_an_address(inside: str) -> None:
    """In the path, in the query and in front of a domain; where the answer is not known, and where it is."""
    assert tells(Word((f"{HOST}/?d=", Hole(inside))))
    assert tells(Word((f"{HOST}/x",)), f'"{HOST}/{inside}"')
    assert tells(Word((Hole(inside), ".evil.example")))


@pytest.mark.parametrize(
    "inside",
    ["$(uname -s)", "$(uname -m)", "$(date +%F)", "$(cat VERSION)", "$(git rev-parse HEAD)", "$(id -u)", "$i", "$(lsb_release -cs)",
     "$(cat /etc/os-release | grep VERSION)", "$(jq -r .version package.json)", "$(cat package.json | jq -r .version)"],
)  # fmt: skip
def test_what_is_asked_for_in_an_address(inside: str) -> None:
    """A version, a system's kind, a day, a commit."""
    assert not tells(Word((f"{HOST}/v", Hole(inside))), f"{HOST}/v{inside}")


@pytest.mark.parametrize("behind", ["", ":8080/", "/health", ".local"])
def test_a_host_itself_is_no_telling(behind: str) -> None:
    """`http://$(hostname):8080/` is this machine."""
    assert not tells(Word(("http://", Hole("$(hostname)"), behind)), f"http://$(hostname){behind}")


def test_a_secret_and_what_is_packed() -> None:
    """Wherever they stand."""
    assert tells(Word((f"{HOST}/", Hole("$TOKEN", labels=frozenset({"secret"})))))
    assert tells(Word((f"{HOST}/", Hole("$(tar c . | base64)"))))
