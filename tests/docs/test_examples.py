"""Every example in the documents runs, and prints what the document says."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.console import blocks, matches

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.joinpath("docs").rglob("*.md")])
WITH_EXAMPLES = [page for page in PAGES if blocks(page.read_text())]
MARK = "\x1e"


@pytest.fixture
def project(tmp_path):
    """The project that the examples work in, and an environment whose homes are its own."""
    project = tmp_path / "project"
    project.mkdir()
    homes = {f"JACKLINE_{key}": str(tmp_path / key.lower()) for key in ("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR")}
    for path in (*homes.values(), tmp_path / "home"):
        Path(path).mkdir(mode=0o700)
    environment = {
        **homes, "HOME": str(tmp_path / "home"), "LANG": "C.UTF-8", "COLUMNS": "100", "NO_COLOR": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    (project / "README.md").write_text("# A project\n")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "Start")):
        subprocess.run(["git", *words], cwd=project, env=environment, check=True)
    yield project, environment
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(Path(homes["JACKLINE_RUNTIME_DIR"], "guard.lock").read_text()), signal.SIGTERM)


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_the_examples_of_a_page(page, project):
    where, environment = project
    for block in blocks(page.read_text()):
        script = "".join(f"{one.command}\ncode=$?; printf '{MARK}'; (exit $code)\n" for one in block)
        done = subprocess.run(
            ["bash", "-c", script], cwd=where, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
        )  # fmt: skip
        answers = done.stdout.split(MARK)
        for example, printed in zip(block, answers, strict=False):
            place = f"{page.relative_to(CHECKOUT)}:{example.line}: $ {example.command}"
            assert matches(example.shown, printed), f"{place}\nshown:\n{example.shown}\nprinted:\n{printed}"
        assert len(answers) == len(block) + 1


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\n", "a\n", True),
        ("", "", True),
        ("a\n", "b\n", False),
        ("a … c\n", "a b c\n", True),
        ("a … c\n", "a b\nc\n", False),
        ("a\n…\nc\n", "a\nb\nb\nc\n", True),
        ("a\n…\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("a.b\n", "axb\n", False),
        ("", "something\n", False),
    ],
)
def test_elisions_hide_only_what_they_stand_for(shown, printed, same):
    assert matches(shown, printed) is same


def test_a_page_is_read_as_written():
    text = "x\n```console\n$ one\n> two\nout\n$ three\n```\n```sh\n$ not run\n```\n"
    assert blocks(text) == [[(3, "one\ntwo", "out\n"), (6, "three", "")]]
