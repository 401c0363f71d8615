"""What tokens cost, as data: `prices.toml`, and whatever the user has in its form."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from jackline.core.errors import ConfigurationError
from jackline.core.packaged import packaged

if TYPE_CHECKING:
    from jackline.contain.gateway.metering.usage import Counts


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """Of the models whose names begin so: dollars for a million tokens."""

    model: str
    input: float
    output: float
    cache_read: float
    cache_write: float

    def of(self, counts: Counts) -> int:
        """In millionths of a dollar, rounded up."""
        dollars = (
            counts.input * self.input
            + counts.output * self.output
            + counts.cache_read * self.cache_read
            + counts.cache_write * self.cache_write
        )
        return -int(-dollars // 1)


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    as_of: str
    price: tuple[Price, ...]


class Prices:
    """A table of prices. What is not in it costs as much as the dearest in it: a budget errs on the safe side."""

    def __init__(self, table: tuple[Price, ...]) -> None:
        self._table = sorted(table, key=lambda price: -len(price.model))
        self._dearest = max(table, key=lambda price: price.output + price.input)

    def price(self, model: str) -> Price:
        """Of a model: the longest beginning counts."""
        bare = model.lower().rpartition("/")[2]
        return next((price for price in self._table if bare.startswith(price.model)), self._dearest)


def read(text: str) -> Prices:
    """A table from its TOML. Raises `ConfigurationError`."""
    try:
        table = msgspec.convert(tomllib.loads(text), _Table)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"not a table of prices: {error}; each `[[price]]` has `model`, `input`, `output`, `cache_read`, `cache_write`"
        raise ConfigurationError(message) from error
    if not table.price:
        message = "a table of prices without a price; leave the file out to have the shipped one"
        raise ConfigurationError(message)
    return Prices(table.price)


@cache
def shipped() -> Prices:
    """The table that is shipped."""
    return read(packaged(__package__ or "", "prices.toml"))
