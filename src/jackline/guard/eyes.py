"""From where an action is asked: which account, which client, which environment; and the files that guard it.

`Eyes` joins the world with what the guard knows of a session: the client's own environment (read from its process, so
that its PATH counts and not the guard's), the directory that the session began in, the files that it wrote.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from jackline.core.errors import ConfigurationError
from jackline.core.profiles import PROFILES, expand
from jackline.guard.accounts import account_of, own_uid
from jackline.guard.configuration import PROJECT_POLICY
from jackline.guard.world import Station, World, load_cards, load_resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jackline.core.action import Action
    from jackline.core.words import Kind, Label
    from jackline.guard.memory import Family
    from jackline.guard.paths import Homes
    from jackline.guard.world.source import Wrote
    from jackline.lower.surroundings import Surroundings

MAX_ENVIRONMENT: Final = 256 * 1024
_MACHINE: Final = ("/etc/jackline", "/etc/jackline/*")
_SECRET: Final[frozenset[Label]] = frozenset({"secret", "credential"})
_INSTALLED: Final = f"{os.sep}site-packages{os.sep}"


class Eyes:
    """See the module's text. `trouble` says what is wrong with the user's `resources.toml` or tool cards, "" where nothing
    is."""

    def __init__(self, homes: Homes) -> None:
        self._homes = homes
        self._secrets = (homes.totp, homes.keys)
        self.trouble = ""
        self.world = World(state=homes.state, guard_paths=self._guard_paths)
        self.reload()

    def reload(self) -> None:
        """Read what the user taught again. What is wrong leaves the words as they were, and is said."""
        wrong = []
        try:
            self.world.resources = load_resources(self._homes.resources, account_of(own_uid()).home)
        except ConfigurationError as error:
            wrong.append(str(error))
        try:
            self.world.cards = load_cards(self._homes.cards)
        except ConfigurationError as error:
            wrong.append(str(error))
        self.trouble = "; ".join(wrong)

    def warm(self) -> None:
        """Ask the installed package managers for their registries, beside the guard's work."""
        own = account_of(own_uid())
        self.world.warm(Station(home=own.home, user=own.name, uid=own.uid, environment=os.environ))

    def surroundings(self, action: Action, family: Family) -> Surroundings:
        """What this action's lowering may ask."""
        return self.world.surroundings(action.cwd, self._station(action, family), Facts(family, self._secrets))

    def _station(self, action: Action, family: Family) -> Station:
        account = account_of(family.uid)
        environment: Mapping[str, str] | None = family.environment
        if environment is None:
            environment = os.environ if account.uid == own_uid() else {}
        return Station(
            home=account.home, user=account.name, uid=account.uid, environment=environment, client=action.client or family.client,
            pid=family.processes[0].pid if family.processes else 0, directory=family.directory,
        )  # fmt: skip

    def _guard_paths(self, workspace: str, home: str) -> tuple[str, ...]:
        return _paths(self._homes, home, workspace)


class Facts:
    """What a family's past says, and which of the guard's own files are secrets: who reads the second factor's secret
    can answer in a person's place.
    """

    __slots__ = ("_family", "_secrets")

    def __init__(self, family: Family, secrets: tuple[str, ...]) -> None:
        self._family, self._secrets = family, secrets

    def wrote(self, path: str) -> Wrote:
        """How a file came to be, as far as this family made it."""
        return self._family.wrote(path)

    def planned(self, digest: str) -> bool:
        """Whether a content is a plan that Terraform left in this family's name."""
        return self._family.planned(digest)

    def labels(self, kind: Kind, name: str) -> frozenset[Label]:
        """The labels that the session bore when it wrote a file, and those of the guard's secrets."""
        labels = self._family.labels(kind, name)
        if kind == "file" and any(name == secret or name.startswith(f"{secret}/") for secret in self._secrets):
            labels |= _SECRET
        return labels

    def definition(self, name: str) -> str | None:
        """What a session defined in a shell does not outlive the call that defined it."""
        del name
        return None

    def started(self, pid: int) -> bool:
        """Whether it started a process: that is read from the process's parents, not remembered."""
        del pid
        return False


@lru_cache(maxsize=256)
def _paths(homes: Homes, home: str, workspace: str) -> tuple[str, ...]:
    """The guard's own files, and every client's settings: those of this workspace and those of the account."""
    own = [path for base in (homes.config, homes.state, homes.runtime) for path in (base, f"{base}/*")]
    own += _MACHINE
    own += [
        os.path.join(workspace, os.path.dirname(PROJECT_POLICY)),
        os.path.join(workspace, os.path.dirname(PROJECT_POLICY), "*"),
    ]
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if _INSTALLED in package:  # a checkout of Jackline's own source is somebody's work, not the guard that runs
        own += [package, f"{package}/*"]
    settings = [
        expand(pattern, home, workspace, os.environ) for profile in PROFILES.values() for pattern in profile.settings
    ]
    return tuple(dict.fromkeys((*own, *settings)))


def environment_of(pid: int) -> dict[str, str] | None:
    """The environment that a process of this account was started with (proc_pid_environ(5)); None where it cannot be read."""
    try:
        with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:
            data = file.read(MAX_ENVIRONMENT)
    except OSError:
        return None
    pairs = (entry.partition(b"=") for entry in data.split(b"\0") if entry)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
