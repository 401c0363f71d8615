"""Git's state read from its files: the same as git says, and nothing run by a hostile repository."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackline.guard.world.gitconfig import Configs, parse, read_config
from jackline.guard.world.gitignore import compile_rules
from jackline.guard.world.gitindex import UnreadableIndexError, _parse, read_index
from jackline.guard.world.gitobjects import MissingError, Objects
from jackline.guard.world.repository import Kept, Unreadable, find_repository

GIT = shutil.which("git")
pytestmark = pytest.mark.skipif(GIT is None, reason="git is not installed, so there is nothing to compare with")

ENVIRONMENT = {
    "PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "dev", "GIT_AUTHOR_EMAIL": "dev@example.com",
    "GIT_COMMITTER_NAME": "dev", "GIT_COMMITTER_EMAIL": "dev@example.com", "LC_ALL": "C",
}  # fmt: skip


def git(place, *arguments):
    done = subprocess.run(
        [GIT, "-C", str(place), *arguments], env=ENVIRONMENT, capture_output=True, check=True, text=True
    )
    return done.stdout


def write(place, files):
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def commit(place, files, message="x"):
    write(place, files)
    git(place, "add", "-A")
    git(place, "commit", "-qm", message)


@pytest.fixture
def place(tmp_path):
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init", "-qb", "main")
    git(root, "config", "user.email", "dev@example.com")
    return root


def opened(place):
    return find_repository(os.path.realpath(place), "/nonexistent", Kept())


def status(place):
    """What git itself says: changed, and untracked names."""
    dirty, untracked = set(), set()
    for entry in git(place, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames").split("\0"):
        if entry.startswith("??"):
            untracked.add(entry[3:])
        elif entry:
            dirty.add(entry[3:])
    return dirty, untracked


def said(place):
    changes = opened(place).changes()
    assert not changes.partial
    return set(changes.dirty), set(changes.untracked)


def test_a_history_with_everything(place):
    commit(
        place,
        {
            "a": "1",
            "d/b": "2",
            "d/e/c": "3",
            "gone": "4",
            ".gitignore": "*.log\n/out/\n!keep.log\n",
            "staged": "5",
            "both": "6",
        },
    )
    write(
        place,
        {
            "a": "changed",
            "new": "x",
            "d/new": "x",
            "x.log": "",
            "keep.log": "",
            "out/y": "",
            "d/out/y": "",
            "staged": "s",
            "both": "s",
            "added": "",
        },
    )
    git(place, "add", "staged", "both", "added")
    write(place, {"both": "t"})
    (place / "gone").unlink()
    git(place, "rm", "-q", "--cached", "d/e/c")
    assert said(place) == status(place)
    found = opened(place)
    answers = {
        name: found.standing(name, directory=(place / name).is_dir())
        for name in ("a", "d/b", "new", "x.log", "out", "d", "staged", "added", "keep.log")
    }
    assert answers == {
        "a": {"modified"}, "d/b": {"clean"}, "new": {"untracked"}, "x.log": {"ignored"}, "out": {"ignored"}, "d": {"clean", "untracked"},
        "staged": {"modified"}, "added": {"modified"}, "keep.log": {"untracked"},
    }  # fmt: skip


def test_a_touched_file_is_clean_by_its_content(place):
    commit(place, {"a": "1"})
    os.utime(place / "a", ns=(1, 1))
    assert opened(place).standing("a", directory=False) == {"clean"}


def test_a_file_as_large_as_before_is_compared_by_content_when_its_time_tells_nothing(place):
    commit(place, {"a": "1"})
    now = (place / ".git/index").stat().st_mtime_ns
    (place / "a").write_text("2")
    os.utime(place / "a", ns=(now, now))  # "racily clean": gitformat-index(5)
    assert opened(place).standing("a", directory=False) == {"modified"}


def test_before_the_first_commit_nothing_is_clean(place):
    write(place, {"a": "1"})
    git(place, "add", "a")
    assert said(place) == status(place) == ({"a"}, set())


def test_packs_and_deltas(place):
    base = "".join(f"line {index}\n" for index in range(400))
    for index in range(12):
        commit(place, {f"d{index % 3}/f": base + str(index), "many/x" + "x" * index: "1"})
    git(place, "repack", "-adq", "--window=50", "--depth=50")
    git(place, "pack-refs", "--all")
    assert said(place) == status(place) == (set(), set())
    objects = opened(place).objects
    for oid in git(place, "rev-list", "--all").split():
        tree, _, author, _ = objects.commit(bytes.fromhex(oid))
        assert author == "dev@example.com"
        assert sorted(objects.tree(tree)) == sorted(git(place, "ls-tree", "--name-only", oid).split())


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_versions_of_the_index(place, version):
    commit(place, {f"dir{index}/file{index}": "x" for index in range(30)})
    git(place, "update-index", "--index-version", version)
    write(place, {"dir3/file3": "yy", "soon": ""})
    git(place, "add", "-N", "soon")  # an intent to add is an extended entry
    assert said(place) == status(place)


def test_sha256(tmp_path):
    root = tmp_path / "r"
    root.mkdir()
    git(root, "init", "-qb", "main", "--object-format=sha256")
    commit(root, {"a/b": "1", "c": "2"})
    write(root, {"c": "3"})
    assert said(root) == status(root) == ({"c"}, set())


def test_a_conflict_is_no_clean_file(place):
    commit(place, {"a": "1\n"})
    git(place, "checkout", "-qb", "other")
    commit(place, {"a": "2\n"})
    git(place, "checkout", "-q", "main")
    commit(place, {"a": "3\n"})
    subprocess.run([GIT, "-C", str(place), "merge", "-q", "other"], env=ENVIRONMENT, capture_output=True, check=False)
    assert opened(place).standing("a", directory=False) == {"modified"}


def test_links_and_submodules(place, tmp_path):
    inner = place / "sub"
    inner.mkdir()
    git(inner, "init", "-qb", "main")
    commit(inner, {"x": "1"})
    (place / "l").symlink_to("nowhere")
    commit(place, {"a": "1"})
    assert said(place) == status(place) == (set(), set())
    (place / "l").unlink()
    (place / "l").symlink_to("elsewhere")
    assert said(place) == ({"l"}, set())
    assert opened(inner / "deep").root == os.path.realpath(inner)
    assert opened(place).standing("", directory=True) == {"clean", "modified"}
    assert opened(place).standing("sub", directory=True) == {
        "modified"
    }  # whatever is in it is for its own repository to say


def test_a_linked_work_tree(place, tmp_path):
    commit(place, {"a": "1"})
    git(place, "worktree", "add", "-q", "-b", "feature", str(tmp_path / "linked"))
    write(tmp_path / "linked", {"a": "2", "n": ""})
    found = opened(tmp_path / "linked")
    assert (found.root, found.branch()) == (os.path.realpath(tmp_path / "linked"), "feature")
    assert said(tmp_path / "linked") == ({"a"}, {"n"})
    assert found.hooks == f"{os.path.realpath(place)}/.git/hooks"


def test_branches_and_what_is_not_pushed(place, tmp_path):
    commit(place, {"a": "1"})
    git(tmp_path, "clone", "-q", "--bare", str(place), str(tmp_path / "remote.git"))
    git(place, "remote", "add", "origin", "https://dev:secret@host.example/x.git")
    git(place, "config", "remote.origin.pushurl", str(tmp_path / "remote.git"))
    git(place, "fetch", "-q", str(tmp_path / "remote.git"), "+refs/heads/*:refs/remotes/origin/*")
    git(place, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    git(place, "branch", "-q", "--set-upstream-to=origin/main")
    facts = opened(place).facts()
    assert (facts.branch, facts.upstream, facts.default_branch, facts.unpushed, facts.own_branch) == (
        "main",
        "origin/main",
        "main",
        0,
        False,
    )
    assert facts.remotes["origin"] == "https://host.example/x.git"
    assert "secret" not in str(facts)
    commit(place, {"a": "2"})
    commit(place, {"a": "3"})
    git(place, "repack", "-adq")
    assert opened(place).facts().unpushed == 2
    git(place, "checkout", "-qb", "feature")
    commit(place, {"a": "4"})
    facts = opened(place).facts()
    assert (facts.branch, facts.upstream, facts.unpushed, facts.own_branch) == ("feature", "", -1, True)
    git(
        place,
        "-c",
        "user.email=eve@example.com",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
        "--author",
        "eve <eve@example.com>",
    )
    assert opened(place).facts().own_branch is False
    git(place, "checkout", "-q", "--detach")
    assert opened(place).facts().branch == ""


def test_aliases_settings_and_stashes(place):
    commit(place, {"a": "1"})
    git(place, "config", "alias.nuke", "!rm -rf .")
    git(place, "config", "core.hooksPath", "tools/hooks")
    git(place, "config", "http.extraHeader", "Authorization: Bearer abcdefghijklmnop")
    write(place, {"a": "2"})
    git(place, "stash", "-q")
    found = opened(place)
    facts = found.facts()
    assert "abcdefgh" not in str(facts)
    assert facts.aliases == {"nuke": "!rm -rf ."}
    assert (found.hooks, facts.stashes, facts.config["core.hookspath"]) == (
        f"{os.path.realpath(place)}/tools/hooks",
        1,
        "tools/hooks",
    )


# Hostile repositories.


def test_nothing_that_a_repository_names_is_run(place, tmp_path):
    commit(place, {"a": "1", ".gitattributes": "* filter=evil diff=evil\n"})
    mark = tmp_path / "ran"
    for key in ("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv",
                "core.alternateRefsCommand", "uploadpack.packObjectsHook", "credential.helper", "alias.status"):  # fmt: skip
        git(place, "config", key, f"!touch {mark}; false" if key.startswith("alias") else f"touch {mark}; false")
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        path = place / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch {mark}\n")
        path.chmod(0o755)
    write(place, {"a": "2"})
    opened(place).facts()
    assert opened(place).changes().dirty == ("a",)
    assert not mark.exists()


def test_a_git_file_that_leads_nowhere_is_said_to_be_unreadable(tmp_path):
    for text in ("gitdir: .git\n", "gitdir: /nonexistent\n", "", "nonsense", "gitdir: " + "x" * 5000):
        (tmp_path / ".git").write_text(text)
        with pytest.raises(Unreadable):
            opened(tmp_path)


def test_damaged_and_foreign_files_are_partial_not_clean(place):
    commit(place, {"a": "1", "b/c": "2"})
    index = place / ".git/index"
    whole = index.read_bytes()
    for content in (b"", b"DIRC", whole[:40], b"X" + whole[1:], whole[:12] + b"\xff" * 60, os.urandom(500)):
        index.write_bytes(content)
        assert opened(place).changes().partial
        with pytest.raises(Unreadable):
            opened(place).standing("a", directory=False)
    index.unlink()
    os.mkfifo(index)
    assert opened(place).changes().partial
    index.unlink()
    index.write_bytes(whole)
    for loose in (place / ".git/objects").glob("??/*"):
        loose.chmod(0o600)
        loose.write_bytes(b"nonsense")
    assert opened(place).standing("a", directory=False) == {"modified"}


def test_a_split_index_is_not_taken_for_a_small_one(place):
    commit(place, {"a": "1", "b": "2"})
    git(place, "update-index", "--split-index")
    assert opened(place).changes().partial


def test_pipes_and_loops_in_the_place_of_files(place):
    commit(place, {"a": "1"})
    (place / ".gitignore").symlink_to(".gitignore")
    for name in ("HEAD", "config", "packed-refs"):
        path = place / ".git" / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    facts = opened(place).facts()
    assert (facts.branch, facts.remotes, opened(place).changes().dirty) == ("", {}, ("a",))


def test_a_reference_that_refers_to_itself_ends(place):
    (place / ".git/HEAD").write_text("ref: refs/heads/a\n")
    (place / ".git/refs/heads/a").write_text("ref: refs/heads/a\n")
    assert opened(place).ref("HEAD") is None


def test_a_name_that_leads_out_is_no_reference(place):
    (place / "outside").write_text("0" * 40)
    (place / ".git/HEAD").write_text("ref: refs/../../outside\n")
    assert opened(place).facts().unpushed == -1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_an_index_or_none(tmp_path, content):
    with contextlib.suppress(
        UnreadableIndexError, ValueError, IndexError, struct.error
    ):  # `read_index` takes them for "unreadable"
        _parse(b"DIRC\0\0\0\2" + content, 20)
    path = tmp_path / "index"
    path.write_bytes(content)
    assert read_index(str(path)) is None


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    root = tmp_path_factory.mktemp("packed")
    git(root, "init", "-qb", "main")
    for index in range(6):
        commit(root, {"a": "x\n" * 200 + str(index)})
    git(root, "repack", "-adq")
    return root / ".git/objects", [bytes.fromhex(oid) for oid in git(root, "rev-list", "--all").split()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_pack_is_missing_objects_not_a_crash(packed, tmp_path_factory, data):
    directory, oids = packed
    copy = tmp_path_factory.mktemp("copy") / "objects"
    shutil.copytree(directory, copy)
    for path in (copy / "pack").iterdir():
        path.chmod(0o600)
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(0, 6))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))]))
    objects = Objects(str(copy), 20)
    for oid in oids:
        try:
            objects.tree(objects.commit(oid).tree)
        except MissingError:
            continue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a]\nb = c\n", [("a.b", "c")]),
        ('[A "b.C"]\n  D=e ; note\n', [("a.b.C.d", "e")]),
        ('[a] b = "c # d" # e\n', [("a.b", "c # d")]),
        ("[a]\nb\n", [("a.b", "true")]),
        ("[a]\nb = c\\\nd\n", [("a.b", "cd")]),
        ('[alias]\nx = "!sh -c \\"rm\\""\n', [("alias.x", '!sh -c "rm"')]),
        ("b = c\n", []),
        ("; x\n# y\n\n", []),
    ],
)
def test_config(text, expected):
    assert parse(text) == expected


def test_includes_are_followed_within_a_bound(tmp_path):
    (tmp_path / "a").write_text("[include]\npath = b\n[alias]\nx = 1\n")
    (tmp_path / "b").write_text(f'[includeIf "gitdir:~/"]\npath = {tmp_path}/a\n[alias]\ny = 2\n')
    assert read_config((str(tmp_path / "a"),), "/nonexistent", Configs()) | {} == read_config(
        (str(tmp_path / "a"),), "/nonexistent", Configs()
    )
    assert read_config((str(tmp_path / "a"),), "/nonexistent", Configs())["alias.y"] == "2"


@given(st.text(max_size=200))
def test_any_text_is_a_config(text):
    assert all("." in key for key, _ in parse(text))


IGNORES = [
    "*.log",
    "/out",
    "out/",
    "a/**",
    "**/b",
    "a/*/c",
    "!keep",
    "[ab].x",
    "d?e",
    "\\!x",
    "x y ",
    "/a/b",
    "**/c/**",
    "#x",
    "!a/b/keep",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(IGNORES), max_size=5), st.lists(st.sampled_from(IGNORES), max_size=2))
def test_ignoring_as_git_does(tmp_path_factory, rules, inner):
    place = tmp_path_factory.mktemp("ignore")
    git(place, "init", "-qb", "main")
    names = [
        "x.log",
        "out",
        "a/b/c",
        "a/b/keep",
        "a/c/c",
        "b/x",
        "c/d/e",
        "keep",
        "a.x",
        "dXe",
        "!x",
        "x y",
        "s/out/t",
        "s/x.log",
        "d/b",
    ]
    write(place, dict.fromkeys(names, ""))
    write(place, {".gitignore": "\n".join(rules) + "\n", "a/.gitignore": "\n".join(inner) + "\n"})
    assert said(place) == status(place)


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_pattern_compiles(text, name):
    for rule in compile_rules(text):
        rule.pattern.match(name)


def test_this_very_repository_if_it_is_one():
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        pytest.skip("the tests run outside a checkout")
    facts = opened(root).facts()
    assert facts.root == str(root)
