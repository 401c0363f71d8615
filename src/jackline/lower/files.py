"""What acts on files do to the world: the only way in which a file becomes an effect (`docs/effects.md`, Files).

Each function takes an absolute path as `jackline.lower.places.resolve` gives it. One act may be several effects: a write
to a shell's start-up file is a `modify` and a `persist`; one to a client's settings is a `configure` of the guard.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from msgspec.structs import replace

from jackline.core.deferred import late_pattern
from jackline.core.effect import ANY, ONE, Resource
from jackline.lower.places import endpoint, file_resource, guarded, is_stream, real_path, within, workspace_root
from jackline.lower.places.classify import is_root
from jackline.lower.places.files import CONTENT, FREE
from jackline.lower.places.paths import normal, socket_of
from jackline.lower.surroundings import FileFacts

if TYPE_CHECKING:
    from jackline.core.words import Certainty, Label, Origin, Undo, Verb
    from jackline.lower.scope import Scope

LATER: Final[frozenset[Label]] = frozenset({"shell_startup", "persistence", "authorized_keys"})
_TREE: Final[frozenset[Label]] = frozenset({"tree"})
LOCK_FILES: Final = frozenset({
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "deno.lock", "Cargo.lock",
    "poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "composer.lock", "Gemfile.lock", "go.sum", "flake.lock", "mix.lock",
    "pubspec.lock", "Podfile.lock", "packages.lock.json", "gradle.lockfile",
})  # fmt: skip
"""What package managers write down of what they have resolved."""
_SYSRQ: Final = "/proc/sysrq-trigger"
_ABSENT: Final = FileFacts("absent")
_LOOKED_AT: Final = 64
"""Names of a directory that are compared with one that is known in part."""


class How(TypedDict, total=False):
    """What is the same for all acts: where in the text it was read, who chose the path, whether it surely happens."""

    at: tuple[int, int]
    origin: Origin
    certainty: Certainty


def emit_read(path: str, scope: Scope, *, recursive: bool = False, **how: Unpack[How]) -> None:
    """The content of a file, or the names in a directory, become known; `recursive`: the contents below it, too."""
    if is_stream(path) or _socket(path, scope, "connect", how):
        return
    resource = file_resource(path, scope)
    if recursive and resource.reach != "workspace" and _may_be_tree(path, scope, absent=True):
        resource = file_resource(path, scope, tree=True).labelled(_TREE)
    scope.emit("read", resource, extent=ANY if recursive else ONE, **how)


def emit_write(
    path: str,
    scope: Scope,
    *,
    appended: bool = False,
    emptied: bool = False,
    recursive: bool = False,
    saved: bool = False,
    **how: Unpack[How],
) -> None:
    """A file is made or written whole.

    `appended`: what stood in it stays in the main (an append, an edit in place). `emptied`: nothing is written but the
    old content goes; what is absent now may be there by then. `recursive`: an unknown number of files below `path` (an
    archive unpacked there). `saved`: the guard itself keeps a before-image of this very act, as of the clients' edits.
    """
    if is_stream(path) or _socket(path, scope, "send", how):
        return
    if _guarded(path, scope, how, tree=False):
        return
    resource = file_resource(path, scope)
    if resource.kind == "device":
        _write_device(resource, scope, how)
        return
    facts = _facts(resource.name, scope)
    absent = facts.kind == "absent"
    if recursive:
        _write_tree(resource, scope, how, absent=absent)
    elif absent and not emptied and resource.name not in scope.moved:
        scope.emit("create", resource, reversible="with_undo", **how)
    elif emptied and not _own_or_free(resource, scope) and (facts.size > 0 or facts.kind in {"unknown", "absent"}):
        scope.emit("delete", resource, reversible="with_undo" if saved else "no", **how)
    elif appended or emptied or saved or not _loses_work(resource, facts, scope):
        scope.emit("modify", resource, reversible="with_undo", **how)
    else:
        _overwrite(resource, facts, scope, how)
    _persist(resource, scope, how)


def emit_append(path: str, scope: Scope, **how: Unpack[How]) -> None:
    """A file is added to or changed in place."""
    emit_write(path, scope, appended=True, **how)


def emit_delete(
    path: str,
    scope: Scope,
    *,
    recursive: bool = False,
    empty_only: bool = False,
    saved: bool = False,
    **how: Unpack[How],
) -> None:
    """A name is removed; `recursive`: with all below it; `empty_only`: only if nothing is in it (rmdir(2)).

    `saved`: the guard keeps a before-image of this very act.
    """
    if is_stream(path):
        return
    tree = recursive and _may_be_tree(path, scope, absent=True)
    if _guarded(path, scope, how, tree=tree) and not tree:
        return
    resource = file_resource(path, scope, follow=False, tree=tree)
    reversible: Undo = "with_undo" if saved else "no"
    if empty_only or _loses_nothing(resource, scope, tree=tree):
        reversible = "yes"
    if not empty_only:
        resource = resource.labelled(_lost(resource, scope, tree=tree))
    if any(within(moved, resource.name) or within(resource.name, moved) for moved in scope.moved):
        resource = replace(resource, labels=resource.labels - FREE)  # what was put there was somebody's
    scope.emit("delete", resource, extent=ANY if tree or "*" in path else ONE, reversible=reversible, **how)
    scope.links.pop(normal(path), None)


def emit_move(path: str, to: str, scope: Scope, *, edited: bool = False, **how: Unpack[How]) -> None:
    """A file or tree gets another name; into `to`, where that is a directory. `edited`: what it holds was made from what
    stands there: `jq … f > f.new && mv f.new f`.

    To where things come and go (a temporary directory, a cache, build output) it is as good as removed.
    """
    target = _into(path, to, scope)
    tree = _may_be_tree(path, scope)
    resource = file_resource(path, scope, follow=False, tree=tree)
    if not is_stream(path) and not (_guarded(path, scope, how, tree=tree) and not tree):
        moved = resource.labelled(_TREE if tree and _is_tree(path, scope) else frozenset())
        if tree and is_root(resource.name, scope.surroundings.home):
            moved = moved.labelled(frozenset({"root", "tree"}))
        lost = not resource.labels & FREE and not is_stream(target) and bool(file_resource(target, scope).labels & FREE)
        reversible: Undo = "no" if lost and not _loses_nothing(resource, scope, tree=tree) else "with_undo"
        scope.emit("delete", moved, extent=ANY if tree else ONE, reversible=reversible, **how)
    _arrive(resource, target, scope, how, tree=tree, edited=edited)
    scope.moved.add(real_path(target, scope))


def keeps_most(path: str, text: str, scope: Scope) -> bool:
    """Whether a new text of a file has most of the lines that stand there now: an edit, not another file in its place."""
    found = scope.surroundings.text(path) if scope.place.here and "*" not in path else None
    lines = set(found.text.splitlines()) - {""} if found is not None else set()
    return len(lines & set(text.splitlines())) * 2 > len(lines)


def take_for_edit(path: str, scope: Scope) -> None:
    """The file was written whole a moment ago (`open(f, "w")`), with what was made from its old content: it is an edit."""
    name = file_resource(path, scope).name
    for index in range(len(scope.effects) - 1, -1, -1):
        found = scope.effects[index]
        if found.resource.name != name or found.resource.kind != "file" or found.verb == "read":
            continue
        if found.verb == "modify" and found.reversible == "no":
            kept = replace(found.resource, labels=found.resource.labels - {"uncommitted"})
            scope.effects[index] = replace(found, resource=kept, reversible="with_undo")
        return


def emit_copy(
    path: str, to: str, scope: Scope, *, recursive: bool = False, contents: bool = False, **how: Unpack[How]
) -> None:
    """A file or tree is copied; into `to`, where that is a directory. `/dev/null` as the source empties the target.

    `contents`: what is in the directory `path` is put straight into `to` (`cp -r path/. to`, `rsync path/ to`).
    """
    emit_read(path, scope, recursive=recursive, **how)
    target = to if contents else _into(path, to, scope)
    if normal(path) == "/dev/null":
        emit_write(target, scope, emptied=True, **how)
        return
    source = file_resource(path, scope, tree=recursive)
    _arrive(source, target, scope, how, tree=recursive and _may_be_tree(path, scope))


def emit_mkdir(path: str, scope: Scope, **how: Unpack[How]) -> None:
    """A directory is made; where one is, nothing happens."""
    resource = file_resource(path, scope)
    if _facts(resource.name, scope).kind in {"directory", "file"} or _guarded(path, scope, how, tree=False):
        return
    scope.emit("create", resource, reversible="with_undo", **how)
    scope.directories.add(resource.name)


def emit_chmod(path: str, mode: str, scope: Scope, *, recursive: bool = False, **how: Unpack[How]) -> None:
    """A file's mode, owner or access list is changed. `mode` is as chmod(1) takes it; "" is any: an owner, an ACL."""
    if is_stream(path):
        return
    tree = recursive and _may_be_tree(path, scope, absent=True)
    if _guarded(path, scope, how, tree=tree) and not tree:
        return
    resource = file_resource(path, scope, tree=tree)
    widens = _widens(mode, secret="secret" in resource.labels)
    if tree:
        resource = resource.labelled(
            _TREE | (frozenset({"root"}) if is_root(resource.name, scope.surroundings.home) else frozenset())
        )
    elif mode and not widens:  # what it holds stays as it is
        resource = replace(resource, labels=resource.labels - {"credential", "irreplaceable"})
    reversible: Undo = "with_undo"
    if tree and not widens and _locks_out(mode):
        resource, reversible = resource.labelled(frozenset({"irreplaceable"})), "no"
    scope.emit("grant" if widens else "modify", resource, extent=ANY if tree else ONE, reversible=reversible, **how)


