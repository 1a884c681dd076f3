"""Telegram's rate limits, enforced on request.

One message a second and chat (burst 3), twenty a minute and group (burst 3), thirty a second and bot; an edit
counts like a message, typing does not. A refused call costs nothing. Source:
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from picklebot.sandbox.telegram.refusal import too_many_requests


@dataclass(frozen=True, slots=True)
class Rate:
    """A budget: `per_second` calls for ever, and `burst` of them at once."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The budgets of a private chat, of a group and of the whole bot."""

    chat: Rate = Rate(1.0, 3)
    group: Rate = Rate(20 / 60, 3)
    bot: Rate = Rate(30.0, 30)


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    tokens: float
    at: float

    def refill(self, now: float) -> None:
        self.tokens = min(self.rate.burst, self.tokens + (now - self.at) * self.rate.per_second)
        self.at = now

    def wait(self) -> float:
        """Seconds until one more call fits; rounding is forgiven."""
        return max(0.0, (1 - 1e-9 - self.tokens) / self.rate.per_second)


@dataclass(slots=True)
class Limits:
    """Token buckets for one bot; `clock` is in seconds and never goes back. Off until `enforced` is set."""

    clock: Callable[[], float]
    rates: Rates = field(default_factory=Rates)
    enforced: bool = False
    _buckets: dict[int | str, _Bucket] = field(default_factory=dict["int | str", _Bucket])

    def spend(self, chat_id: int) -> None:
        """Take one call's worth for a chat (groups have negative ids), or raise 429 and take nothing."""
        if not self.enforced:
            return
        now = self.clock()
        chat_rate = self.rates.group if chat_id < 0 else self.rates.chat
        buckets = (self._bucket(chat_id, chat_rate, now), self._bucket("bot", self.rates.bot, now))
        wait = max(bucket.wait() for bucket in buckets)
        if wait > 0:
            raise too_many_requests(math.ceil(wait))
        for bucket in buckets:
            bucket.tokens -= 1

    def forget(self) -> None:
        """Fill every bucket again."""
        self._buckets.clear()

    def _bucket(self, key: int | str, rate: Rate, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(rate, rate.burst, now))
        bucket.refill(now)
        return bucket
