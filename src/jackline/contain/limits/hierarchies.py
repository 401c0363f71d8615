"""Where on this machine a cgroup could be made, read from what the kernel says of itself (cgroups(7), proc(5)).

Both versions, and the mixture of both that systems with version 1 have: version 2 mounted beside it, to freeze and to kill,
without a controller.
"""

from __future__ import annotations

import os
from typing import Final, Literal

from msgspec import Struct

Version = Literal[1, 2]
CONTROLLERS: Final = ("memory", "pids", "cpuacct", "cpu", "freezer")
_MOUNT_POINT, _MOUNT_ROOT, _SEPARATOR = 4, 3, "-"


class Hierarchy(Struct, frozen=True):
    """One mounted tree of cgroups: `own` is our process's directory in it, `controllers` what it can limit there."""

    version: Version
    mount: str
    own: str
    controllers: frozenset[str]

    @property
    def unified(self) -> bool:
        """Whether it is the one of version 2."""
        return self.version != 1

    def above(self) -> list[str]:
        """Our own directory and those above it, the nearest first."""
        found = [self.own]
        while found[-1] != self.mount and found[-1] != "/":
            found.append(os.path.dirname(found[-1]))
        return found


def find(mountinfo: str, membership: str) -> list[Hierarchy]:
    """The hierarchies of /proc/self/mountinfo, with our place in each by /proc/self/cgroup. One whose mount does not show
    our own place (a container's view of its host) is left out."""
    places: dict[str, str] = {}
    for line in membership.splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        places |= dict.fromkeys(names.split(","), path)
    found = []
    for line in mountinfo.splitlines():
        words = line.split(" ")
        if _SEPARATOR not in words:
            continue
        kind, _, options = words[words.index(_SEPARATOR) + 1 :][:3]
        controllers = options.split(",") if kind == "cgroup" else [""]
        place = next((places[name] for name in controllers if name in places), None)
        if kind not in {"cgroup", "cgroup2"} or place is None:
            continue
        root, mount = _plain(words[_MOUNT_ROOT]), _plain(words[_MOUNT_POINT])
        if root not in {"/", place} and not place.startswith(root + "/"):
            continue
        own = os.path.normpath(mount + "/" + (place if root == "/" else place[len(root) :]))
        version: Version = 2 if kind == "cgroup2" else 1
        found.append(Hierarchy(version, mount, own, frozenset(CONTROLLERS) & frozenset(controllers)))
    return found


def here() -> list[Hierarchy]:
    """The hierarchies of this process. None where /proc says nothing of them (another system than Linux)."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
            mountinfo = mounts.read()
        with open("/proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as cgroup:
            return find(mountinfo, cgroup.read())
    except OSError:
        return []


def _plain(text: str) -> str:
    """Undo the octal escapes of mountinfo."""
    for escaped, plain in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(escaped, plain)
    return text