def emit_link(target: str, path: str, scope: Scope, *, symbolic: bool = False, **how: Unpack[How]) -> None:
    """A link named `path` is made to `target`, both absolute; into `path`, where that is a directory.

    What this action does through the link afterwards is judged on the target. A hard link (link(2)) is another name for
    the same file, under which later actions could change it unseen: outside the workspace that is a change of it now.
    """
    place = _into(target, path, scope)
    source = file_resource(target, scope)
    tree = _may_be_tree(target, scope)
    if (
        not symbolic
        and not is_stream(target)
        and not _guarded(target, scope, how, tree=tree)
        and source.reach != "workspace"
    ):
        scope.emit("modify", source, reversible="with_undo", **how)
    _arrive(source, place, scope, how, tree=tree)
    if "*" not in place:
        scope.links[normal(place)] = real_path(target, scope)


def _arrive(source: Resource, target: str, scope: Scope, how: How, *, tree: bool, edited: bool = False) -> None:
    """Content gets a new name: the write, with the labels that the content brings along."""
    if is_stream(target) or _socket(target, scope, "send", how):
        return
    if _guarded(target, scope, how, tree=False):
        return
    if guarded(target, scope, tree=True) == normal(target):  # a whole directory of settings is put in place
        _guarded(target, scope, how, tree=True)
        return
    brought = source.labels & CONTENT
    resource = file_resource(target, scope)
    if resource.kind == "device":
        _write_device(resource, scope, how)
        return
    if brought:
        resource = resource.labelled(brought)
        scope.carried[resource.name] = scope.carried.get(resource.name, frozenset()) | brought
    facts = _facts(resource.name, scope)
    if facts.kind == "absent" or (tree and facts.kind == "directory"):
        verb: Verb = "create" if facts.kind == "absent" else "modify"
        scope.emit(verb, resource, extent=ANY if tree else ONE, reversible="with_undo", **how)
    elif not edited and _loses_work(resource, facts, scope):
        _overwrite(resource, facts, scope, how)
    else:
        scope.emit("modify", resource, reversible="with_undo", **how)
    _persist(resource, scope, how)
    if tree:
        _arrive_below(source.name, resource, scope, how)


