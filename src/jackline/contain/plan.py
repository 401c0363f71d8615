"""What a sandbox is: a `Plan`, complete and inert. `planning` makes one, the launcher applies one."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

MountKind = Literal["read", "write", "hide", "tmpfs", "proc", "dev"]
Wall = Literal["landlock", "seccomp"]
Limit = Literal["cpu_seconds", "open_files", "file_bytes", "processes", "core_bytes", "memory_bytes"]


class Mount(Struct, frozen=True):
    """One entry of a sandbox's root, applied in the plan's order, so that a later one may lie on an earlier one.

    `read` and `write` show `source`, a path in the holder's mount namespace: the host's tree, and the session's view.
    `hide` puts an empty, unreadable thing of the same kind over what an earlier mount shows. `tmpfs` is new and empty;
    `size` is its limit in bytes (never 0), `mode` are its permissions. `proc` and `dev` are the sandbox's own. `optional`:
    a source (for `hide`, a target) that is not there is left out; without it the sandbox does not start. A target that is
    missing is made where the program may write anyway. `direct`: the source is a real path, and a link that came on the way
    to it since is not followed; the sandbox does not start.
    """

    kind: MountKind
    target: str
    source: str = ""
    size: int = 0
    mode: int = 0o755
    optional: bool = False
    direct: bool = False


class Listener(Struct, frozen=True):
    """A socket that is opened inside, before the program starts, and handed out to whoever serves it."""

    protocol: Literal["tcp", "udp"]
    address: str
    port: int


class Plan(Struct, frozen=True):
    """Everything about one sandbox.

    `cwd` is a path inside. `environment` is complete: nothing is inherited. `listeners` are handed out over the control
    socket in this order; with none the sandbox has a loopback and nothing else. `connects` and `binds` are the TCP ports
    that Landlock leaves open, beside the kernel's own walls (None: not limited by port). `observed`: exec and connect are
    notified. `terminal`: descriptor 0 becomes the controlling terminal of the new session. `signals`: it may signal the
    session's other sandboxes, as a shell does that ends a server it started earlier. `without`: the walls that are *not*
    put up, for those who measure them or chose to do without; else a wall that is missing is a sandbox that does not
    start.
    """

    argv: tuple[str, ...]
    cwd: str
    environment: dict[str, str]
    mounts: tuple[Mount, ...]
    hostname: str = "jackline"
    listeners: tuple[Listener, ...] = ()
    connects: tuple[int, ...] | None = None
    binds: tuple[int, ...] | None = None
    limits: dict[Limit, int] = {}
    observed: bool = False
    terminal: bool = False
    signals: bool = False
    without: tuple[Wall, ...] = ()
