"""A path as a resource: where it leads, how far it reaches, what it is."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from jackline.core.effect import Resource
from jackline.lower.places.classify import (
    RAW_DEVICE,
    build_directory,
    is_throwaway,
    marks_beneath,
    marks_of,
    others_home,
    reach_of,
    spare_marks,
)
from jackline.lower.places.paths import ancestors, normal, real_path, through_links, within
from jackline.lower.places.tables import ALWAYS_MADE, SYSTEMS_OWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.words import Kind, Label, Reach
    from jackline.lower.scope import Scope
    from jackline.lower.surroundings import FileFacts

FREE: Final[frozenset[Label]] = frozenset({"temporary", "cache", "build_output"})
"""Labels of what may be created, changed and deleted freely."""
CONTENT: Final[frozenset[Label]] = frozenset({"secret", "personal", "credential", "untrusted", "injected"})
"""Labels that belong to a content, and go where it is copied."""
_OUTSIDE: Final = frozenset({"outside"})
_KEPT: Final[frozenset[Label]] = frozenset({"backup", "irreplaceable", "credential"})
_EVERYBODYS: Final = frozenset({"/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/private/var/tmp"})  # noqa: S108 - names
"""Temporary directories that hold everybody's files: one file in them is free to go, the whole is not."""
_SETTINGS: Final = ("settings.json", "hooks.json", "plugin", "plugins", "extensions", "agent/extensions")
_SHARED: Final = ("/tmp/", "/var/tmp/", "/srv/", "/mnt/", "/media/", "/opt/")  # noqa: S108 - names, no file is made
"""Where users' files lie side by side outside their homes."""
_ALL_LOGS: Final = "*.log"
"""What is cleared in one go is what a project's programs say about their runs; one log by its name may be kept for a reason."""
_PASSING: Final = frozenset({"tmp", "temp", ".tmp", ".temp"})
"""Directories of a workspace that are named for what does not stay."""
_NO_LABELS: Final[frozenset[Label]] = frozenset()


def file_resource(path: str, scope: Scope, *, follow: bool = True, tree: bool = False) -> Resource:
    """The resource that an absolute path (see `paths`) names.

    `follow`: the last name is resolved too if it is a link (all acts but removing and renaming follow).
    `tree`: the act is on all below it, whose anchored labels count. The kind is `device` for what is one, else `file`;
    whether a change of it is one of the guard is `guarded`'s question, for a read of it is not.
    """
    if not scope.place.here:
        return _elsewhere(path, scope)
    surroundings = scope.surroundings
    name = real_path(path, scope) if follow else _own_name(path, scope)
    if name.startswith("/dev/") and not name.startswith("/dev/shm/"):  # noqa: S108 - a name is read, no file is made
        return _device(name)
    home = surroundings.home
    marks = marks_of(name, home)
    labels: frozenset[Label] = marks.labels
    if name != path:
        labels |= marks_of(normal(path), home).labels & CONTENT
    if tree:
        labels |= marks_beneath(name, home)
    if marks.token and _has_token(name, scope):
        labels |= {"secret"}
    labels |= scope.carried.get(name, _NO_LABELS)
    reach = reach_of(name, workspace_root(scope), home)
    if reach == "system" and _own_tree(name, scope):
        reach = "home"
    labels |= _ownership(name, reach, scope)
    if reach == "workspace":
        if _is_build_output(name, scope):
            labels |= {"build_output"}
    else:
        labels |= _spare(name, labels, scope)
        if "temporary" in labels:
            labels -= _KEPT  # nobody keeps one there
    if "*" not in name:
        labels |= surroundings.labels("file", name)
    return Resource("file", name, surroundings.environment("file", name), reach, labels)


def workspace_root(scope: Scope) -> str:
    """The workspace's real path, asked once per action."""
    memo = scope.surroundings.memo
    found: str | None = memo.get("workspace_root")
    if found is None:
        workspace = normal(scope.surroundings.workspace or "/")
        real = scope.surroundings.file(workspace).real
        found = memo["workspace_root"] = normal(real) if real.startswith("/") else workspace
    return found


def facts_of(path: str, scope: Scope) -> FileFacts:
    """What stands at a path, asked by its real name, so that one file is asked about once."""
    return scope.surroundings.file(through_links(path, scope))


def guarded(path: str, scope: Scope, *, tree: bool = False) -> str:
    """The guard's file that a change of `path` changes, or the client setting that connects it; "" where there is none.

    `tree`: the change moves or removes all that is below `path`, too; what is known not to exist there is not counted.
    """
    if not scope.place.here:
        return ""
    name = real_path(path, scope)
    home = scope.surroundings.home
    ones = (name,) if name == path else (name, path)
    places = _places(scope.surroundings.guard_paths())
    for one in ones:
        for above in (one, *ancestors(one)):
            if above in places:
                return above
    held = {place for one in ones for place in _held(one, places)} if tree else set()
    for place in places if held else ():
        if place in held and scope.surroundings.file(place).kind != "absent":
            return place
    for one in ones:
        if marks_of(one, home).guard or (tree and _settings_directory(one, home)):
            return one
    return ""


@lru_cache(maxsize=64)
def _places(own: tuple[str, ...]) -> dict[str, None]:
    """The guard's own paths in one spelling, each once and in order; the same few sets are asked about again and again."""
    return dict.fromkeys(normal(path.removesuffix("/*")) for path in own)


