"""A repository's state comes back after what git itself cannot take back."""

import os
import subprocess
from pathlib import Path

import pytest

from jackline.contain.view.git import restore, save
from jackline.contain.view.handles import Root
from jackline.core.errors import WorkspaceError
from tests.contain.view.world import Quick

ENVIRONMENT = {
    "PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z", "LC_ALL": "C",
}  # fmt: skip


def git(place, *words):
    done = subprocess.run(["git", *words], cwd=place, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def repository(tmp_path):
    place = tmp_path / "project"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    for number in range(3):
        (place / "file").write_text(f"{number}\n")
        git(place, "add", "file")
        git(place, "commit", "-q", "-m", f"number {number}")
    git(place, "branch", "other", "HEAD~1")
    (place / "file").write_text("stashed\n")
    git(place, "stash")
    (place / "file").write_text("staged\n")
    git(place, "add", "file")
    return place


def state(place):
    return [git(place, *words) for words in (
        ["for-each-ref"], ["stash", "list"], ["diff", "--cached"], ["log", "-g", "--format=%H %gs"], ["rev-parse", "HEAD"],
    )]  # fmt: skip


@pytest.mark.parametrize(
    "harm",
    [
        [["reset", "-q", "--hard", "HEAD~2"], ["stash", "drop", "-q"], ["reflog", "expire", "--expire=now", "--all"], ["gc", "-q", "--prune=now"]],
        [["branch", "-D", "other"], ["commit", "-q", "--amend", "-m", "rewritten"], ["pack-refs", "--all"]],
        [["checkout", "-q", "--orphan", "fresh"], ["commit", "-q", "-m", "orphan"], ["branch", "-D", "main"], ["stash", "clear"],
         ["reflog", "expire", "--expire=now", "--all"], ["gc", "-q", "--prune=now"]],
    ],
)  # fmt: skip
def test_refs_stash_index_and_unreachable_objects_come_back(repository, tmp_path, harm):
    before = state(repository)
    (tmp_path / "saved").mkdir()
    with Root(str(repository / ".git")) as root, Root(str(tmp_path / "saved")) as saved:
        assert save(root, saved, Quick()) > 8
        for words in harm:
            git(repository, *words)
        assert state(repository) != before
        restore(root, saved, Quick())
    assert state(repository) == before
    assert git(repository, "fsck", "--full", "--strict", "--no-dangling") == ""
    assert "stashed" in git(repository, "stash", "show", "-p")


def test_nothing_of_the_repository_is_run(repository, tmp_path):
    (tmp_path / "saved").mkdir()
    canary = tmp_path / "canary"
    git(repository, "config", "core.fsmonitor", f"touch {canary}")
    (repository / ".git/hooks").mkdir(exist_ok=True)
    with Root(str(repository / ".git")) as root, Root(str(tmp_path / "saved")) as saved:
        save(root, saved, Quick())
        restore(root, saved, Quick())
    assert not canary.exists()


def test_links_put_into_a_repository_are_not_followed(repository, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("secret")
    (repository / ".git/refs/heads/evil").symlink_to(outside)
    (repository / ".git/ORIG_HEAD").unlink(missing_ok=True)
    (repository / ".git/ORIG_HEAD").symlink_to(outside)
    (tmp_path / "saved").mkdir()
    with Root(str(repository / ".git")) as root, Root(str(tmp_path / "saved")) as saved:
        save(root, saved, Quick())
    assert "secret" not in "".join(
        path.read_text(errors="replace") for path in Path(tmp_path / "saved").rglob("*") if path.is_file()
    )


def test_what_is_no_repository_is_refused(tmp_path):
    with Root(str(tmp_path)) as root, pytest.raises(WorkspaceError, match="is no git repository"):
        save(root, root, Quick())
