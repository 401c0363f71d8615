"""What detectors of effects have in common: which effects of a call count, and whether the person asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.history import Judged
from jackline.detect.plain import plain
from jackline.detect.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jackline.core.effect import Effect
    from jackline.core.history import Finding
    from jackline.core.words import Label
    from jackline.detect.acts import Act
    from jackline.detect.interface import Moment

PASSING: Final[frozenset[Label]] = frozenset({"temporary", "cache", "build_output", "dry_run", "loopback"})
"""Labels of what comes and goes: nobody misses it."""
_MIN_NAME: Final = 3


class Watcher:
    """A detector of effects: it knows what the person asked for, and looks at one call at a time."""

    name = ""

    def __init__(self, wishes: Wishes | None = None) -> None:
        self.wishes = wishes if wishes is not None else Wishes()

    def see(self, moment: Moment) -> Iterable[Finding]:
        """Hear a text; look at a call."""
        if isinstance(moment, Judged):
            self.wishes.begun = True
            return self.look(moment)
        self.wishes.hear(moment)
        return ()

    def look(self, judged: Judged) -> Iterator[Finding]:
        """What is found in a call."""
        raise NotImplementedError

    def end(self) -> Iterator[Finding]:
        """Nothing waits for the end."""
        yield from ()

    def wanted(self, effect: Effect, acts: frozenset[Act] = frozenset()) -> bool:
        """Whether the person named the target, or (for a person who named none) asked for such an act."""
        return self.named(effect.resource.name) or self.wishes.asked(acts)

    def named(self, name: str) -> bool:
        """Whether the person named this resource: whole, or by its last part."""
        name = plain(name)
        last = name.replace("#", "/").rstrip("/").rpartition("/")[2]
        return any(len(one) >= _MIN_NAME and self.wishes.wrote(one) for one in {name, last})


def certain(judged: Judged) -> Iterator[Effect]:
    """The effects that a call surely has, on what does not just come and go. What only a tool's name suggests is none."""
    for effect in judged.decision.effects:
        resource = effect.resource
        if effect.certainty == "certain" and not resource.labels & PASSING and not resource.name.startswith("mcp/"):
            yield effect
