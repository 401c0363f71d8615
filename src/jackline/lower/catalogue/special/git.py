"""git(1): what its commands do to the repository and the work tree, judged by the state in which they stand."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from jackline.core.effect import ANY, ONE, Resource
from jackline.lower.catalogue.notation import DEFAULT_UNDO
from jackline.lower.files import emit_delete
from jackline.lower.places import file_resource, resolve
from jackline.lower.word import UNKNOWN, Data, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.words import Label, Undo, Verb
    from jackline.lower.catalogue.call import Call
    from jackline.lower.surroundings import GitFacts

_UNCOMMITTED: Final[frozenset[Label]] = frozenset({"uncommitted"})
_UNPUSHED: Final[frozenset[Label]] = frozenset({"unpushed"})
_UNTRACKED: Final[frozenset[Label]] = frozenset({"untracked"})
_NONE: Final[frozenset[Label]] = frozenset()
_HOOKS: Final[dict[str, tuple[str, ...]]] = {
    "commit": ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"),
    "merge": ("pre-merge-commit", "commit-msg", "post-merge"), "pull": ("pre-merge-commit", "post-merge", "post-checkout"),
    "checkout": ("post-checkout",), "switch": ("post-checkout",), "worktree": ("post-checkout",),
    "rebase": ("pre-rebase", "post-rewrite", "post-checkout"), "push": ("pre-push",),
    "am": ("applypatch-msg", "pre-applypatch", "post-applypatch"),
    "cherry-pick": ("prepare-commit-msg", "commit-msg", "post-commit"),
    "revert": ("prepare-commit-msg", "commit-msg", "post-commit"), "clone": (), "stash": (),
}  # fmt: skip
"""The hooks that a command runs (githooks(5))."""
_PRIVATE: Final[frozenset[Label]] = frozenset({"secret", "credential", "personal"})
_PRINTS: Final = frozenset({"show", "diff", "blame", "annotate", "grep", "diff-tree", "diff-index", "diff-files"})
"""Commands that print what stands in the files that they are given."""
_HEAD: Final = ".git/HEAD"
_HEADS: Final = "ref: refs/heads/"
_AT_HEAD: Final = frozenset({"HEAD", "@", "HEAD~0", "HEAD^0"})


def facts_of(call: Call) -> GitFacts | None:
    """The state of the repository in which git stands; None where it is not known."""
    if not call.scope.place.here or call.has("--git-dir"):
        return None
    facts = call.scope.surroundings.git(call.cwd)
    return facts if facts.root else None


def root_of(call: Call) -> str:
    """The work tree's root, as far as it is known."""
    facts = facts_of(call)
    return facts.root if facts is not None else call.cwd


def branch_of(call: Call) -> str:
    """The branch that is checked out when this command runs, after what this action did; `*` where it is not known."""
    facts = facts_of(call)
    if facts is None:
        return "*"
    written = call.scope.overlay.find(posixpath.join(facts.root, _HEAD))
    if written is None:
        return facts.branch or "*"
    text = written.versions[0].text if len(written.versions) == 1 and written.versions[0] is not None else None
    return text.removeprefix(_HEADS) if text else "*"


def made_here(call: Call, branch: str) -> bool:
    """Whether this action itself made the branch, so that nobody else's work is on it."""
    return call.scope.overlay.find(posixpath.join(root_of(call), ".git", _HEADS.partition(" ")[2], branch)) is not None


def _go_to(call: Call, given: Word | None, *, new: bool = False) -> None:
    """Another branch is checked out; `new`: git refuses where one of that name is."""
    facts = facts_of(call)
    if facts is None or given is None:
        return
    overlay, name = call.scope.overlay, given.text
    known = name if name and not name.startswith(("-", "@")) else None
    content = Data(f"{_HEADS}{known}", origin="trusted") if known else UNKNOWN
    overlay.write(posixpath.join(facts.root, _HEAD), content, certain=call.certain)
    if new and known:
        overlay.write(posixpath.join(facts.root, ".git", _HEADS.partition(" ")[2], known), UNKNOWN)