def _held(tree: str, paths: Iterable[str]) -> list[str]:
    """Those of the paths that a tree, perhaps with `*` for what is not known of its name, holds."""
    if "*" not in tree:
        prefix = tree.rstrip("/") + "/"
        return [path for path in paths if path.startswith(prefix) or path == tree]
    named = re.compile(".*".join(map(re.escape, tree.split("*"))) + "(?:/.*)?", re.DOTALL)
    return [path for path in paths if named.fullmatch(path)]


def _settings_directory(path: str, home: str) -> bool:
    """A directory of client settings as a whole: put in place or taken away, its settings are too."""
    return any(marks_of(f"{path}/{name}", home).guard for name in _SETTINGS)


def _own_name(path: str, scope: Scope) -> str:
    """The name itself, in the directory that it really lies in: what `rm` and `mv` act on."""
    path = normal(path)
    if path in {"/", "*"}:
        return path
    parent, name = posixpath.split(path)
    if path == scope.surroundings.file(path).real and not scope.links:
        return path
    return posixpath.join(real_path(parent, scope), name) if "*" not in parent else path


def _elsewhere(path: str, scope: Scope) -> Resource:
    """A file of another machine or container: its name tells what it is, nothing can be asked about it."""
    home = scope.surroundings.home
    if within(path, home) and home != "/":  # `~` over there is somebody's home there
        labels = marks_of("/root" + normal(path)[len(home) :], "/root").labels
        return Resource("file", path, scope.place.environment, scope.reach(), labels)
    labels = marks_of(path, "/root").labels
    kind: Kind = "device" if RAW_DEVICE.match(path) else "file"
    if kind == "device":
        labels |= {"raw_device"}
    return Resource(kind, path, scope.place.environment, scope.reach(), labels | spare_marks(path, "/root"))


def _device(name: str) -> Resource:
    raw: frozenset[Label] = frozenset({"raw_device"}) if RAW_DEVICE.match(name) else _NO_LABELS
    return Resource("device", name, "unknown", "system", raw)


def _has_token(name: str, scope: Scope) -> bool:
    """Whether a settings file holds a token; one that cannot be read might."""
    facts = scope.surroundings.file(name)
    if facts.kind == "absent":
        return False
    return scope.surroundings.token(name) is not False


def _own_tree(name: str, scope: Scope) -> bool:
    """A tree of the agent's own user outside the home and the system's directories: `/data/x`, `/mnt/disk/x`."""
    top = name[1:].partition("/")[0].lower()
    return bool(top) and "*" not in name and top not in SYSTEMS_OWN and scope.surroundings.file(name).owner == "self"


def _ownership(name: str, reach: Reach, scope: Scope) -> frozenset[Label]:
    if reach != "workspace" and others_home(name, scope.surroundings.home):
        return frozenset({"other_user"})
    if "*" in name or (reach == "system" and not name.startswith(_SHARED)):
        return _NO_LABELS
    return frozenset({"other_user"}) if scope.surroundings.file(name).owner == "other" else _NO_LABELS


def _is_build_output(name: str, scope: Scope) -> bool:
    """Whether tools made this and will again: named so, and git holds nothing in it."""
    root = workspace_root(scope)
    found = build_directory(name[len(root) + 1 :])
    if found is None:
        return False
    place, must_be_ignored = found
    directory = place.rpartition("/")[2].lower()
    always = directory in ALWAYS_MADE or directory.rpartition(".")[2] in ALWAYS_MADE or is_throwaway(directory)
    if "*" in place:
        return always or directory == _ALL_LOGS
    standing = scope.surroundings.standing(f"{root}/{place}")
    if name.rpartition("/")[2] == _ALL_LOGS or directory in _PASSING:
        return standing is None or not standing & {"clean", "modified"}
    if standing is None or (must_be_ignored and standing == _OUTSIDE):  # no repository says whose it is
        absent = "." not in directory[1:] and scope.surroundings.file(f"{root}/{place}").kind == "absent"
        return always or absent
    if must_be_ignored:
        return bool(standing) and standing <= {"ignored"}
    return not standing & {"clean", "modified"}


def _spare(name: str, labels: frozenset[Label], scope: Scope) -> frozenset[Label]:
    """`temporary` and `cache`, where nothing says that it is somebody's after all."""
    surroundings = scope.surroundings
    found = spare_marks(name, surroundings.home)
    if "temporary" in found and within(name, surroundings.home):
        found -= {"temporary"}  # a home that lies in `/tmp` is a home
    chosen = surroundings.variable("TMPDIR")
    if chosen and not found and _can_be_temporary(normal(chosen), scope) and within(name, normal(chosen)):
        found = frozenset({"temporary"})
    if name.removesuffix("/*") in _EVERYBODYS:
        return frozenset({"other_user"})
    return _NO_LABELS if "other_user" in labels or ("secret" in labels and "temporary" not in found) else found


def _can_be_temporary(directory: str, scope: Scope) -> bool:
    """A `TMPDIR` is believed unless work could lie in it: never the home, the workspace, or anything above them."""
    surroundings = scope.surroundings
    places = (surroundings.home, workspace_root(scope))
    inside = any(within(directory, place) and "tmp" not in directory[len(place) :].lower() for place in places)
    return not inside and len(ancestors(directory)) > 0 and not any(within(place, directory) for place in places)
