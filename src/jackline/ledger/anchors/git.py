"""A git remote as the place for anchors: each is a commit on a ref of this ledger's own, pushed without force.

The commits are made in a bare repository of a temporary folder from what the remote has, so nothing of the user's work
is touched and no state is kept here. The remote must refuse forced pushes and deletions of the ref (git's
`receive.denyNonFastForwards` and `receive.denyDeletes`, or a protected ref); that is what makes it an anchor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import Final

from jackline.core.errors import LedgerError, UsageError
from jackline.ledger.anchors.interface import MAX_FETCHED, Exported
from jackline.ledger.checkpoint import Anchor, anchor_line

FILE: Final = "anchors.jsonl"
TIME_LIMIT: Final = 60
"""Seconds that one git command may take before it is killed: a remote that does not answer must not hold us."""
_IDENTITY: Final = ("-c", "user.name=Jackline", "-c", "user.email=jackline@localhost", "-c", "commit.gpgSign=false")
# `ext::` and other helpers run commands that a remote's name holds: gitremote-helpers(7), CVE-2017-1000117.
_SAFE: Final = ("-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0")
_WARNING: Final = "`{remote}` is an anchor as long as it refuses forced pushes and deletions of `{ref}`"


def to_git(anchor: Anchor, target: str) -> Exported:
    """Push a commit that adds the anchor's line to `anchors.jsonl` on `refs/jackline/LEDGER` of the remote `target`."""
    remote = checked_remote(target)
    ref = ref_of(anchor.genesis.ledger)
    with tempfile.TemporaryDirectory(prefix="jackline-anchor-") as folder:
        _git(folder, "init", "--quiet", "--bare")
        parent, lines = _fetched(folder, remote, ref)
        blob = _git(folder, "hash-object", "-w", "--stdin", given=lines + anchor_line(anchor))
        tree = _git(folder, "mktree", given=b"100644 blob " + blob + b"\t" + FILE.encode() + b"\n")
        subject = f"Anchor entry {anchor.checkpoint.sequence}, epoch {anchor.checkpoint.epoch}"
        parents = ("-p", parent.decode()) if parent else ()
        commit = _git(folder, *_IDENTITY, "commit-tree", tree.decode(), *parents, "-m", subject)
        _git(folder, "push", "--quiet", "--", remote, f"{commit.decode()}:{ref}")
    return Exported(f"git:{remote}", anchor, _WARNING.format(remote=remote, ref=ref))


def from_git(target: str) -> bytes:
    """The lines of all the anchors that a remote holds, of every ledger."""
    remote = checked_remote(target)
    with tempfile.TemporaryDirectory(prefix="jackline-anchor-") as folder:
        _git(folder, "init", "--quiet", "--bare")
        _git(folder, "fetch", "--quiet", "--no-tags", "--", remote, "+refs/jackline/*:refs/jackline/*")
        refs = _git(folder, "for-each-ref", "--format=%(refname)", "refs/jackline").decode().split()
        return b"".join(_git(folder, "cat-file", "blob", f"{ref}:{FILE}") + b"\n" for ref in refs)


def ref_of(ledger: bytes) -> str:
    """The ref on which a ledger's anchors stand."""
    return f"refs/jackline/{ledger.hex()[:16]}"


def checked_remote(target: str) -> str:
    """The remote as it was given, if git can only read it as one. Raises `UsageError`."""
    if not target or target.startswith("-") or "::" in target:
        message = f"`{target}` is no git remote for anchors; give a URL or a path"
        raise UsageError(message)
    return os.path.abspath(target) if os.path.isdir(target) else target


def _fetched(folder: str, remote: str, ref: str) -> tuple[bytes, bytes]:
    """The commit at the tip of the remote's ref and its lines; both empty where the ref does not exist yet."""
    listed = _git(folder, "ls-remote", "--", remote, ref)
    if not listed:
        return b"", b""
    _git(folder, "fetch", "--quiet", "--no-tags", "--", remote, f"+{ref}:{ref}")
    return _git(folder, "rev-parse", ref), _git(folder, "cat-file", "blob", f"{ref}:{FILE}") + b"\n"


def _git(folder: str, *arguments: str, given: bytes = b"") -> bytes:
    program = shutil.which("git")
    if program is None:
        message = "git is not installed; anchor to a file or the system's log, or install it"
        raise LedgerError(message)
    environment = {**os.environ, "GIT_DIR": folder, "GIT_TERMINAL_PROMPT": "0"}
    for name in ("GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE"):
        environment.pop(name, None)
    try:
        done = subprocess.run(
            [program, *_SAFE, *arguments],
            input=given, capture_output=True, env=environment, check=False, timeout=TIME_LIMIT,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        message = f"git did not finish within {TIME_LIMIT} seconds; check that the remote answers, and anchor again"
        raise LedgerError(message) from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
        message = (
            f"git could not {_verb(arguments)} the anchor: {said[-1] if said else done.returncode}; check the remote"
        )
        raise LedgerError(message)
    if len(done.stdout) > MAX_FETCHED:
        message = f"the remote's anchors are over {MAX_FETCHED} bytes; give another remote"
        raise LedgerError(message)
    return done.stdout.strip(b"\n")


def _verb(arguments: tuple[str, ...]) -> str:
    return {"push": "push", "fetch": "fetch", "ls-remote": "reach"}.get(arguments[0], "record")