def emit(
    call: Call, verb: Verb, *, labels: frozenset[Label] = _NONE, reversible: Undo | None = None, branch: str = "",
    whole: bool = False,
) -> None:  # fmt: skip
    """Write an effect on the repository here."""
    name = root_of(call) + (f"#{branch}" if branch else "")
    if call.dry and verb != "read":
        call.emit("read", "repository", name, labels=frozenset({"dry_run"}))
        return
    call.emit(verb, "repository", name, labels=labels, extent_all=whole,
              reversible=reversible or DEFAULT_UNDO.get(verb, "yes"))  # fmt: skip


def read(call: Call) -> None:
    """It only reads; a file with secrets whose content it shows is read by that, as it was in some commit."""
    if not call.node.effects:
        emit(call, "read")
    for given in _shown(call):
        if call.scope.place.here and file_resource(call.path(given), call.scope).labels & _PRIVATE:
            call.read(given)


def _shown(call: Call) -> Iterable[Word]:
    """The files whose content is shown: `REVISION:PATH`, and paths of a command that prints changes."""
    words = call.command.words[1:]
    texts = [word.text or "" for word in words]
    prints = call.node.path[-1] in _PRINTS or not {"-p", "--patch", "-u"}.isdisjoint(texts)
    for word, text in zip(words, texts, strict=True):
        _, colon, path = text.partition(":")
        if colon and path and not text.startswith("-"):
            yield Word((posixpath.join(root_of(call), path),), word.start, word.end)
        elif prints and text and not text.startswith("-"):
            yield word


def change(call: Call) -> None:
    """It changes the index, references or objects; git keeps what was."""
    emit(call, "modify")


def init(call: Call) -> None:
    """A template's hooks are put into the new repository."""
    if call.has("--template"):
        emit(call, "persist", labels=frozenset({"persistence"}))
        return
    directory = call.value("directory")
    root = call.path(directory) if directory is not None else call.cwd
    if "*" not in root:
        call.scope.overlay.unknown(posixpath.join(root, ".git"), "installed", tree=True)


def hooks(call: Call) -> None:
    """Run the hooks of this command that are there."""
    command = call.node.path[1]
    names = _HOOKS.get(command, ())
    if command == "hook":
        names = (call.text("hook") or "*",)
    if not names or not call.scope.place.here:
        return
    skipped = {"pre-commit", "commit-msg", "pre-merge-commit", "pre-push"} if call.has("--no-verify") else set()
    directory = _hook_directory(call)
    script = call.scope.languages.get("script")
    for name in names:
        path = posixpath.join(directory, name)
        written = call.scope.overlay.find(path)
        if written is not None and written.tree and written.authorship == "installed":
            written = None  # `git init` adds only samples to what is there
        there = written is not None or call.scope.surroundings.file(path).kind == "file"
        if name in skipped or not there:
            continue
        if script is None:
            call.scope.opaque(path, at=call.command.at, authorship=call.scope.surroundings.authorship(path))
        else:
            script(Word((path,), *call.command.at), call.inner(), ())


def _hook_directory(call: Call) -> str:
    facts = facts_of(call)
    moved = (facts.config.get("core.hookspath", "") if facts is not None else "") or call.scope.surroundings.context(
        "git"
    ).get("hooks", "")
    root = root_of(call)
    return posixpath.normpath(posixpath.join(root, moved)) if moved else posixpath.join(root, ".git", "hooks")


def commit(call: Call) -> None:
    """A new commit, and the hooks around it."""
    emit(call, "modify")
    if not call.dry:
        hooks(call)


def merge(call: Call) -> None:
    """Work that git itself can take back: it refuses where local changes would be lost, and keeps the old tip."""
    emit(call, "modify")
    hooks(call)


def apply(call: Call) -> None:
    """A patch is applied, unless it is only looked at."""
    looked = any(call.has(option) for option in ("--stat", "--numstat", "--summary", "--check"))
    applied = not looked or call.has("--apply")
    emit(call, "modify" if applied else "read")
    if applied and call.command.stdin.fetched:  # what it changes is not known, and someone else wrote it
        call.scope.opaque(call.command.stdin.fetched, at=call.command.at, authorship="fetched")


# What can lose work.


