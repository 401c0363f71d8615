"""The user's own tool cards: `cards/*.toml` beside the settings. They are asked before those that are shipped."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import Deferred
from jackline.core.errors import ConfigurationError
from jackline.core.inner import FrozenInner
from jackline.guard.world.disk import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from jackline.lower.mcp import Card

MAX_CARDS: Final = 200
MAX_BYTES: Final = 256 * 1024
SUFFIX: Final = ".toml"
_read_card: Final[Callable[[str, str], Card]] = Deferred("jackline.lower.mcp", "read_card")
_serves: Final[Callable[[Card, str], bool]] = Deferred("jackline.lower.mcp", "serves")


class Cards(FrozenInner, frozen=True):
    """Cards with their texts, in the order of their files' names."""

    cards: tuple[tuple[Card, str], ...] = ()

    def text(self, server: str) -> str | None:
        """The text of the first card that is for a server."""
        return next((text for card, text in self.cards if _serves(card, server)), None)


def load_cards(directory: str) -> Cards:
    """Read a directory of cards; without one there are none. Raises `ConfigurationError` naming the file."""
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(SUFFIX))
    except FileNotFoundError:
        return Cards()
    except OSError as error:
        message = f"`{directory}` cannot be read: {error.strerror}"
        raise ConfigurationError(message) from error
    if len(names) > MAX_CARDS:
        message = f"`{directory}` holds more than {MAX_CARDS} tool cards"
        raise ConfigurationError(message)
    return Cards(tuple(_load(os.path.join(directory, name)) for name in names))


def _load(path: str) -> tuple[Card, str]:
    content = read_bytes(path, MAX_BYTES)
    try:
        if content is None:
            message = f"`{path}` cannot be read"
            raise ConfigurationError(message)
        text = content.decode()
    except UnicodeDecodeError as error:
        message = f"`{path}` is not UTF-8 text: {error.reason} at byte {error.start}"
        raise ConfigurationError(message) from error
    name = os.path.basename(path).removesuffix(SUFFIX)
    return checked_card(text, name, path), text


def checked_card(text: str, name: str, source: str) -> Card:
    """A card of a person's. Raises `ConfigurationError` that names the file, whatever is wrong in it."""
    try:
        return _read_card(text, name)
    except (ConfigurationError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        message = f"`{source}` is no tool card: {error}; see docs/cards.md"
        raise ConfigurationError(message) from error
