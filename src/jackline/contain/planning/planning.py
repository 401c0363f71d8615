"""`plan`: everything about one sandbox, from what was decided. Pure: the disk was looked at before (`host`)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.contain.limits.budgets import Budgets
from jackline.contain.plan import Mount, Plan
from jackline.contain.planning import tables
from jackline.contain.planning.environment import composed, loads_code, proxies
from jackline.contain.planning.grants import Grants, needs_network
from jackline.contain.planning.host import at_home, secret_places
from jackline.contain.planning.outfit import GATEWAY, GUARD_SOCKET, PROGRAMS, Copy, Delivery, Outfit, Place, Withheld
from jackline.contain.planning.paths import below, depth_first
from jackline.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jackline.contain.planning.host import Host
    from jackline.contain.planning.outfit import Command, Session
    from jackline.core.effect import Effect

RUN_BYTES: Final = 64 * 1024
"""What fits into the sandbox's own /run: mount points, and nothing else."""


def plan(
    command: Command,
    session: Session,
    host: Host,
    effects: Sequence[Effect] | None = None,
    budgets: Budgets = Budgets(),  # noqa: B008 - frozen
) -> Outfit:
    """The sandbox of the agent itself, where `effects` is None: the floor; else that of one action, decided so.

    `host` must have been asked about these effects (`host.with_effects`). Raises `ConfigurationError` where the session's
    own places contradict each other: the guard's files in the workspace, a workspace that holds the home.
    """
    check(session, host)
    floor = effects is None
    session = replace(session, acting=not floor)
    grants = Grants(session, host, effects or ())
    mounts = base(session, host)
    client = _client(session, host, mounts, floor=floor)
    mounts.update(grants.mounts)
    network = floor or session.listening or needs_network(effects or ())
    environment = composed(host.home, host.user, host.shell, _shown_path(host, mounts), command.environment)
    environment |= proxies() if network else {}
    environment |= {name: value for name, value in command.given.items() if not loads_code(name)}
    return Outfit(
        Plan(
            argv=command.argv,
            cwd=command.cwd,
            environment=dict(sorted(environment.items())),
            mounts=tuple(sorted(mounts.values(), key=lambda mount: depth_first(mount.target))),
            listeners=(*GATEWAY, *session.ports) if network else (),
            limits=budgets.limits(),
            observed=True,
            terminal=command.terminal,
        ),
        folders=tuple(sorted({*grants.folders, *client.folders, *_for_cwd(command.cwd, session, host)})),
        made=client.made,
        places=_places_in_etc(grants, session, host),
        copies=(*client.copies, *sorted(grants.copies, key=lambda copy: copy.source)),
        deliveries=(*client.deliveries, *grants.deliveries.values()),
        withheld=tuple(sorted(grants.withheld, key=lambda withheld: withheld.name)),
    )


def check(session: Session, host: Host) -> None:
    """Refuse a session whose places contradict each other. Raises `ConfigurationError`."""
    workspace = session.workspace
    if below(host.home, workspace):
        message = f"`{workspace}` holds the home `{host.home}`: run in a project's own directory"
        raise ConfigurationError(message)
    if workspace in {*tables.SYSTEM, *tables.SHARED_TEMPORARY} or any(below(workspace, each) for each in tables.NEVER):
        message = f"`{workspace}` is a part of the system: run in a project's own directory"
        raise ConfigurationError(message)
    for each in session.protected:
        if below(each, workspace) or below(workspace, each):
            message = f"the guard's own `{each}` and the workspace `{workspace}` lie in each other: move one of them"
            raise ConfigurationError(message)
    secret = next((each for each in secret_places(host.home) if below(workspace, each)), None)
    if secret is not None:
        message = f"`{workspace}` lies in `{secret}`, where credentials are kept: no agent works there"
        raise ConfigurationError(message)


def base(session: Session, host: Host) -> dict[str, Mount]:
    """What every sandbox of a session shows, by target."""
    mounts = [
        *(Mount("read", name, host.known[name].real) for name in tables.SYSTEM if name in host.known),
        Mount("read", "/etc", session.etc),
        Mount("proc", "/proc"),
        Mount("dev", "/dev"),
        Mount("tmpfs", "/run", size=RUN_BYTES),
        *(Mount("write", name, session.temporary) for name in ("/tmp", "/var/tmp")),  # noqa: S108 - the session's own
        Mount("write", host.home, session.home),
        *(Mount("read", os.path.join(PROGRAMS, name), source) for name, source in session.programs.items()),
    ]
    if session.door:
        mounts.append(Mount("read", GUARD_SOCKET, session.door))
    mounts += _toolchains(session, host)
    mounts.append(Mount("write", session.workspace, session.view))
    return {mount.target: mount for mount in mounts}


