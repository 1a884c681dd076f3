"""How often the bot may begin a gateway session: whoever does it 1,000 times a day loses the token.

A restart, a crash and a session that Discord invalidated each cost one IDENTIFY. What was spent is a bucket that
leaks: some starts close together are free, and then the pauses between them double, up to the time in which one
leaks out. So it bounds the whole day, also over processes, and however long or short each of them lived.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import anyio
import structlog

from picklebot.clock import CLOCK
from picklebot.errors import PlatformError
from picklebot.ports.memory import AdapterMemory

log = structlog.get_logger()

DAY: Final = 86_400.0

LEAK: Final = 1200.0
"""Seconds in which one start is forgiven, for a bot that Discord allows 1,000 a day; of more, more at once.

That is 72 a day, beside the 15 or so that the bucket holds.
"""

FREE: Final = 4.0
"""So many starts in the bucket cost no pause."""

FEWEST: Final = 200
"""Discord tells how many starts are left for the day; so far from none of them we stop."""

TOPIC: Final = "starts"

_TYPICAL: Final = 1000
_LOOK_AGAIN: Final = 900.0
_IN_PLACE: Final = 20.0
"""Seconds that a connection may wait before it starts again; discord.py gives up on it after a minute."""
_POLITE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Clock:
    """The time in seconds since 1970, and how to wait for it."""

    now: Callable[[], float] = CLOCK.seconds
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep


@dataclass(frozen=True, slots=True)
class StartLimit:
    """What Discord allows: `total` starts a day, of which `remaining` are left for the next `reset_after` seconds."""

    total: int
    remaining: int
    reset_after: float

    @property
    def leak(self) -> float:
        """Seconds in which one start is forgiven."""
        return LEAK * _TYPICAL / max(1, self.total)


@dataclass(frozen=True, slots=True)
class Starts:
    """What was spent: the bucket's `level` just after the last start, which was `at` (seconds since 1970)."""

    level: float = 0.0
    at: float = 0.0

    def and_one(self, now: float, leak: float = LEAK) -> Starts:
        """After one more start at `now`. A clock that was set back forgives nothing."""
        leaked = max(0.0, now - self.at) / leak
        return Starts(max(0.0, self.level - leaked) + 1, now)

    def pause(self, now: float, leak: float = LEAK) -> float:
        """Seconds until the next start may be; never more than the time in which one is forgiven."""
        if self.level <= FREE:
            return 0.0
        due = min(leak, 2.0 ** min(self.level - FREE, 60.0))
        return min(due, max(0.0, self.at + due - now))

    @property
    def text(self) -> str:
        """As it is kept."""
        return f"{self.level!r} {self.at!r}"

    @classmethod
    def read(cls, text: str | None) -> Starts:
        """The inverse of `text`; without one, nothing was spent."""
        return cls(*map(float, text.split())) if text else cls()


class StartBudget:
    """The starts of one bot, remembered over processes. `ask` asks Discord what it allows."""

    def __init__(
        self, memory: AdapterMemory, bot_id: str, ask: Callable[[], Awaitable[StartLimit]], clock: Clock
    ) -> None:
        self._memory = memory
        self._bot_id = bot_id
        self._ask = ask
        self._clock = clock
        self._limit = StartLimit(_TYPICAL, _TYPICAL, DAY)
        self.waiting = ""
        """Why it waits, for people; empty when it does not."""

    async def wait(self) -> None:
        """Return when a start may be made. Raises StorageError and what `ask` raises."""
        while True:
            seconds, self.waiting = await self._due()
            if not seconds:
                return
            log.warning("the bot waits before it starts again", seconds=round(seconds), reason=self.waiting)
            await self._clock.sleep(min(seconds, _LOOK_AGAIN))

    async def spend(self, initial: bool) -> None:
        """Count a start, durably, before it is made; one that is not `initial` waits its turn before.

        Raises StorageError, and PlatformError when that takes too long; then it must not be made.
        """
        if not initial:
            seconds, reason = await self._due()
            if seconds > _IN_PLACE:
                raise PlatformError(reason)
            await self._clock.sleep(max(seconds, _POLITE))
        value = (await self._spent()).and_one(self._clock.now(), self._limit.leak).text
        await self._memory.keep(TOPIC, {self._bot_id: value})

    async def _due(self) -> tuple[float, str]:
        """Seconds until the next start may be, and why."""
        self._limit = limit = await self._ask()
        if limit.remaining < FEWEST:
            return max(1.0, limit.reset_after), (
                f"only {limit.remaining} starts are left for this bot today, and with none Discord resets the "
                "token; it waits for tomorrow"
            )
        pause = (await self._spent()).pause(self._clock.now(), limit.leak)
        if not pause:
            return 0.0, ""
        return pause, f"the bot was started so often that it waits {pause:.0f} seconds, to keep its token"

    async def _spent(self) -> Starts:
        return Starts.read((await self._memory.recall(TOPIC)).get(self._bot_id))
