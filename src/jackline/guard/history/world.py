"""The world of past sessions: one `Learned` for each family, and the surroundings that follow from it."""

from __future__ import annotations

import posixpath
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from jackline.guard.accounts import account_of, own_uid
from jackline.guard.history.acts import made_by
from jackline.guard.history.learned import Learned
from jackline.guard.history.source import TranscriptSource
from jackline.guard.world import Resources
from jackline.lower.surroundings import Surroundings

if TYPE_CHECKING:
    from jackline.core.action import Action
    from jackline.guard.deciding import World
    from jackline.guard.memory import Family

MAX_FAMILIES: Final = 128
NOWHERE: Final = "/workspace"
"""The directory of a session whose transcript names none."""

_HOME: Final = re.compile(r"^(/(?:home|Users)/[^/]+|/root)(?=/|$)")
_ENTERS: Final = re.compile(r"\s*cd\s+(/[\w.@+-]+(?:/[\w.@+-]+)*)/?\s*(?:$|&&|;|\n)")
_OPENS: Final = re.compile(r"(/(?:(?:home|Users)/[^/]+/|root/)?[\w.@+-]+)/.")
_SYSTEM: Final = re.compile(
    r"/(?:tmp|etc|usr|var|bin|sbin|lib\w*|proc|dev|sys|opt|mnt|media|boot|run|home|Users|root)(?:/[^/]*)?$"
)
_DRIVE: Final = re.compile(r"^([A-Za-z]):[\\/]")


class Beneath:
    """Today's disk under what a transcript shows."""

    __slots__ = ("_surroundings",)

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def answer(self, question: str, subject: str) -> object:
        """See `jackline.lower.surroundings`."""
        return self._surroundings.ask(question, subject)


class PastWorld:
    """See the module's text. `now` is today's world, where the transcripts may be completed from it."""

    def __init__(self, resources: Resources | None = None, now: World | None = None) -> None:
        self._resources, self._now = resources or Resources(), now
        self._families: OrderedDict[str, Learned] = OrderedDict()

    def learned(self, action: Action, family: Family) -> Learned:
        """What is known of the machine on which a family ran."""
        found = self._families.get(family.root)
        if found is None:
            while len(self._families) >= MAX_FAMILIES:
                self._families.popitem(last=False)
            found = self._families[family.root] = Learned(home_of(action.cwd), action.cwd)
        self._families.move_to_end(family.root)
        return found

    def settle(self, family: Family, directory: str) -> None:
        """Where a family works, seen in what it did, where its transcript does not say."""
        learned = self._families.get(family.root)
        if learned is not None and learned.workspace == NOWHERE:
            learned.workspace, learned.home = directory, home_of(directory)

    def surroundings(self, action: Action, family: Family) -> Surroundings:
        """What this action's lowering may ask."""
        learned = self.learned(action, family)
        beneath = None
        if self._now is not None:
            today = self._now.surroundings(action, family)
            learned.home, learned.workspace, beneath = today.home, today.workspace, Beneath(today)
        source = TranscriptSource(action, learned, family, self._resources, beneath)
        source.fresh = made_by(action, learned) if beneath is None else frozenset()
        user = posixpath.basename(learned.home)
        return Surroundings(source, cwd=action.cwd, workspace=learned.workspace, home=learned.home, user=user)


def home_of(directory: str) -> str:
    """The home in which a directory lies, else that of this account: only its name is used."""
    found = _HOME.match(directory)
    return found[1] if found is not None else account_of(own_uid()).home


def place_of(action: Action) -> str:
    """The project in which an action is seen to work, where nothing says so: what its command enters, or what holds the
    file that it opens; "" where that is a place of the system's or of everybody's."""
    named = action.arguments.get("command") if action.tool == "shell" else action.arguments.get("path")
    if not isinstance(named, str):
        return ""
    found = (_ENTERS if action.tool == "shell" else _OPENS).match(named)
    return found[1] if found is not None and not _SYSTEM.match(found[1]) else ""


def posix(directory: str) -> str:
    """A directory as a transcript names it, absolute: drive C is `/c`, and what is not absolute is nowhere."""
    drive = _DRIVE.match(directory)
    if drive is not None:
        directory = f"/{drive[1].lower()}/{directory[3:]}".replace("\\", "/")
    return posixpath.normpath(directory) if directory.startswith("/") and "\0" not in directory else NOWHERE
