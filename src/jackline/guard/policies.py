"""The policies in force, and what happens when one of their files is wrong.

At the start a wrong policy means that nothing is permitted, and the reason says which line. Later, the old one stays in
force: a slip of the pen must neither open the gate nor stop the work. A project's own policy is read when it changes.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final

from jackline.core.errors import ConfigurationError, PolicyError
from jackline.guard.configuration import (
    DEFAULTS,
    PROJECT_POLICY,
    load_phases,
    load_policies,
    project_policy,
    read_settings,
)
from jackline.policy.phases import NO_PHASES

if TYPE_CHECKING:
    from jackline.guard.configuration import Settings
    from jackline.guard.paths import Homes
    from jackline.policy.layers import Policies
    from jackline.policy.phases import Phases

MAX_PROJECTS: Final = 256
_Stamp = tuple[int, int, int]


class PolicyShelf:
    """See the module's text. `trouble` is what is wrong with the files now, "" where nothing is."""

    def __init__(self, homes: Homes) -> None:
        """Reads the settings and policies; never raises for what is wrong in them: `at` does."""
        self._homes = homes
        self._lock = threading.Lock()
        self.settings: Settings = DEFAULTS
        self.phases: Phases = NO_PHASES
        self.trouble = ""
        self._policies: Policies | None = None
        self._projects: dict[str, tuple[_Stamp, Policies]] = {}
        self.reload()

    def reload(self) -> bool:
        """Read everything again; False, with `trouble`, where something is wrong: then what was in force stays."""
        try:
            settings = read_settings(self._homes)
            phases = load_phases(settings, self._homes)
            policies = load_policies(settings, self._homes)
        except ConfigurationError as error:
            self.trouble = explain(error)
            return False
        with self._lock:
            self.settings, self.phases, self._policies, self.trouble = settings, phases, policies, ""
            self._projects.clear()
        return True

    @property
    def digest(self) -> str:
        """The digest of the policies in force; "" where there are none."""
        return self._policies.digest if self._policies is not None else ""

    def at(self, workspace: str) -> Policies:
        """The policies for a workspace. Raises `ConfigurationError` where there are none that can be used."""
        policies = self._policies
        if policies is None:
            message = f"no policy is in force ({self.trouble}); correct it, then run `jackline guard reload`"
            raise ConfigurationError(message)
        stamp = _stamp(f"{workspace}/{PROJECT_POLICY}")
        if stamp is None:
            return policies
        known = self._projects.get(workspace)
        if known is not None and known[0] == stamp:
            return known[1]
        return self._read_project(workspace, stamp, known[1] if known is not None else None)

    def _read_project(self, workspace: str, stamp: _Stamp, before: Policies | None) -> Policies:
        try:
            policies = load_policies(self.settings, self._homes, project_policy(workspace))
        except ConfigurationError as error:
            self.trouble = f"{os.path.join(workspace, PROJECT_POLICY)}: {explain(error)}"
            if before is None:
                message = f"the project's own policy cannot be used ({self.trouble}); correct or remove it"
                raise ConfigurationError(message) from error
            policies = before
        with self._lock:
            while len(self._projects) >= MAX_PROJECTS:
                self._projects.pop(next(iter(self._projects)))
            self._projects[workspace] = (stamp, policies)
        return policies


def explain(error: ConfigurationError) -> str:
    """The error as one sentence, with its line and column where it has them."""
    if isinstance(error, PolicyError) and error.text:
        where = f"`{error.source}`: " if error.source else ""
        return f"{where}{error} (line {error.line}, column {error.column})"
    return str(error)


def _stamp(path: str) -> _Stamp | None:
    if not os.access(path, os.F_OK):  # nearly no project has one: no exception for each
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
