"""The one look at the disk: what a plan must know of this machine, as a frozen `Host`."""

from __future__ import annotations

import fnmatch
import os
import pwd
import re
import stat
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from jackline.contain.planning import tables
from jackline.contain.planning.clients import Pieces, pieces
from jackline.contain.planning.paths import absolute, below

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jackline.core.effect import Effect

MAX_LOOKED_AT: Final = 20_000
"""Entries that are looked at in the directories of one action. A directory with more is not shown."""
MAX_HIDDEN: Final = 256
MAX_COPIED_BYTES: Final = 64 * 1024 * 1024
_MAX_SETTINGS_BYTES: Final = 64 * 1024

_MARKS: Final = ("pyvenv.cfg", "conda-meta", "lib/node_modules")
_CREDENTIAL: Final = re.compile(
    rb"""(?ix) extraheader | authorization | password | passwd | secret | token | ://[^/\s"']*@ | private[_-]?key """
)


class Found(Struct, frozen=True):
    """What bears a name: `real` is the path with all links resolved. `size` is a file's, in bytes."""

    kind: Literal["file", "directory", "other"]
    real: str
    size: int = 0


class Host(Struct, frozen=True):
    """A machine, as far as plans ask.

    `known`: path → what is there; a path that was looked for and is not there, or cannot be looked at, is not in it.
    `hidden`: directory → what in it is secret or a socket, as real paths; a directory that could not be looked through is
    not in it. `path`: the folders in which programs are looked for, in order; `installations`: these, and the trees that
    they belong to. `harmless`: settings that hold no credential.
    """

    home: str
    user: str
    uid: int
    gid: int
    path: tuple[str, ...]
    installations: tuple[str, ...] = ()
    shell: str = "/bin/sh"
    known: Mapping[str, Found] = {}
    hidden: Mapping[str, tuple[str, ...]] = {}
    harmless: frozenset[str] = frozenset()
    client: Pieces = Pieces()


def gather(environment: Mapping[str, str], workspace: str, client: str = "", programs: Iterable[str] = ()) -> Host:
    """What the plans of one session ask of this machine, before any effect.

    `programs` are what is to be run by path, such as the client's own: their folders count as if PATH named them.
    """
    account = _account(environment)
    home = os.path.realpath(account.pw_dir)
    folders = [folder for folder in environment.get("PATH", os.defpath).split(":") if absolute(folder)]
    near = [
        os.path.dirname(place)
        for program in programs
        if os.path.isabs(program)
        for place in (program, os.path.realpath(program))
    ]
    path = tuple(dict.fromkeys((*folders, *near)))
    installations = tuple(dict.fromkeys(root for folder in path for root in _installation(folder)))
    client_pieces = pieces(client, home, workspace, environment)
    asked = [
        *tables.SYSTEM,
        *(at_home(home, name) for name in (*tables.TOOLCHAINS, *tables.SETTINGS)),
        *secret_places(home),
        *(each for group in (client_pieces.state, client_pieces.read, client_pieces.copied) for each in group),
        *client_pieces.credentials, *client_pieces.merged,
        *(os.path.dirname(each) for each in client_pieces.state),
        *installations,
    ]  # fmt: skip
    known = look(asked)
    settings = (at_home(home, name) for name in tables.SETTINGS)
    return Host(
        home,
        account.pw_name,
        account.pw_uid,
        account.pw_gid,
        path,
        installations,
        account.pw_shell or "/bin/sh",
        known,
        {},
        frozenset(each for each in settings if each in known and harmless(known[each].real)),
        client_pieces,
    )


def with_effects(host: Host, effects: Iterable[Effect], protected: Iterable[str] = ()) -> Host:
    """The same machine, with what an action's effects name. `protected` directories are not looked into."""
    names = {effect.resource.name for effect in effects if effect.resource.kind == "file"}
    asked = [each for name in names if absolute(name) for each in (name, os.path.dirname(name))]
    found, budget = look(asked), MAX_LOOKED_AT
    secrets = frozenset(host.known[each].real for each in secret_places(host.home) if each in host.known)
    closed = (*protected, host.home, *tables.NEVER)
    hidden: dict[str, tuple[str, ...]] = {}
    for name in sorted(names & found.keys()):
        directory = found[name].real
        if found[name].kind == "directory" and not any(
            below(each, directory) or (below(directory, each) and each != host.home) for each in closed
        ):
            seen, budget = _secrets_in(directory, secrets, budget)
            if seen is not None:
                hidden[name] = seen
    return replace(host, known={**host.known, **found}, hidden={**host.hidden, **hidden})


