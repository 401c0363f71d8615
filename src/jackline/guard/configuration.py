"""The settings: read in one place, from `config.toml`, into one frozen value; and the layers of policy they name.

Absent files mean the defaults. A file that is there and wrong is an error with its place, never half a configuration.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from jackline.core.errors import ConfigurationError
from jackline.policy import shipped
from jackline.policy.layers import LayerText, Policies, load
from jackline.policy.phases import NO_PHASES, Phases, read_phases

if TYPE_CHECKING:
    from jackline.guard.paths import Homes

SYSTEM_POLICY: Final = "/etc/jackline/policy.cedar"
"""The machine's own layer. Root writes it; where it is absent nothing is limited by it."""

PROJECT_POLICY: Final = ".jackline/policy.cedar"
MAX_POLICY_BYTES: Final = 4 * 1024 * 1024
MAX_WAIT_SECONDS: Final = 3600


class Approvals(Struct, frozen=True, forbid_unknown_fields=True):
    """How questions are put. `wait_seconds`: how long a call waits for `jackline approve` where the client has no
    prompt of its own (less, where the client waits less); 0 answers at once with a denial that says how to approve."""

    wait_seconds: int = 60


class Undo(Struct, frozen=True, forbid_unknown_fields=True):
    """Before-images. `keep_days`: how long those of a session that nobody kept or undid are held. `commands`: whether they
    also count as `undoable` for shell commands whose changed files are all named, which then run without a question."""

    keep_days: int = 30
    commands: bool = False


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings. `policy` is a shipped policy's name or a file; `teams` are the teams that every agent here is in;
    `phases` names a file that declares the phases of a session, "" for none. `users` are the accounts whose clients a
    managed guard serves: it runs as another account (or root), out of their reach."""

    policy: str = "baseline"
    teams: tuple[str, ...] = ()
    phases: str = ""
    users: tuple[str, ...] = ()
    approvals: Approvals = Approvals()
    undo: Undo = Undo()


DEFAULTS: Final = Settings()


def read_settings(homes: Homes) -> Settings:
    """The user's settings. Raises `ConfigurationError` with the file and what is wrong in it."""
    text = _read(homes.settings)
    if text is None:
        return DEFAULTS
    try:
        settings = msgspec.toml.decode(text, type=Settings)
    except (msgspec.MsgspecError, ValueError) as error:
        message = f"`{homes.settings}` is not valid: {error}"
        raise ConfigurationError(message) from error
    if not 0 <= settings.approvals.wait_seconds <= MAX_WAIT_SECONDS:
        message = f"`{homes.settings}`: `approvals.wait_seconds` must be from 0 to {MAX_WAIT_SECONDS}"
        raise ConfigurationError(message)
    return settings


def layer_texts(settings: Settings, homes: Homes, project: str = "") -> list[LayerText]:
    """The texts of all layers in force. `project` is the text of a project's own policy.

    Raises `ConfigurationError` where one that is named cannot be read.
    """
    layers = []
    system = _read(SYSTEM_POLICY)
    if system is not None:
        layers.append(LayerText("system", system, SYSTEM_POLICY))
    text, source = policy_text(settings.policy, homes), _user_source(settings.policy, homes)
    layers.append(LayerText("user", text, source, shipped=settings.policy in shipped.NAMES))
    grants = _read(homes.grants)
    if grants is not None:
        layers.append(LayerText("user", grants, homes.grants))
    if project:
        layers.append(LayerText("project", project, PROJECT_POLICY))
    return layers


def load_policies(settings: Settings, homes: Homes, project: str = "") -> Policies:
    """The policies in force. Raises `ConfigurationError` (`PolicyError` with the span, for a wrong text)."""
    return load(layer_texts(settings, homes, project), load_phases(settings, homes).words)


def load_phases(settings: Settings, homes: Homes) -> Phases:
    """The phases that the user declares. Raises `ConfigurationError`."""
    if not settings.phases:
        return NO_PHASES
    path = os.path.join(homes.config, os.path.expanduser(settings.phases))
    text = _read(path)
    if text is None:
        message = f"`{path}`, which `phases` names, does not exist"
        raise ConfigurationError(message)
    return read_phases(text)


def policy_text(name: str, homes: Homes) -> str:
    """A shipped policy by its name, else a file (relative to the configuration). Raises `ConfigurationError`."""
    if name in shipped.NAMES:
        return shipped.text(name)
    path = _user_source(name, homes)
    text = _read(path)
    if text is None:
        message = f"the policy `{name}` is neither shipped ({', '.join(shipped.NAMES)}) nor a file at `{path}`"
        raise ConfigurationError(message)
    return text


def project_policy(workspace: str) -> str:
    """The text of a project's own policy, "" where it has none. Raises `ConfigurationError`."""
    return _read(os.path.join(workspace, PROJECT_POLICY)) or ""


def _user_source(name: str, homes: Homes) -> str:
    return f"shipped {name}" if name in shipped.NAMES else os.path.join(homes.config, os.path.expanduser(name))


def _read(path: str) -> str | None:
    """The text of a file, None where there is none. Raises `ConfigurationError` for anything else that is wrong."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_POLICY_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        message = f"`{path}` cannot be read: {error.strerror}"
        raise ConfigurationError(message) from error
    if len(data) > MAX_POLICY_BYTES:
        message = f"`{path}` is larger than {MAX_POLICY_BYTES >> 20} MiB"
        raise ConfigurationError(message)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        message = f"`{path}` is not UTF-8 text: {error.reason} at byte {error.start}"
        raise ConfigurationError(message) from error
