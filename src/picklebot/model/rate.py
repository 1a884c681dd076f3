"""How often something may be done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`amount` every `seconds` in the long run, and `burst` at once after a pause."""

    amount: int
    seconds: float
    burst: int

    @property
    def per_second(self) -> float:
        """How often it may be done in a second, in the long run."""
        return self.amount / self.seconds

    def halved(self) -> Rate:
        """Half as often."""
        return Rate(self.amount, self.seconds * 2, max(1, self.burst // 2))


@dataclass(frozen=True, slots=True)
class Rates:
    """What one bot may say: in one private chat, in one group, and in all."""

    chat: Rate
    group: Rate
    bot: Rate