def _dirty(call: Call) -> bool:
    """Whether tracked files may have changes that no commit holds."""
    facts = facts_of(call)
    if facts is None:
        return True
    changes = call.scope.surroundings.changes(call.cwd)
    return changes.partial or bool(changes.dirty)


def discard(call: Call) -> None:
    """Forms that lose work only with `--force`, `--reset` or `-f`."""
    forced = call.may_have("--force") or call.may_have("--reset")
    if call.node.path[-1] == "remove":
        for path in call.values("path"):
            if forced:
                call.delete(path, recursive=True)
            else:
                _file(call, "delete", path, "with_undo", labels=frozenset({"tree"}))
    elif forced and (call.node.path[-1] == "deinit" or _dirty(call)):
        emit(call, "modify", labels=_UNCOMMITTED, reversible="no")  # a submodule's own state is not known
    else:
        emit(call, "modify", reversible="yes" if forced else None)


def reset(call: Call) -> None:
    """`--hard` (and `--merge` in part) throws local changes away; a commit named moves the branch away from its tip."""
    hard = any(call.may_have(option) for option in ("--hard", "--merge", "--keep"))
    if not hard:
        emit(call, "modify")
        return
    facts = facts_of(call)
    labels: set[Label] = set()
    if _dirty(call):
        labels.add("uncommitted")
    moved = [word for word in call.arguments.operands if word.text not in _AT_HEAD]
    if moved and (facts is None or facts.unpushed != 0):
        labels.add("unpushed")
    emit(call, "modify", labels=frozenset(labels), reversible="no" if labels else "yes")


def clean(call: Call) -> None:
    """Untracked files are removed; without `-f` git refuses (clean.requireForce)."""
    if not (call.may_have("--force") or call.has("-i") or call.dry or _needs_no_force(call)):
        return
    ignored = call.may_have("-x") or call.may_have("-X")
    changes = call.scope.surroundings.changes(call.cwd) if facts_of(call) is not None and not ignored else None
    nothing = changes is not None and not changes.partial and not changes.untracked
    if nothing:
        emit(call, "delete", reversible="yes")
    else:
        emit(call, "delete", labels=_UNTRACKED, reversible="no", whole=True)


def _needs_no_force(call: Call) -> bool:
    facts = facts_of(call)
    configured = facts.config.get("clean.requireforce", "") if facts is not None else ""
    texts = [(word.text or "").lower() for word in call.command.words]
    return configured.lower() == "false" or "clean.requireforce=false" in texts


def checkout(call: Call) -> None:
    """A branch, or paths whose local changes are thrown away."""
    paths = _checkout_paths(call)
    if paths is not None:
        _restore_paths(call, paths)
    elif call.may_have("--force") and _dirty(call):
        emit(call, "modify", labels=_UNCOMMITTED, reversible="no")
    elif call.has("-B"):
        emit(call, "modify", labels=_UNPUSHED, reversible="no")
    else:
        emit(call, "modify")
    if paths is None:
        new = call.value("b") or call.value("B") or call.value("orphan")
        _go_to(call, new or next(iter(call.arguments.operands), None), new=call.has("-b"))
    hooks(call)


def _checkout_paths(call: Call) -> list[Word] | None:
    operands = call.arguments.operands
    words = [word.text for word in call.command.words]
    if "--" in words:
        behind = len(words) - words.index("--") - 1
        return operands[len(operands) - behind :] if behind else None
    if call.has("--pathspec-from-file"):
        return [Word((".",))]
    if len(operands) > 1 and not (call.has("-b") or call.has("-B") or call.has("--orphan") or call.has("-t")):
        return operands[1:]
    if len(operands) == 1 and not (call.has("-b") or call.has("-B")) and _is_path(call, operands[0]):
        return operands
    return None


def _is_path(call: Call, word: Word) -> bool:
    text = word.text
    if text is None:
        return False
    if text in {".", "*", ":/"} or text.startswith(("./", ":/", "../")):
        return True
    facts = facts_of(call)
    if facts is not None and text in {facts.branch, facts.default_branch}:
        return False
    kind = call.scope.surroundings.file(call.path(word)).kind if call.scope.place.here else "unknown"
    return kind in {"file", "directory"} or (kind == "unknown" and "." in posixpath.basename(text)[1:])


