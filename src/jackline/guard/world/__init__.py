"""The guard's eyes: the world around an action, read from the disk and the kernel, bounded and without changing it.

In: questions of `jackline.lower.surroundings`. Out: answers that are plain values, or None for "unknown". Guaranteed: the
only implementation of `Source` that does I/O; it starts no program, follows no link that it has not looked at, waits for
no pipe, raises nothing, and reads no more of anything than a bound; every answer can be stored and given again.
"""

from jackline.guard.world.answers import Replayed, restore, store
from jackline.guard.world.cards import Cards, checked_card, load_cards
from jackline.guard.world.resources import Resources, load_resources, taught
from jackline.guard.world.source import NO_SESSION, SessionFacts, Station, World

__all__ = [
    "NO_SESSION",
    "Cards",
    "Replayed",
    "Resources",
    "SessionFacts",
    "Station",
    "World",
    "checked_card",
    "load_cards",
    "load_resources",
    "restore",
    "store",
    "taught",
]
