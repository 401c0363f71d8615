"""A session's tokens and money: what was used, and what is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jackline.contain.gateway.metering.prices import Prices, shipped

if TYPE_CHECKING:
    from jackline.contain.gateway.messages import Budget
    from jackline.contain.gateway.metering.usage import Counts


@dataclass
class Purse:
    """`tokens` and `money` (millionths of a dollar) are the limits; None is none. `running`: answers that have not ended."""

    prices: Prices = field(default_factory=shipped)
    tokens: int | None = None
    money: int | None = None
    tokens_used: int = 0
    money_used: int = 0
    running: dict[object, tuple[int, int]] = field(default_factory=dict)

    def fill(self, budget: Budget) -> None:
        """New limits; what was used is the greater of what is known here and there."""
        self.tokens, self.money = budget.tokens, budget.money
        self.tokens_used = max(self.tokens_used, budget.tokens_used)
        self.money_used = max(self.money_used, budget.money_used)

    def runs(self, answer: object, model: str, counts: Counts) -> None:
        """An answer has used so much until now."""
        self.running[answer] = (counts.tokens, self.prices.price(model or counts.model).of(counts))

    def ended(self, answer: object, model: str, counts: Counts) -> int:
        """An answer has ended; what it cost."""
        self.running.pop(answer, None)
        cost = self.prices.price(model or counts.model).of(counts)
        self.tokens_used += counts.tokens
        self.money_used += cost
        return cost

    def exhausted(self) -> str:
        """Words for the budget that is used up; empty while there is some left."""
        tokens = self.tokens_used + sum(tokens for tokens, _ in self.running.values())
        money = self.money_used + sum(money for _, money in self.running.values())
        if self.tokens is not None and tokens >= self.tokens:
            return f"the budget of {self.tokens:,} tokens for this session is used up"
        if self.money is not None and money >= self.money:
            return f"the budget of ${self.money / 1e6:.2f} for this session is used up"
        return ""
