"""What a bot may say: one budget for each chat, and one for all of them.

Finals wait for their turn, first come, first served. All else may go only when no final waits and there is
enough at that moment: a beginning or a preview that finds nothing is let go, and a later one says more.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from enum import IntEnum
from typing import Final, Protocol

import anyio

from picklebot.errors import DeliveryDelayedError
from picklebot.model.rate import Rate, Rates
from picklebot.replies.bucket import Bucket

Clock = Callable[[], float]

_MOST_REMEMBERED: Final = 1_024


class Urgency(IntEnum):
    """Who goes first: the final text, the beginning of an answer, a preview of it."""

    FINAL = 0
    BEGINNING = 1
    PREVIEW = 2


class Allowance(Protocol):
    """What one chat may be told, and how soon."""

    def spend(self, urgency: Urgency) -> AbstractAsyncContextManager[None]:
        """A block with one call to the platform. A final waits until it may be made.

        Raises DeliveryDelayedError for all else when it may not be made now. When the call itself is told to
        wait, so is this chat, and no other.
        """
        ...


class Unlimited:
    """An Allowance without bounds."""

    @asynccontextmanager
    async def spend(self, urgency: Urgency) -> AsyncGenerator[None]:  # noqa: ARG002 - all are equal here
        """Go on."""
        yield


class Purse:
    """A bucket with a queue for finals; previews take at most half of it and leave the last token to others."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._all = Bucket(rate)
        self._previews = Bucket(rate.halved())
        self._clock = clock
        self._turn = anyio.Lock()
        self._queued = 0
        self._held_until = 0.0

    def hold(self, seconds: float) -> None:
        """Nothing may go for so long."""
        self._held_until = max(self._held_until, self._clock() + seconds)

    def missing(self, urgency: Urgency) -> float:
        """Seconds until a call that does not wait may be made, as far as is known; 0 when it may."""
        now = self._clock()
        spare = self._queued + (urgency is Urgency.PREVIEW)
        wait = max(self._held_until - now, self._all.wait(now, spare=spare))
        if self._queued and not wait:
            return 1 / self._all.rate.per_second
        return max(wait, self._previews.wait(now)) if urgency is Urgency.PREVIEW else wait

    async def queue(self) -> None:
        """Wait for the turn of a final and take it."""
        self._queued += 1
        try:
            async with self._turn:
                while (wait := self._missing_of_first()) > 0:  # noqa: ASYNC110 - time is what is waited for
                    await anyio.sleep(wait)
                self.begin(Urgency.FINAL)
        finally:
            self._queued -= 1

    def begin(self, urgency: Urgency) -> None:
        """A call is under way."""
        self._all.begin()
        if urgency is Urgency.PREVIEW:
            self._previews.begin()

    def cancel(self) -> None:
        """The call of a final was not made after all."""
        self._all.cancel()

    def end(self, urgency: Urgency) -> None:
        """The call was made."""
        now = self._clock()
        self._all.end(now)
        if urgency is Urgency.PREVIEW:
            self._previews.end(now)

    def full(self) -> bool:
        """Whether nothing would be lost by forgetting it."""
        now = self._clock()
        return (
            not self._queued and self._held_until <= now and self._all.full(now) and self._previews.full(now)
        )

    def _missing_of_first(self) -> float:
        now = self._clock()
        return max(self._held_until - now, self._all.wait(now))


class Budget:
    """The purses of one bot. Without rates there is no limit."""

    def __init__(self, rates: Rates | None, clock: Clock = time.monotonic) -> None:
        self._rates = rates
        self._clock = clock
        self._bot = Purse(rates.bot, clock) if rates else None
        self._chats: dict[str, Purse] = {}

    def of(self, chat_id: str, *, private: bool) -> Allowance:
        """The allowance of one chat."""
        if self._rates is None or self._bot is None:
            return Unlimited()
        rate = self._rates.chat if private else self._rates.group
        return ChatAllowance(lambda: self._purse(chat_id, rate), self._bot)

    def _purse(self, chat_id: str, rate: Rate) -> Purse:
        purse = self._chats.get(chat_id)
        if purse is None:
            if len(self._chats) >= _MOST_REMEMBERED:
                self._chats = {name: it for name, it in self._chats.items() if not it.full()}
            purse = self._chats[chat_id] = Purse(rate, self._clock)
        return purse


class ChatAllowance:
    """The Allowance of one chat of a bot."""

    def __init__(self, chat: Callable[[], Purse], bot: Purse) -> None:
        self._chat = chat
        self._bot = bot

    @asynccontextmanager
    async def spend(self, urgency: Urgency) -> AsyncGenerator[None]:
        """See Allowance."""
        chat = self._chat()
        await self._begin(chat, urgency)
        try:
            yield
        except DeliveryDelayedError as error:
            chat.hold(error.seconds)
            raise
        finally:
            chat.end(urgency)
            self._bot.end(urgency)

    async def _begin(self, chat: Purse, urgency: Urgency) -> None:
        if urgency is Urgency.FINAL:
            await self._queue(chat)
            return
        if missing := max(chat.missing(urgency), self._bot.missing(urgency)):
            raise DeliveryDelayedError("the budget is spent", seconds=missing)
        chat.begin(urgency)
        self._bot.begin(urgency)

    async def _queue(self, chat: Purse) -> None:
        await chat.queue()
        try:
            await self._bot.queue()
        except BaseException:
            chat.cancel()
            raise
