"""What git's commands lose depends on the state that the repository is in."""

from __future__ import annotations

import pytest

from jackline.lower.surroundings import FileFacts, GitFacts

from .harness import compare, run, scope_of

_CLEAN = GitFacts(root="/ws", branch="topic", upstream="origin/topic", default_branch="main", own_branch=True, unpushed=0,
                  remotes={"origin": "git@example.com:a/b.git"}, aliases={"st": "status", "nuke": "!rm -rf src"})  # fmt: skip
_DIRTY = GitFacts(root="/ws", branch="topic", default_branch="main", dirty=("src/a.py",), untracked=("n.txt",), unpushed=2,
                  stashes=1, remotes={"origin": "git@example.com:a/b.git"})  # fmt: skip


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("git reset --hard", _CLEAN, ["modify repository /ws yes"]),
        ("git reset --hard", _DIRTY, ["modify repository /ws uncommitted no"]),
        ("git reset --hard HEAD~1", _DIRTY, ["modify repository /ws uncommitted unpushed no"]),
        ("git reset --hard origin/main", _CLEAN, ["modify repository /ws yes"]),
        ("git clean -fd", _CLEAN, ["delete repository /ws yes"]),
        ("git clean -fd", _DIRTY, ["delete repository /ws untracked no"]),
        ("git clean -fdx", _CLEAN, ["delete repository /ws untracked no"]),
        ("git stash drop", _CLEAN, ["delete repository /ws#stash yes"]),
        ("git stash drop", _DIRTY, ["delete repository /ws#stash uncommitted no"]),
        ("git checkout -f main", _CLEAN, ["modify repository /ws with_undo"]),
        (
            "git push",
            _CLEAN,
            ["connect endpoint example.com", "publish repository example.com/a/b#topic own_branch fast_forward"],
        ),
        (
            "git push -f",
            _CLEAN,
            ["connect endpoint example.com", "publish repository example.com/a/b#topic own_branch forced"],
        ),
        (
            "git push origin HEAD:main",
            _CLEAN,
            ["connect endpoint example.com", "publish repository example.com/a/b#main default_branch"],
        ),
        (
            "git push $REMOTE",
            _CLEAN,
            ["connect endpoint *", "publish repository *#topic forced", "delete repository *#*"],
        ),
        ("git st", _CLEAN, ["execute process git", "read repository /ws"]),
        ("git nuke", _CLEAN, ["opaque process 'shell:rm -rf src'"]),
        ("git pull", _CLEAN, ["connect endpoint example.com", "modify repository /ws"]),
        ("git push", GitFacts(root="/ws", branch="x"), []),
    ],
)
def test_state_decides(text: str, facts: GitFacts, expected: list[str]) -> None:
    missing, surplus = compare(run(text, scope_of({("git", "/ws"): facts})), expected)
    assert [missing, surplus] == [[], []]


def test_hook_that_is_there_runs() -> None:
    hook = "/ws/.git/hooks/pre-commit"
    answers = {("git", "/ws"): _CLEAN, ("file", hook): FileFacts(kind="file", real=hook)}
    missing, surplus = compare(
        run("git commit -m x", scope_of(answers)), ["modify repository /ws", f"opaque process 'script:{hook}'"]
    )
    assert [missing, surplus] == [[], []]
    missing, surplus = compare(run("git commit -nm x", scope_of(answers)), ["modify repository /ws"])
    assert [missing, surplus] == [[], []]
