"""Where Jackline's files are: configuration, state, and the socket of the resident guard.

The three homes follow the XDG base directory specification, and can be moved with `JACKLINE_CONFIG_HOME`,
`JACKLINE_STATE_HOME` and `JACKLINE_RUNTIME_DIR`. A directory that someone else could have prepared is refused: a guard
that speaks over a stranger's socket, or keeps its ledger in a stranger's folder, guards nothing.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIVATE: Final = 0o700
SHARED: Final = 0o755
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


class Homes(NamedTuple):
    """The three homes, and the names of what stands in them. All paths are absolute."""

    config: str
    state: str
    runtime: str

    @property
    def settings(self) -> str:
        """The user's settings: `config.toml`."""
        return os.path.join(self.config, "config.toml")

    @property
    def grants(self) -> str:
        """The permits that `jackline allow` appends."""
        return os.path.join(self.config, "grants.cedar")

    @property
    def resources(self) -> str:
        """What the user taught about names and environments: `resources.toml`."""
        return os.path.join(self.config, "resources.toml")

    @property
    def cards(self) -> str:
        """The directory of the user's own tool cards."""
        return os.path.join(self.config, "cards")

    @property
    def totp(self) -> str:
        """The enrolled second factor: a secret, mode 0600."""
        return os.path.join(self.config, "totp.json")

    @property
    def ledger(self) -> str:
        """The ledger's database."""
        return os.path.join(self.state, "ledger.sqlite")

    @property
    def keys(self) -> str:
        """The directory of the ledger's keys."""
        return os.path.join(self.state, "keys")

    @property
    def images(self) -> str:
        """The directory of the before-images."""
        return os.path.join(self.state, "images")

    @property
    def history(self) -> str:
        """The directory of what sessions in sandboxes changed."""
        return os.path.join(self.state, "history")

    @property
    def socket(self) -> str:
        """The resident guard's socket."""
        return os.path.join(self.runtime, "guard.sock")

    @property
    def lock(self) -> str:
        """Held by the one resident guard of this user while it lives."""
        return os.path.join(self.runtime, "guard.lock")


def find_homes(environment: Mapping[str, str] | None = None) -> Homes:
    """The homes as the environment names them. Creates nothing.

    A relative value is ignored, as the XDG specification says. Raises `ConfigurationError` where a `JACKLINE_*`
    override is relative: that one was meant.
    """
    known = os.environ if environment is None else environment
    home = known.get("HOME") or os.path.expanduser("~")
    user = os.getuid() if hasattr(os, "getuid") else 0
    return Homes(
        _override(known, "JACKLINE_CONFIG_HOME") or _xdg(known, "XDG_CONFIG_HOME", os.path.join(home, ".config")),
        _override(known, "JACKLINE_STATE_HOME") or _xdg(known, "XDG_STATE_HOME", os.path.join(home, ".local", "state")),
        # The name must be short (a socket's path has 107 bytes) and the same for the native hook client.
        _override(known, "JACKLINE_RUNTIME_DIR") or _xdg(known, "XDG_RUNTIME_DIR", "") or f"/tmp/jackline-{user}",  # noqa: S108 - `private_directory` refuses what a stranger made there
    )


def private_directory(path: str, *, shared: bool = False) -> str:
    """Create `path` for this account alone, or check that it is so; returns it. `shared`: others may enter and read.

    Raises `ConfigurationError` where it is a link, belongs to someone else, or others may write in it.
    """
    try:
        os.makedirs(path, PRIVATE, exist_ok=True)
        found = os.lstat(path)
    except OSError as error:
        message = f"`{path}` cannot be created: {error.strerror}; make it writable, or name another one in `JACKLINE_*`"
        raise ConfigurationError(message) from error
    if not stat.S_ISDIR(found.st_mode):
        message = f"`{path}` is a link or a file, not a directory; remove it"
        raise ConfigurationError(message)
    if hasattr(os, "getuid"):
        _check_owner(path, found, SHARED if shared else PRIVATE)
    return path


def _check_owner(path: str, found: os.stat_result, mode: int) -> None:
    if found.st_uid != os.getuid():
        message = f"`{path}` belongs to user {found.st_uid}, not to you; remove it, or name another one in `JACKLINE_*`"
        raise ConfigurationError(message)
    if found.st_mode & _OTHERS_WRITE:
        message = f"`{path}` can be written by others (mode {stat.S_IMODE(found.st_mode):04o}); run `chmod 700 {path}`"
        raise ConfigurationError(message)
    if stat.S_IMODE(found.st_mode) != mode:
        os.chmod(path, mode)  # readable by others at most: nothing in it can be a stranger's


def _override(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if value and not os.path.isabs(value):
        message = f"`{name}` is `{value}`; give an absolute path"
        raise ConfigurationError(message)
    return os.path.normpath(value) if value else ""


def _xdg(environment: Mapping[str, str], name: str, default: str) -> str:
    value = environment.get(name, "")
    base = value if os.path.isabs(value) else default
    return os.path.join(os.path.normpath(base), "jackline") if base else ""
