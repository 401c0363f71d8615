"""Our reading of a text is bash's: what we say that it prints, a real bash prints."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.lower.shell.fragments import SETTING, commands
from tests.lower.shell.running import printed

BASH = shutil.which("bash")
CORPUS = Path(__file__).parents[2] / "corpus" / "shell" / "agrees-with-bash.txt"
UNKNOWN = " #? unknown"

pytestmark = pytest.mark.skipif(BASH is None, reason="no bash on this machine to compare with")


def paragraphs() -> list[str]:
    text = CORPUS.read_text("utf-8")
    return [part.strip("\n") for part in re.split(r"\n\n+", text)[1:] if part.strip()]


def by_bash(text: str, directory: Path) -> str | None:
    """What bash prints; None where it also complains: then it has stopped in the middle, and we claim more than it did."""
    done = subprocess.run(
        [BASH, "--norc", "--noprofile", "-c", text],
        cwd=directory,
        env={"HOME": "/home/u", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
    )
    return done.stdout.decode("utf-8", "surrogateescape") if not done.stderr else None


@pytest.mark.parametrize("text", paragraphs(), ids=lambda text: text[:40])
def test_prints_what_bash_prints(text, tmp_path):
    claimed = printed(text.removesuffix(UNKNOWN))
    if text.endswith(UNKNOWN):
        assert claimed.text is None
        return
    assert claimed.text == (by_bash(text, tmp_path) or "")


@pytest.fixture(scope="module")
def empty_directory(tmp_path_factory):
    return tmp_path_factory.mktemp("empty")


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(commands())
def test_prints_what_bash_prints_whatever_the_text(empty_directory, command):
    compare(empty_directory, command)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(commands())
def test_prints_what_bash_prints_whatever_the_text_at_length(empty_directory, command):
    compare(empty_directory, command)


def compare(empty_directory, command):
    text = SETTING + command
    claimed = printed(text)
    real = by_bash(text, empty_directory)
    if claimed.text is not None and real is not None:
        # An empty word that nothing but quotes made: bash keeps or drops it by rules of its own, and no effect hangs on it.
        assert claimed.text.replace("<>", "") == real.replace("<>", "")
