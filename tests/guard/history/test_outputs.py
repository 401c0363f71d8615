"""What outputs show, command by command; and that no output can do more than be misread."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackline.core.action import Action
from jackline.core.decision import Decision
from jackline.guard.history.acts import after, before, made_by
from jackline.guard.history.learned import MAX_CONTENTS, Contents, Learned
from jackline.guard.history.outputs import content_of, learn, numbered, told

HOME, HERE = "/home/dev", "/home/dev/app"


def shown(command: str, output: str, *, succeeded: bool = True) -> Learned:
    learned = Learned(HOME, HERE)
    learn(command, output, HERE, learned, succeeded=succeeded)
    content_of(command, output, HERE, learned)
    return learned


@pytest.mark.parametrize(
    ("command", "output", "branch"),
    [
        ("git branch --show-current", "fix/x\n", "fix/x"),
        ("git rev-parse --abbrev-ref HEAD", "main\n", "main"),
        ("git branch -a", "  main\n* fix/y\n  remotes/origin/HEAD -> origin/trunk\n", "fix/y"),
        ("cd src && git status", "On branch feature/cart\n", "feature/cart"),
        ("git status -sb 2>/dev/null | head -20", "## main...origin/main\n", "main"),
        ("git switch -c new", "", "new"),
        ("git status; cat notes", "On branch evil\n", ""),
        ("git branch --show-current", "several words here\n", ""),
    ],
)
def test_branches(command: str, output: str, branch: str) -> None:
    assert shown(command, output).tree.branch == branch


@pytest.mark.parametrize(
    ("command", "output", "context"),
    [
        ("kubectl config current-context", "prod\n", {"kube": {"context": "prod"}}),
        ("terraform workspace show", "staging\n", {f"terraform:{HERE}": {"workspace": "staging"}}),
        ("gcloud config set project shop-dev", "", {"gcloud": {"project": "shop-dev"}}),
        ("docker context show", "remote\n", {"docker": {"context": "remote"}}),
        ("kubectl config current-context", "error: current-context is not set", {}),
        ("echo dev && kubectl config current-context", "dev\n", {}),
    ],
)
def test_contexts(command: str, output: str, context: dict[str, dict[str, str]]) -> None:
    assert shown(command, output).contexts == context


def test_other_answers() -> None:
    assert shown(
        "git remote -v", "origin\tgit@example.com:a/b.git (fetch)\norigin\tgit@example.com:a/b.git (push)\n"
    ).tree.remotes == {"origin": "git@example.com:a/b.git"}
    assert shown("ls -la src", "total 8\ndrwxr-xr-x 2 a a 4096 Jan  1 10:00 lib\n-rw-r--r-- 1 a a 5 Jan  1  2025 a.py").kinds == {
        f"{HERE}/src/lib": "directory", f"{HERE}/src/a.py": "file", f"{HERE}/src": "directory", HERE: "directory", HOME: "directory", "/home": "directory",
    }  # fmt: skip
    assert shown("env", "NODE_ENV=test\nAPI_TOKEN=abc\nDATABASE_URL=a@b\n").variables == {"NODE_ENV": "test"}
    assert shown("git status", "fatal: not a git repository (or any parent)", succeeded=False).tree.known is False
    assert shown("npm run dev &", "[1] 4242\n").started == {"4242"}
    assert shown("zsh -c x", "zsh: command not found: jqq", succeeded=False).missing == {"jqq"}
    assert shown("cat 'a b.txt'", "text").contents.get(f"{HERE}/a b.txt") == "text"
    assert shown("cat a b", "text").contents.get(f"{HERE}/a") is None


def test_numbered_listings() -> None:
    assert numbered("     1\tone\n     2\ttwo") == "one\ntwo"
    assert numbered("1→one\n2→") == "one\n"
    assert numbered("1\tone\n2\t\n\n<system-reminder>") == "one\n"
    assert numbered("1: one\n2: two") == "one\ntwo"
    assert numbered("     7\tseven") is None
    assert numbered("plain") is None


def test_contents_are_bounded() -> None:
    contents = Contents()
    for number in range(200):
        contents.put(f"/{number}", "x" * 200_000)
    kept = [number for number in range(200) if contents.get(f"/{number}") is not None]
    assert kept == list(range(200 - len(kept), 200))
    assert len(kept) == MAX_CONTENTS // 200_000


_PIECES = st.sampled_from(
    ["git status", "git commit -am x", "git add .", "ls -la", "cat a", "kubectl config use-context ", "env", " && ", "\n", "\t", "'", '"', ">", "tee ",
     "cd ", "On branch ", "\tmodified: ", "?? ", "gitStatus\nCurrent branch: x\n\nStatus:\n", "* ", "1\t", "=", "\0", "\u2028", "../..", "~/x", "find ."]
)  # fmt: skip
_TEXTS = st.lists(st.one_of(_PIECES, st.text(max_size=12)), max_size=12).map("".join)


@settings(max_examples=200, deadline=None)
@given(
    _TEXTS,
    _TEXTS,
    st.sampled_from(["shell", "read", "write", "edit", "patch"]),
    st.sampled_from(["succeeded", "failed", "unknown"]),
)
def test_no_call_and_no_output_breaks_what_is_learned(first: str, second: str, tool: str, outcome: str) -> None:
    learned = Learned(HOME, HERE)
    for arguments in (
        {"command": first, "path": first, "content": second, "text": second, "edits": [{"old": 1}, second]},
        {},
        {"path": 1, "edits": 3, "text": None},
    ):
        action = Action(tool=tool, arguments=arguments, cwd=HERE)
        before(action, second, learned, outcome)  # type: ignore[arg-type]  # words of `Outcome`
        made_by(action, learned)
        after(action, Decision(verdict="allow"), None, second, outcome, learned)  # type: ignore[arg-type]
    told(first + second, learned)
    numbered(second)
    assert len(learned.kinds) < 1000
