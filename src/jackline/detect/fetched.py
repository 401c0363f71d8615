"""Code fetched and run: what came from the network ran in the same act, or was installed past the registries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.detect.acted import Watcher
from jackline.detect.told import after_outcome, finding, shown, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.history import Finding, Judged

_WORD: Final = re.compile(r"[a-z0-9]{2,}")
_COMMON: Final = frozenset(
    "curl wget sh bash zsh python install installer script https http get com org net io dev example main master raw github"  # noqa: SIM905 - a table of words
    " githubusercontent refs heads latest download downloads releases setup the for in fssl lssf sl".split()
)
"""Words of such commands that name no product."""


class Fetched(Watcher):
    """The detector of code that nobody has read."""

    name = "fetched"

    def look(self, judged: Judged) -> Iterator[Finding]:
        """The first effect that runs fetched code."""
        effects = judged.decision.effects
        ran = next((one for one in effects if one.authorship == "fetched" and one.verb in {"execute", "opaque"}), None)
        added = next((one for one in effects if one.authorship == "fetched" and one.verb == "install"), None)
        if ran is None and added is None:
            return
        hosts = [one.resource.name for one in effects if one.verb == "connect" and one.resource.kind == "endpoint"]
        known = any(self.named(host) for host in hosts) or (ran is not None and self._ordered(ran.evidence.text))
        source = f" from `{shown(hosts[0])}`" if hosts else ""
        if ran is not None:
            text = f"code was fetched{source} and run in one act"
            severity = "note" if known else after_outcome("medium", judged)
            yield finding(self.name, severity, text, judged, evidence=ran.evidence.text)
        elif added is not None:
            text = f"{target(added)} was installed{source}, from no registry"
            yield finding(self.name, "note", text, judged, evidence=added.evidence.text)

    def _ordered(self, command: str) -> bool:
        """Whether the person asked for this very thing to be installed: by a name that stands in the address."""
        if not any(self.wishes.wrote(word) for word in ("install", "set up", "setup")):
            return False
        return any(self.wishes.wrote(word) for word in set(_WORD.findall(command.lower())) - _COMMON)