def look(names: Iterable[str]) -> dict[str, Found]:
    """What bears each of these names. What is not there, or not to be reached, is left out."""
    found = {}
    for name in dict.fromkeys(names):
        try:
            status = os.stat(name)
            real = os.path.realpath(name, strict=True)
        except (OSError, ValueError):
            continue
        directory, regular = stat.S_ISDIR(status.st_mode), stat.S_ISREG(status.st_mode)
        found[name] = Found("directory" if directory else "file" if regular else "other", real, status.st_size)
    return found


def harmless(path: str) -> bool:
    """Whether a small text of settings holds nothing that looks like a credential."""
    try:
        with open(path, "rb") as file:
            text = file.read(_MAX_SETTINGS_BYTES + 1)
    except OSError:
        return False
    return len(text) <= _MAX_SETTINGS_BYTES and _CREDENTIAL.search(text) is None


def at_home(home: str, name: str) -> str:
    """A table's path on this machine."""
    return os.path.join(home, name[2:]) if name.startswith("~/") else name


def secret_places(home: str) -> tuple[str, ...]:
    """Where credentials and what is personal lie on this machine."""
    return tuple(at_home(home, name) for name in tables.SECRETS)


def secret_name(name: str) -> bool:
    """Whether a file or directory is secret by what it is called, wherever it lies."""
    return any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in tables.SECRET_NAMES) and not name.endswith(
        (".example", ".sample", ".template", ".pub")
    )


def _account(environment: Mapping[str, str]) -> pwd.struct_passwd:
    """Who we are; `HOME` counts before the account's own, as for every program. A user that no account names has `/`."""
    try:
        account = pwd.getpwuid(os.getuid())
    except KeyError:
        number = os.getuid()
        account = pwd.struct_passwd((str(number), "x", number, os.getgid(), "", "/nonexistent", "/bin/sh"))
    home = environment.get("HOME", "")
    if not absolute(home):
        return account
    return pwd.struct_passwd((*account[:5], home, account.pw_shell))


def _installation(folder: str, *, environment: bool = True) -> tuple[str, ...]:
    """A folder of programs, and the environment or package tree that it belongs to where its neighbours tell; of a virtual
    environment of Python the interpreter's own tree too (PEP 405). A folder that is not called like one is not shown: PATH
    is a text, and says where to look, not what everyone may see. An `environment` is made with an interpreter, not with
    another environment: one that says so is not followed further."""
    if os.path.basename(folder) not in tables.FOLDERS_OF_PROGRAMS:
        return ()
    parent = os.path.dirname(folder)
    if os.path.basename(folder) == "shims":  # pyenv, rbenv, asdf: a shim runs what lies beside it
        return (folder, parent)
    if os.path.basename(folder) == "bin":
        base = _interpreter_of(parent) if environment else ""
        if base and base != folder:
            return (folder, parent, *_installation(base, environment=False))
        if any(os.path.lexists(os.path.join(parent, mark)) for mark in _MARKS) or _keeps_python(parent):
            return (folder, parent)
    above, _, _ = folder.partition("/node_modules/")
    return (folder, f"{above}/node_modules") if above != folder else (folder,)


def _interpreter_of(environment: str) -> str:
    """The folder of the interpreter that a virtual environment was made with; "" where it is none."""
    try:
        with open(os.path.join(environment, "pyvenv.cfg"), encoding="utf-8") as file:
            text = file.read(_MAX_SETTINGS_BYTES)
    except (OSError, UnicodeDecodeError):
        return ""
    pairs = (line.partition("=") for line in text.splitlines())
    return next((value.strip() for name, _, value in pairs if name.strip() == "home" and absolute(value.strip())), "")


def _keeps_python(tree: str) -> bool:
    """Whether a tree, other than the system's own, holds an interpreter's library."""
    return tree not in tables.SYSTEM and any(name.startswith("python3") for name in _names(os.path.join(tree, "lib")))


def _names(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _secrets_in(directory: str, secrets: frozenset[str], budget: int) -> tuple[tuple[str, ...] | None, int]:
    """The files of `secrets` and those secret by name, sockets and devices below a directory, and what is left of the
    budget; None where there is too much to look through, or something that cannot be looked into."""
    hidden: list[str] = []
    waiting = [(directory, directory in secrets or secret_name(os.path.basename(directory)))]
    while waiting:
        folder, secret = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    budget -= 1
                    if budget < 0 or len(hidden) > MAX_HIDDEN:
                        return None, max(budget, 0)
                    bears = secret or entry.path in secrets or secret_name(entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, bears))
                    elif not entry.is_symlink() and (bears or not entry.is_file(follow_symlinks=False)):
                        hidden.append(entry.path)
        except PermissionError:
            continue  # what we may not look into, the sandbox may not either
        except OSError:
            return None, budget
    return tuple(sorted(hidden)), budget
