"""The table: for each duty its walls, what each needs of the kernel, and the answer by which a probe sees that it holds.

Each wall is tried in a sandbox in which no other wall would refuse the same: one without Landlock, one without seccomp.
Sources: namespaces(7), mount_setattr(2), landlock(7), seccomp(2), capabilities(7), and what was measured
(tests/contain/escape: each wall left away in turn).
"""

from __future__ import annotations

import errno
from typing import Final, Literal

from msgspec import Struct

Duty = Literal["files", "network", "processes", "kernel"]
Variant = Literal["whole", "no landlock", "no seccomp"]

DUTIES: Final[dict[Duty, str]] = {
    "files": "files outside are not seen or changed",
    "network": "the network is reached only through the gateway",
    "processes": "processes outside are not seen or touched",
    "kernel": "the kernel's rarer parts are not reached",
}


class Wall(Struct, frozen=True):
    """One wall for one duty. `needs` is the kernel that it came with. `variant` is the sandbox in which nothing else would
    refuse what `tries` try; each must be answered by one of `answers` (errno). `version` is the least of Landlock's."""

    name: str
    duty: Duty
    holds: str
    needs: str
    variant: Variant
    tries: tuple[str, ...]
    answers: tuple[int, ...]
    version: int = 0


WALLS: Final = (
    Wall("mounts", "files", "only listed paths exist, and read-only ones are", "Linux 5.12, user namespaces", "no landlock",
         ("path", "system"), (errno.ENOENT, errno.EROFS)),
    Wall("landlock", "files", "the same list, once more", "Linux 5.13 with Landlock on", "no seccomp", ("device",), (errno.EACCES,), 1),
    Wall("network namespace", "network", "an empty network, the loopback alone", "Linux 3.8, user namespaces", "no landlock",
         ("network", "abstract"), (errno.ECONNREFUSED,)),
    Wall("landlock ports", "network", "TCP by port, where a plan limits it", "Linux 6.7 with Landlock on (version 4)", "no seccomp",
         ("port",), (errno.EACCES,), 4),
    Wall("pid namespace", "processes", "other processes have no number", "Linux 3.8, user namespaces", "no landlock",
         ("process",), (errno.ESRCH,)),
    Wall("landlock scopes", "processes", "no signal and no abstract socket leads out", "Linux 6.12 with Landlock on (version 6)",
         "no seccomp", ("signal",), (errno.EPERM,), 6),
    Wall("seccomp", "kernel", "io_uring, tracing, mounting, bpf, keys, rare sockets, foreign calls", "Linux 4.14", "no landlock",
         ("filter", "ring", "namespace"), (errno.EPERM,)),
    Wall("no privileges", "kernel", "no capability, and none to be had by any program", "Linux 3.5", "no seccomp",
         ("rights",), (errno.EPERM,)),
    Wall("no further namespaces", "kernel", "a user namespace cannot be nested", "Linux 4.9", "no seccomp",
         ("namespace",), (errno.ENOSPC,)),
)  # fmt: skip

ENOUGH: Final[dict[Duty, tuple[str, ...]]] = {
    "files": ("mounts", "landlock"),
    "network": ("network namespace",),
    "processes": ("pid namespace",),
    "kernel": ("seccomp", "no privileges", "no further namespaces"),
}
"""The walls without which a duty does not count as held. The others make it stronger, and are named where they are missing."""
