"""Keeps everybody within what one person may use in a day. Without quotas it costs nothing at all."""

from __future__ import annotations

from collections.abc import Callable

from anyio.to_thread import run_sync

from picklebot import clock
from picklebot.model import words
from picklebot.model.events import Usage
from picklebot.model.job import Job
from picklebot.model.message import InboundMessage
from picklebot.model.quota import Quota, Used
from picklebot.ports.quotas import QuotaStore
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Transaction


class Quotas:
    """Counts in the transaction that accepts a message, and in the one that keeps its answer.

    It is live: what was used before quotas were set is not known. Operators have none.
    """

    def __init__(self, store: QuotaStore, rules: Rules, price: Callable[[Usage], int]) -> None:
        """`price` gives millionths of a dollar, and may take its time."""
        self._store = store
        self._rules = rules
        self._price = price

    def refusal(self, tx: Transaction, message: InboundMessage) -> str:
        """Why this message cannot be answered yet, and when it can; empty where it can now."""
        platform, user_id = message.address.platform, message.sender.user_id
        if not (quota := self._of(platform, user_id)):
            return ""
        now = clock.now()
        used = self._store.used(tx, f"{platform}:{user_id}", now)
        if used is None:
            return ""
        wait = words.ago(used.until - now)
        if not used.has_messages(quota):
            return words.QUOTA_MESSAGES.format(most=quota.messages, wait=wait)
        return "" if used.has_answers(quota) else words.QUOTA_ANSWERS.format(wait=wait)

    def count(self, tx: Transaction, message: InboundMessage) -> None:
        """One more message of theirs is accepted."""
        self._add(tx, message.address.platform, message.sender.user_id, Used(clock.now(), messages=1))

    async def cost(self, usage: Usage) -> int:
        """What an answer cost in millionths of a dollar; 0 where no quota asks for it."""
        return 0 if self._rules.quota().dollars is None else await run_sync(self._price, usage)

    def spend(self, tx: Transaction, job: Job, usage: Usage, cost: int) -> None:
        """An answer to them took so much."""
        if tokens := usage.input_tokens + usage.output_tokens:
            used = Used(clock.now(), tokens=tokens, microdollars=cost)
            self._add(tx, job.address.platform, job.sender.user_id, used)

    def left(self, tx: Transaction, message: InboundMessage) -> str:
        """What they used of what they may, a line for people; empty where they have no quota."""
        platform, user_id = message.address.platform, message.sender.user_id
        if not (quota := self._of(platform, user_id)):
            return ""
        now = clock.now()
        used = self._store.used(tx, f"{platform}:{user_id}", now) or Used(now)
        spent = (
            (used.messages, quota.messages, words.QUOTA_OF_MESSAGES),
            (used.tokens, quota.tokens, words.QUOTA_OF_TOKENS),
            (used.microdollars / 1_000_000, quota.dollars, words.QUOTA_OF_DOLLARS),
        )
        parts = (text.format(used=its, most=most) for its, most, text in spent if most is not None)
        return words.QUOTA_LEFT.format(parts=", ".join(parts), wait=words.ago(used.until - now))

    def _add(self, tx: Transaction, platform: str, user_id: str, used: Used) -> None:
        if self._of(platform, user_id):
            self._store.add(tx, f"{platform}:{user_id}", used)

    def _of(self, platform: str, user_id: str) -> Quota:
        quota = self._rules.quota()
        return Quota() if quota and self._rules.is_operator(platform, user_id) else quota
