"""One effect on a file, as what a sandbox shows for it and what is carried out of it afterwards."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from jackline.contain.plan import Mount
from jackline.contain.planning import tables
from jackline.contain.planning.host import MAX_COPIED_BYTES, secret_name, secret_places
from jackline.contain.planning.outfit import Copy, Delivery, Withheld
from jackline.contain.planning.paths import absolute, below

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jackline.contain.planning.host import Found, Host
    from jackline.contain.planning.outfit import How, Session
    from jackline.core.effect import Effect

CHANGES: Final = frozenset({"create", "modify", "delete", "persist", "configure", "grant"})
LOOKS: Final = frozenset({"read", "execute"})


class Grants:
    """What the effects of one action add to its sandbox. Made in two passes, so that their order changes nothing."""

    def __init__(self, session: Session, host: Host, effects: Iterable[Effect]) -> None:
        self._session, self._host = session, host
        self.mounts: dict[str, Mount] = {}
        self.folders: set[str] = set()
        self.copies: set[Copy] = set()
        self.deliveries: dict[str, Delivery] = {}
        self.withheld: set[Withheld] = set()
        asked = self._asked(effects)
        self._named = frozenset(asked)
        self._secrets = secret_places(host.home)
        for name, (verbs, tree) in sorted(asked.items()):
            if verbs & LOOKS:
                self._show(name, write=False)
            if verbs & CHANGES and tree and self._kind(name) == "directory":
                self._show(name, write=True)
        for name, (verbs, tree) in sorted(asked.items()):
            if verbs & CHANGES and not (tree and self._kind(name) == "directory"):
                self._change(name, verbs)

    def _asked(self, effects: Iterable[Effect]) -> dict[str, tuple[frozenset[str], bool]]:
        """Path → verbs, and whether a whole tree is meant, of those effects that a sandbox must do something about."""
        asked: dict[str, tuple[frozenset[str], bool]] = {}
        for effect in effects:
            resource = effect.resource
            if resource.kind != "file" or resource.reach == "remote" or effect.verb not in CHANGES | LOOKS:
                continue
            reason = self._refused(resource.name, effect.verb)
            if reason:
                self.withheld.add(Withheld(resource.name, reason))
            elif reason is not None:
                verbs, tree = asked.get(resource.name, (frozenset(), False))
                asked[resource.name] = (verbs | {effect.verb}, tree or "tree" in resource.labels)
        return asked

    def _refused(self, name: str, verb: str) -> str | None:
        """Why a path is not granted; None where there is nothing to grant, for the sandbox has it or its own; "" else."""
        session, home = self._session, self._host.home
        if not absolute(name):
            return "it is no one path"
        if any(below(name, each) or below(each, name) for each in session.protected):
            return "the guard's own files lie there"
        if any(below(name, each) for each in (session.workspace, *tables.SHARED_TEMPORARY)):
            return None
        if any(below(each, name) for each in (session.workspace, home, session.folder, session.view)):
            return None
        if any(below(name, each) for each in (*tables.NEVER, session.folder, session.view)):
            return "no sandbox shows that part of the host"
        if verb in LOOKS and any(below(name, each) for each in tables.SYSTEM):
            return None
        found = self._host.known.get(name)
        if found is not None and found.real != name:
            return f"it is a link now, to `{found.real}`: ask again"
        return "" if found is None or found.kind != "other" else "it is neither a file nor a directory"

    def _found(self, name: str) -> Found | None:
        return self._host.known.get(name)

    def _kind(self, name: str) -> str:
        found = self._found(name)
        return "" if found is None else found.kind

    def _secret(self, name: str) -> bool:
        return any(below(name, each) for each in self._secrets) or any(map(secret_name, name.split("/")))

    def _show(self, name: str, *, write: bool) -> None:
        """Mount what is there. Of a directory, what is secret in it is hidden unless an effect names it."""
        kind = self._kind(name)
        if kind == "directory" and (self._secret(name) or name not in self._host.hidden):
            self.withheld.add(Withheld(name, "a directory with secrets, or too large to look for them: name the files"))
            return
        if not kind:
            return
        for each in self._host.hidden.get(name, ()):
            if each not in self._named:
                self.mounts.setdefault(each, Mount("hide", each, optional=True))
        if write or name not in self.mounts or self.mounts[name].kind == "hide":
            self.mounts[name] = Mount("write" if write else "read", name, name, direct=True)

    def _change(self, name: str, verbs: frozenset[str]) -> None:
        """A file that is made, changed or removed: in a private copy, of which the keeper carries out just that name."""
        if any(below(name, each) and mount.kind == "write" for each, mount in self.mounts.items()):
            return
        if self._secret(name) and self._kind(name) and "read" not in verbs:
            self.withheld.add(Withheld(name, "it is secret, and changing it would show it: reading it was not decided"))
            return
        found = self._found(name)
        if (
            found is not None
            and found.kind == "file"
            and (not below(name, self._host.home) or found.size > MAX_COPIED_BYTES)
        ):
            self.mounts[name] = Mount("write", name, name, direct=True)
            return
        inside = self._inside(name)
        if inside is None:
            return
        if found is not None and found.kind == "directory":
            self.folders.add(inside)
            return
        self.mounts.pop(name, None)
        self.folders.add(os.path.dirname(inside))
        if found is not None:
            self.copies.add(Copy(name, inside))
        self.deliveries[name] = Delivery(inside, name, _how(verbs, existed=found is not None))

    def _inside(self, name: str) -> str | None:
        """The name's place in the private home; None where it cannot be had there, which is then said."""
        parent = os.path.dirname(name)
        above = self._found(parent)
        if not below(name, self._host.home):
            reason = "outside the home, a sandbox only changes files that are there"
        elif above is None and not any(below(parent, each) for each in self._named):
            reason = "its directory is not there, and making it was not decided"
        elif above is not None and (above.kind != "directory" or above.real != parent):
            reason = f"`{parent}` is no directory, or a link now"
        elif any(below(parent, each) for each, mount in self.mounts.items() if mount.kind == "read"):
            reason = "it lies in a directory that is shown for reading: act on it by itself"
        else:
            return os.path.join(self._session.home, os.path.relpath(name, self._host.home))
        self.withheld.add(Withheld(name, reason))
        return None


def _how(verbs: frozenset[str], *, existed: bool) -> frozenset[How]:
    """What may come of a file: gone only where that was decided, there or changed only where that was."""
    found: set[How] = {"remove"} if "delete" in verbs and existed else set()
    if verbs & (CHANGES - {"delete"}):
        found.add("replace" if existed else "create")
    return frozenset(found)


def needs_network(effects: Sequence[Effect]) -> bool:
    """Whether an action was decided to reach anything outside."""
    return any(
        effect.verb in {"connect", "send", "publish", "install"} or effect.resource.reach == "remote"
        for effect in effects
    )
