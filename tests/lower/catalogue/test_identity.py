"""Which program runs: never by the mere look of its path."""

from __future__ import annotations

import pytest

from jackline.lower.surroundings import FileFacts

from .harness import compare, run, scope_of

_OWN = ("authorship", "/ws/bin/ls")
_ANSWERS = {
    _OWN: "session",
    ("which", "ls"): "/usr/bin/ls",
    ("which", "frob"): "/usr/local/bin/frob",
    ("authorship", "/usr/local/bin/frob"): "installed",
    ("which", "gone"): "",
    ("which", "mine"): "/ws/bin/mine",
    ("authorship", "/ws/bin/mine"): "session",
    ("which", "pytest"): "/ws/.venv/bin/pytest",
    ("authorship", "/ws/.venv/bin/pytest"): "installed",
    ("file", "/tmp/x"): FileFacts(kind="file", real="/usr/bin/rm"),
    ("file", "/ws/bin/ls"): FileFacts(kind="file", real="/ws/bin/ls"),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/bin/rm a.txt", ["delete file /ws/a.txt"]),
        ("/usr/bin/../bin/rm a.txt", ["delete file /ws/a.txt"]),
        ("/proc/self/root/usr/bin/rm a.txt", ["delete file /ws/a.txt"]),
        ("/tmp/x a.txt", ["delete file /ws/a.txt"]),
        ("python3.12 -V", []),
        ("git-reset --hard", ["modify repository /ws uncommitted no"]),
        ("gone -x", []),
        ("frob -x", ["opaque process /usr/local/bin/frob installed"]),
        ("mine", ["opaque process 'script:/ws/bin/mine'"]),
        ("./run.sh a", ["opaque process 'script:/ws/run.sh a'"]),
        ("bin/ls", ["opaque process 'script:/ws/bin/ls'"]),
        ("PATH=bin:/bin ls", ["opaque process 'script:/ws/bin/ls'"]),
        ("PATH=/bin:bin ls", ["read file /ws"]),
        ("pytest", ["read file /ws"]),
        ("$CMD -x", ["opaque process 'program {$CMD}' unknown"]),
        ("unknown-tool", ["opaque process unknown-tool unknown"]),
    ],
)
def test_program_is_found(text: str, expected: list[str]) -> None:
    missing, surplus = compare(run(text, scope_of(_ANSWERS)), expected)
    assert [missing, surplus] == [[], []]


def test_what_is_not_installed_runs_nothing() -> None:
    effects = run("gone -x", scope_of(_ANSWERS))
    assert [(effect.verb, effect.authorship) for effect in effects] == [("execute", "installed")]