def _arrive_below(source: str, target: Resource, scope: Scope, how: How) -> None:
    """The entries of a tree that is put somewhere: those that mean something there by their names."""
    for name in scope.surroundings.listing(source) or ():
        place = posixpath.join(target.name, name)
        if _guarded(place, scope, how, tree=True):
            continue
        _persist(file_resource(place, scope), scope, how)


def _write_tree(resource: Resource, scope: Scope, how: How, *, absent: bool) -> None:
    """An unknown number of files below a directory, whatever their names."""
    verb: Verb = "create" if absent else "modify"
    below = file_resource(f"{resource.name.rstrip('/')}/unpacked*", scope).labels & {"temporary", "cache"}
    if below and resource.name != "/":  # what lies in `/tmp` is temporary, although `/tmp` itself is the system's
        resource = replace(resource, labels=below)
    scope.emit(verb, resource.labelled(_TREE), extent=ANY, reversible="with_undo", **how)


def _overwrite(resource: Resource, facts: FileFacts, scope: Scope, how: How) -> None:
    """Content that nobody else holds is replaced. Where it is not known that there is any, it is possible."""
    certain = how if facts.kind != "unknown" else How(**{**how, "certainty": "possible"})
    scope.emit("modify", resource.labelled(frozenset({"uncommitted"})), reversible="no", **certain)