def _toolchains(session: Session, host: Host) -> list[Mount]:
    """Tool chains, harmless settings, and where PATH leads, as far as nothing else is shown with them."""
    named = [at_home(host.home, name) for name in tables.TOOLCHAINS]
    settings = [name for name in (at_home(host.home, each) for each in tables.SETTINGS) if name in host.harmless]
    secrets = [host.known[each].real for each in secret_places(host.home) if each in host.known]
    apart = (*session.protected, *secrets, session.workspace, session.view, session.folder)
    never = (*tables.NEVER, "/etc", "/var", *tables.SYSTEM)
    shown: dict[str, str] = {}
    for name in sorted({*named, *settings, *host.installations}):
        found = host.known.get(name)
        if found is None or found.kind == "other" or below(host.home, found.real):
            continue
        if any(below(name, each) and found.real == real + name[len(each) :] for each, real in shown.items()):
            continue
        real = found.real
        whole = any(below(each, real) for each in tables.SHARED_TEMPORARY)  # a folder in one of them may be shown
        if not any(below(real, each) or below(each, real) for each in apart) and not (
            whole or any(below(real, each) for each in never)
        ):
            shown[name] = real
    return [Mount("read", name, real, direct=True) for name, real in shown.items()]


def _client(session: Session, host: Host, mounts: dict[str, Mount], *, floor: bool) -> Outfit:
    """The client's own pieces, mounted and laid out. An action reads what the client reads, and gets no credential."""
    own = host.client
    made: list[str] = []
    copies: list[Copy] = []
    deliveries: list[Delivery] = []
    folders: list[str] = []
    for name in own.read:
        found = host.known.get(name)
        if found is not None and found.kind != "other" and _free(found.real, session):
            mounts[name] = Mount("read", name, found.real)
    for name in own.state if floor else ():
        parent = host.known.get(os.path.dirname(name))
        if parent is not None and parent.kind == "directory" and _free(parent.real, session):
            source = os.path.join(parent.real, os.path.basename(name))
            made.append(source)
            deliveries.append(Delivery(source, source, frozenset({"sweep"})))
            mounts[name] = Mount("write", name, source)
    for name in (*own.copied, *own.credentials):
        inside = _in_home(name, session, host)
        if inside is None or name not in host.known:
            continue
        if floor:
            copies.append(Copy(host.known[name].real, inside))
            folders.append(os.path.dirname(inside))
        if floor and name in own.credentials:
            deliveries.append(Delivery(inside, host.known[name].real, frozenset({"replace"})))
    for name in own.merged if floor else ():
        inside = _in_home(name, session, host)
        if inside is not None:
            folders.append(inside)
            deliveries.append(Delivery(inside, name, frozenset({"merge"})))
    return Outfit(Plan((), "", {}, ()), tuple(folders), tuple(made), tuple(copies), tuple(deliveries))


def _places_in_etc(grants: Grants, session: Session, host: Host) -> tuple[Place, ...]:
    """What an effect shows of /etc may not be in the session's copy, which is read-only inside: its place is made before."""
    return tuple(
        Place(os.path.join(session.etc, os.path.relpath(name, "/etc")), host.known[name].kind == "directory")
        for name, mount in grants.mounts.items()
        if below(name, "/etc") and mount.kind != "hide"
    )


def _free(path: str, session: Session) -> bool:
    return not any(below(path, each) or below(each, path) for each in session.protected)


def _in_home(name: str, session: Session, host: Host) -> str | None:
    return os.path.join(session.home, os.path.relpath(name, host.home)) if below(name, host.home) else None


def _shown_path(host: Host, mounts: Mapping[str, Mount]) -> list[str]:
    """Of PATH, what leads to something that nobody inside can write to: a program planted in it is not found."""
    shown = [each.target for each in mounts.values() if each.kind == "read"]
    return [folder for folder in host.path if any(below(folder, target) for target in shown)]


def _for_cwd(cwd: str, session: Session, host: Host) -> tuple[str, ...]:
    """A directory of the home that a command begins in is there, if empty."""
    inside = _in_home(cwd, session, host)
    return () if inside is None or below(cwd, session.workspace) else (inside,)


__all__ = ["Withheld", "base", "check", "plan"]
