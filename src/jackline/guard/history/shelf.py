"""The policies that judge the past: the user's own, or one that is named, and never what lies in a past workspace today."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from jackline.core.errors import ConfigurationError
from jackline.guard.configuration import load_phases, load_policies, read_settings
from jackline.guard.policies import PolicyShelf, explain
from jackline.policy import shipped

if TYPE_CHECKING:
    from jackline.guard.paths import Homes
    from jackline.policy.layers import Policies


class PastShelf(PolicyShelf):
    """One set of policies for all workspaces. `name` is a shipped policy or a file, "" for the one in the settings."""

    def __init__(self, homes: Homes, name: str = "") -> None:
        """Raises `ConfigurationError` where the policy cannot be used: an audit under no policy says nothing."""
        self._name = name if not name or name in shipped.NAMES else os.path.abspath(os.path.expanduser(name))
        super().__init__(homes)
        if self._policies is None:
            raise ConfigurationError(self.trouble)

    def reload(self) -> bool:
        """Read the settings and policies; False, with `trouble`, where something is wrong."""
        try:
            settings = read_settings(self._homes)
            if self._name:
                settings = msgspec.structs.replace(settings, policy=self._name)
            self._policies = load_policies(settings, self._homes)
            self.phases = load_phases(settings, self._homes)
        except ConfigurationError as error:
            self.trouble = explain(error)
            return False
        self.settings = settings
        return True

    def at(self, workspace: str) -> Policies:
        """The policies; the same for every workspace."""
        del workspace
        if self._policies is None:
            raise ConfigurationError(self.trouble)
        return self._policies