def _write_device(resource: Resource, scope: Scope, how: How) -> None:
    """A raw write destroys what is on the device; to any other device it is a change of that device."""
    if "raw_device" in resource.labels:
        scope.emit("delete", resource, extent=ANY, reversible="no", **how)
    else:
        scope.emit("modify", resource, reversible="no", **how)


def _persist(resource: Resource, scope: Scope, how: How) -> None:
    """A file that something runs later, written: arranged to run later."""
    asked = scope.place.here and not resource.labels & FREE
    hooks = scope.surroundings.context("git").get("hooks", "") if asked else ""
    if hooks and within(resource.name, normal(hooks)):
        resource = resource.labelled(frozenset({"persistence"}))
    if resource.name == _SYSRQ:
        scope.emit("terminate", Resource("device", "machine", reach=resource.reach), reversible="no", **how)
    if resource.labels & LATER:
        scope.emit("persist", resource, reversible="with_undo", **how)


def _guarded(path: str, scope: Scope, how: How, *, tree: bool) -> bool:
    """Write the `configure` of a guard's file or a client's setting, where the act is on one."""
    found = guarded(path, scope, tree=tree)
    if not found:
        return False
    file = file_resource(found, scope)
    labels = file.labels & {"client_settings"}
    scope.emit("configure", Resource("guard", found, "unknown", file.reach, labels), reversible="no", **how)
    return True


def _socket(path: str, scope: Scope, verb: Verb, how: How) -> bool:
    """The shell's `/dev/tcp/HOST/PORT`: a connection, and on writing a body."""
    found = socket_of(path)
    if found is None:
        return False
    host, port = found
    resource = endpoint(host, int(port) if port.isdecimal() and len(port) < 6 else 0, scope)  # noqa: PLR2004 - digits of 65535
    if not port.isdecimal():
        resource = resource.labelled(frozenset({"unknown_port"}))
    scope.emit("connect", resource, **how)
    if verb == "send":
        scope.emit("send", resource.labelled(frozenset({"body"})), reversible="no", **how)
    return True


def _into(path: str, to: str, scope: Scope) -> str:
    """Where a file called `path` ends up when it is put to `to`."""
    if "*" in to or not scope.place.here:
        return to
    if scope.surroundings.file(to).kind != "directory" and real_path(to, scope) not in scope.directories:
        return to
    return posixpath.join(to, posixpath.basename(path) or "*")


def _facts(name: str, scope: Scope) -> FileFacts:
    """What stands at a resource's name; elsewhere nothing can be known, and behind `*` only that nothing is there."""
    if not scope.place.here:
        return scope.surroundings.file("*")
    if "*" not in name:
        return scope.surroundings.file(name)
    return _ABSENT if names_nothing(name, scope) else scope.surroundings.file("*")


def names_nothing(name: str, scope: Scope, *, written: bool = False) -> bool:
    """Whether no file is on the disk that a name with unknown pieces could be: `out-$(date +%s).tgz`. `written`: nor one
    that this action makes."""
    directory, _, first = name.partition("*")[0].rpartition("/")
    overlay = scope.overlay
    if not directory or (written and (overlay.find(directory) or any(within(one, directory) for one in overlay.files))):
        return False
    listed = scope.surroundings.listing(directory)
    if listed is None:
        return scope.surroundings.file(directory).kind == "absent"
    same = [one for one in listed if one.startswith(first) and (first or one[0] != ".")]
    if len(same) > _LOOKED_AT:
        return False
    pattern = re.compile(".*".join(map(re.escape, name[len(directory) + 1 :].split("*"))), re.DOTALL)
    files = all(scope.surroundings.file(posixpath.join(directory, one)).kind == "file" for one in same)
    return files and not any(pattern.fullmatch(one) for one in same)


def _may_be_tree(path: str, scope: Scope, *, absent: bool = False) -> bool:
    """Whether something can be below a path: a file has nothing below it, nor has nothing (`absent`: it may be there by then)."""
    if not scope.place.here or "*" in path:
        return True
    kind = scope.surroundings.file(path).kind
    return kind not in {"file", "device", "pipe", "socket"} and (absent or kind != "absent")


def _is_tree(path: str, scope: Scope) -> bool:
    return "*" not in path and scope.surroundings.file(path).kind == "directory"


