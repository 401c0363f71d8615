"""The types of planning: the folders of a session, what is to be run, and what a plan is handed out with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from jackline.contain.plan import Listener, Plan

How = Literal["create", "replace", "remove", "merge", "sweep"]

GUARD_SOCKET: Final = "/run/jackline/guard.sock"
PROGRAMS: Final = "/run/jackline/bin"
PROXY_PORT: Final = 9128

GATEWAY: Final = (
    Listener("tcp", "127.0.0.1", PROXY_PORT),
    Listener("udp", "127.0.0.1", 53),
    Listener("tcp", "127.0.0.1", 53),
    Listener("tcp", "0.0.0.0", 80),  # noqa: S104 - every address of a loopback that is the sandbox's own
    Listener("tcp", "0.0.0.0", 443),  # noqa: S104
)
"""What a sandbox with a network has opened inside, in this order: the proxy, DNS, and the ports of programs without one."""


class Session(Struct, frozen=True):
    """One session's places, all as the holder sees them.

    `workspace` is the real directory and its name inside; `view` is where the holder mounted what stands there. `folder` is
    the session's own, which `furnish` lays out. `door` is the socket on which the guard answers this session. `programs`
    are Jackline's own, shown in /run/jackline/bin under their names. `protected` are the guard's files: never shown.
    `listening`: even a sandbox that reaches nothing gets the gateway's listeners, to be told what to ask for.
    """

    workspace: str
    view: str
    folder: str
    door: str = ""
    programs: Mapping[str, str] = {}
    protected: tuple[str, ...] = ()
    listening: bool = False
    ports: tuple[Listener, ...] = ()
    """Beside the gateway's usual ones: such as the address at which the client finds its model."""

    acting: bool = False
    """Whether a decided action is meant, not the agent itself. `plan` sets it."""

    @property
    def home(self) -> str:
        """The private home. The agent's own is not that of its actions: what it plants there (a `.gitconfig`, a `.npmrc`, a
        `.bashrc`) would else run with whatever was granted to an action."""
        return os.path.join(self.folder, "actions" if self.acting else "home")

    @property
    def temporary(self) -> str:
        """The private /tmp."""
        return os.path.join(self.folder, "tmp")

    @property
    def etc(self) -> str:
        """The session's copy of what everyone may read of /etc."""
        return os.path.join(self.folder, "etc")


class Command(Struct, frozen=True):
    """What is to be run: `environment` is what the caller has, of which the sandbox gets what is harmless; `given` is what
    the keeper itself adds (a placeholder for a key, the client's own switches)."""

    argv: tuple[str, ...]
    cwd: str
    environment: Mapping[str, str] = {}
    given: Mapping[str, str] = {}
    terminal: bool = False


class Copy(Struct, frozen=True):
    """A file of the host that is laid out in a private folder before the program starts."""

    source: str
    inside: str


class Delivery(Struct, frozen=True):
    """What is carried out of a private folder when the program has ended: `inside` to `target`, and nothing else.

    `create`: where there was nothing, what stands inside now. `replace`: a file that was copied in, where it differs.
    `remove`: what was copied in and is gone. `merge`: of a directory, the files whose names are new. `sweep`: of a
    directory that was shown writable, links, pipes, sockets and devices are taken away, and the rights to be someone else:
    a program of the host that works there later is not led elsewhere.
    """

    inside: str
    target: str
    how: frozenset[How]


class Place(Struct, frozen=True):
    """A place for a mount that is made in a folder which only we write to."""

    path: str
    directory: bool


class Withheld(Struct, frozen=True):
    """An effect that was decided and that this sandbox cannot give, and why."""

    name: str
    reason: str


class Outfit(Struct, frozen=True):
    """A plan, and what goes with it. `folders` are made in private folders, `made` on the host."""

    plan: Plan
    folders: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    places: tuple[Place, ...] = ()
