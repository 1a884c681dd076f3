"""Keeps everybody within what one person may use in a day. Without quotas it costs nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from anyio.to_thread import run_sync

from picklebot import clock
from picklebot.model import words
from picklebot.model.events import Usage
from picklebot.model.job import Job
from picklebot.model.message import InboundMessage
from picklebot.model.person import Identity, identity_of
from picklebot.model.quota import Quota, Used, enough_again, together
from picklebot.ports.quotas import QuotaStore
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Transaction


@dataclass(frozen=True, slots=True)
class Refusal:
    """A day is used up: what people are told, and how long it takes until they may ask again."""

    text: str
    wait: timedelta


class Quotas:
    """Counts in the transaction that accepts a message, and in the one that keeps its answer.

    Accounts that were joined have one allowance. It is live: what was used before quotas were set is not known.
    Operators have none.
    """

    def __init__(self, store: QuotaStore, rules: Rules, price: Callable[[Usage], int]) -> None:
        """`price` gives millionths of a dollar, and may take its time."""
        self._store = store
        self._rules = rules
        self._price = price

    def refusal(self, tx: Transaction, message: InboundMessage) -> Refusal | None:
        """Why this message cannot be answered yet, and when it can; None where it can now."""
        speaker = identity_of(message.address, message.sender)
        if not (quota := self._of(speaker)):
            return None
        now = clock.now()
        days = self._store.days(tx, speaker, now)
        if (at := enough_again(days, lambda used: used.has_messages(quota))) is not None:
            return _refusal(words.QUOTA_MESSAGES, at, now, most=quota.messages)
        if (at := enough_again(days, lambda used: used.has_answers(quota))) is not None:
            return _refusal(words.QUOTA_ANSWERS, at, now)
        return None

    def count(self, tx: Transaction, message: InboundMessage) -> None:
        """One more message of theirs is accepted."""
        self._add(tx, identity_of(message.address, message.sender), Used(clock.now(), messages=1))

    async def cost(self, usage: Usage) -> int:
        """What an answer cost in millionths of a dollar; 0 where no quota asks for it."""
        return 0 if self._rules.quota().dollars is None else await run_sync(self._price, usage)

    def spend(self, tx: Transaction, job: Job, usage: Usage, cost: int) -> None:
        """An answer to them took so much."""
        if tokens := usage.input_tokens + usage.output_tokens:
            used = Used(clock.now(), tokens=tokens, microdollars=cost)
            self._add(tx, identity_of(job.address, job.sender), used)

    def left(self, tx: Transaction, message: InboundMessage) -> str:
        """What they used of what they may, a line for people; empty where they have no quota."""
        speaker = identity_of(message.address, message.sender)
        if not (quota := self._of(speaker)):
            return ""
        now = clock.now()
        used = together([*self._store.days(tx, speaker, now)] or [Used(now)])
        spent = (
            (used.messages, quota.messages, words.QUOTA_OF_MESSAGES),
            (used.tokens, quota.tokens, words.QUOTA_OF_TOKENS),
            (used.microdollars / 1_000_000, quota.dollars, words.QUOTA_OF_DOLLARS),
        )
        parts = (text.format(used=its, most=most) for its, most, text in spent if most is not None)
        return words.QUOTA_LEFT.format(parts=", ".join(parts), wait=words.ago(used.until - now))

    def _add(self, tx: Transaction, speaker: Identity, used: Used) -> None:
        if self._of(speaker):
            self._store.add(tx, speaker, used)

    def _of(self, speaker: Identity) -> Quota:
        quota = self._rules.quota()
        return Quota() if quota and self._rules.is_operator(speaker.platform, speaker.user_id) else quota


def _refusal(text: str, at: datetime, now: datetime, *, most: int | None = None) -> Refusal:
    wait = at - now
    return Refusal(text.format(most=most, wait=words.ago(wait)), wait)