def _own_or_free(resource: Resource, scope: Scope) -> bool:
    """Whether nobody misses the content: made by a tool, temporary, or written whole by this session."""
    return bool(resource.labels & FREE) or (scope.place.here and scope.surroundings.wrote(resource.name))


def _loses_work(resource: Resource, facts: FileFacts, scope: Scope) -> bool:
    """Whether overwriting a file loses what no commit holds."""
    if not scope.place.here or _own_or_free(resource, scope):
        return False
    if facts.kind == "file" and facts.size == 0 and resource.name not in scope.moved:
        return False
    if facts.kind in {"directory", "pipe", "socket", "device"}:
        return False
    directory = posixpath.dirname(resource.name.partition("*")[0])
    if "*" in resource.name and not directory:
        return True
    standing = scope.surroundings.standing(directory if "*" in resource.name else resource.name)
    return standing is None or not standing <= {"clean"} or not standing


def _loses_nothing(resource: Resource, scope: Scope, *, tree: bool) -> bool:
    """Whether removing this loses nothing: made again by tools, this session's own file, or made by this very action.

    What is absent now may be there when the command runs: a removal is judged as if it were, unless the action itself
    made it before.
    """
    if not scope.place.here or "*" in resource.name or resource.name in scope.moved:
        return False
    if resource.labels & {"cache", "build_output"}:
        return True
    if (
        scope.authorship == "committed"
        and resource.reach == "workspace"
        and _facts(resource.name, scope).kind == "absent"
    ):
        return True  # a `clean` of the project's own, which meant this
    if posixpath.basename(resource.name) in LOCK_FILES and resource.reach == "workspace":
        return "modified" not in (
            scope.surroundings.standing(resource.name) or ()
        )  # the package manager writes it anew
    return _made_here(resource.name, scope) or (not tree and scope.surroundings.wrote(resource.name))


def _made_here(name: str, scope: Scope) -> bool:
    """Whether this action has certainly made a file or directory where there was none, and moved nothing into it."""
    if scope.surroundings.file(name).kind != "absent" or any(within(moved, name) for moved in scope.moved):
        return False
    made = (one for one in scope.effects if one.verb == "create" and one.certainty == "certain")
    return any(one.resource.name == name and one.resource.kind == "file" for one in made)


def _lost(resource: Resource, scope: Scope, *, tree: bool) -> frozenset[Label]:
    """The labels of what goes with a removal: trees, roots, work that git does not hold."""
    labels: set[Label] = set()
    if tree:
        labels.add("tree")
        if is_root(resource.name, scope.surroundings.home):
            labels.add("root")
        if resource.name == workspace_root(scope):
            labels.add("irreplaceable")
    if resource.reach == "workspace" and scope.place.here and not resource.labels & FREE and "*" not in resource.name:
        standing = scope.surroundings.standing(resource.name) or frozenset()
        if "modified" in standing:
            labels.add("uncommitted")
        if standing & {"untracked", "ignored"}:
            labels.add("untracked")
    return frozenset(labels)


_OCTAL: Final = late_pattern(r"^[0-7]{1,5}$")
_CLAUSE: Final = late_pattern(r"^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$")


def _locks_out(mode: str) -> bool:
    """Whether a mode takes from the owner what it takes to read; of a whole tree nobody knows what it was before."""
    if _OCTAL.match(mode):
        return not int(mode, 8) & 0o400
    return any(
        found is not None
        and (set(found[1]) & set("ua") or not found[1])
        and re.search(r"-[wxXst]*r|=(?![rwxXst]*r)", found[2])
        for found in map(_CLAUSE.match, mode.split(","))
    )


def _widens(mode: str, *, secret: bool) -> bool:
    """Whether a mode (chmod(1)) lets others write, sets an identity bit, or lets others read a secret; unknown ones might."""
    if _OCTAL.match(mode):
        bits = int(mode, 8)
        return bool(bits & 0o6000 or bits & 0o002 or bits & 0o020) or (secret and bool(bits & 0o044))
    for clause in mode.split(","):
        found = _CLAUSE.match(clause)
        if found is None:
            return True
        who, changes = found[1] or "u", found[2]
        gives = "".join(re.findall(r"[+=]([rwxXstugo]*)", changes))
        if "s" in gives or ("w" in gives and set(who) & set("goa")) or set(gives) & set("ugo"):
            return True
        if secret and "r" in gives and set(who) & set("goa"):
            return True
    return False
