"""Tokens and money at a model's endpoint, read off its answers while they pass.

In: the pieces of an answer's body, as they come. Out: what it used. Guaranteed: an answer that does not say what it used is
counted by its size, never as nothing; a budget that is used up stops the next request, and an answer in the middle.
"""

from jackline.contain.gateway.metering.meter import Meter
from jackline.contain.gateway.metering.prices import Prices, shipped
from jackline.contain.gateway.metering.purse import Purse

__all__ = ["Meter", "Prices", "Purse", "shipped"]