def _restore_paths(call: Call, paths: Iterable[Word]) -> None:
    """Local changes of these paths are lost, where there may be any (a path in no repository may be in one by then)."""
    for path in paths:
        standing = call.scope.surroundings.standing(call.path(path)) if call.scope.place.here and path.text else None
        if (
            standing is not None
            and not standing & {"modified", "outside"}
            and call.scope.surroundings.git(call.cwd).root
        ):
            _file(call, "modify", path, "yes")
        else:
            _file(call, "modify", path, "no", labels=_UNCOMMITTED)


def _file(call: Call, verb: Verb, path: Word, reversible: Undo, *, labels: frozenset[Label] = _NONE) -> None:
    name = call.path(path) if path.text not in {":/", ":/."} else root_of(call)
    found = file_resource(name, call.scope)
    resource = Resource(found.kind, found.name, found.environment, found.reach, found.labels | labels)
    several = "tree" in labels or "*" in name or call.scope.surroundings.file(name).kind == "directory"
    call.scope.emit(verb, resource, at=call.at(path), reversible=reversible, extent=ANY if several else ONE)


def switch(call: Call) -> None:
    """Another branch; local changes are kept, unless they are to be discarded."""
    if call.may_have("--force") and _dirty(call):
        emit(call, "modify", labels=_UNCOMMITTED, reversible="no")
    elif call.has("-C"):
        emit(call, "modify", labels=_UNPUSHED, reversible="no")
    else:
        emit(call, "modify")
    new = call.value("c") or call.value("C") or call.value("orphan")
    _go_to(call, new or next(iter(call.arguments.operands), None), new=call.has("-c"))
    hooks(call)


def restore(call: Call) -> None:
    """Paths as they are in the index or a commit; `--staged` alone changes only the index."""
    if call.has("--staged") and not call.has("--worktree"):
        emit(call, "modify")
    else:
        _restore_paths(call, call.values("path") or [Word((".",), *call.command.at)])


def remove(call: Call) -> None:
    """Without `--force` git refuses to remove what no commit holds."""
    if call.has("--cached"):
        emit(call, "modify")
        return
    for path in call.values("path"):
        if call.dry:
            call.read(path)
        elif call.may_have("--force"):
            emit_delete(call.path(path), call.scope, recursive=call.may_have("-r"), at=call.at(path))
        else:
            _file(call, "delete", path, "with_undo", labels=frozenset({"tree"}) if call.may_have("-r") else _NONE)


def stash_drop(call: Call) -> None:
    """Work that was put away is lost."""
    facts = facts_of(call)
    if facts is not None and facts.stashes == 0 and facts.branch:
        emit(call, "delete", branch="stash", reversible="yes")
    else:
        emit(call, "delete", branch="stash", labels=_UNCOMMITTED, reversible="no", whole=call.node.path[-1] == "clear")


def branch(call: Call) -> None:
    """List, make, move or delete branches; `-d` deletes only what is merged."""
    names = call.values("branch")
    forced = call.may_have("-D") or (call.has("-d") and call.may_have("--force"))
    if call.has("-d") or call.has("-D"):
        for name in names:
            remote = call.has("--remotes")
            emit(call, "delete", branch=name.text or "*", labels=_UNPUSHED if forced and not remote else _NONE,
                 reversible="no" if forced and not remote else "with_undo")  # fmt: skip
    elif call.has("--force") or call.has("-M") or call.has("-C"):
        emit(call, "modify", labels=_UNPUSHED, reversible="no")
    elif not names or call.has("--list") or call.has("--contains") or call.has("--merged"):
        emit(call, "read" if not call.has("-u") and not call.has("--unset-upstream") else "modify")
    else:
        emit(call, "modify")


def tag(call: Call) -> None:
    """List, make or delete tags."""
    names = call.values("tag")
    if call.has("-d"):
        for name in names:
            emit(call, "delete", branch=name.text or "*", reversible="with_undo")
    elif not names or call.has("--list") or call.has("--verify"):
        emit(call, "read")
    else:
        emit(call, "modify")


def resolve_here(call: Call, text: str) -> str:
    """A path that stands in git's configuration or arguments."""
    return resolve(Word((text,)), call.cwd, call.scope)
