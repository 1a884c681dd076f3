"""How far each channel was read, over all processes.

A mark never stands before a message that was not dealt with, so it moves after the inbox's commit. That it is
written a moment later does no harm: what lies behind it is asked for again, and known by the inbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import anyio
import structlog
from anyio.abc import TaskStatus

from picklebot.errors import StorageError
from picklebot.platforms.discord.interaction import snowflake_at
from picklebot.ports.memory import AdapterMemory

log = structlog.get_logger()

REACH: Final = 86_400.0
"""Seconds; what was said before that is not caught up with."""

_SINCE: Final = "since"
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_TROUBLE_PAUSE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A channel's last message that was dealt with; without a `guild_id` it is one of direct messages."""

    message_id: int
    guild_id: str | None

    @property
    def text(self) -> str:
        """As it is kept."""
        return f"{self.message_id} {self.guild_id or ''}"

    @classmethod
    def read(cls, text: str) -> Mark:
        """The inverse of `text`."""
        message_id, _, guild_id = text.partition(" ")
        return cls(int(message_id), guild_id or None)


class Marks:
    """One bot's marks in memory, and the one that writes them down. `since` is when the bot first listened."""

    def __init__(self, memory: AdapterMemory, topic: str, since: int, marks: dict[str, Mark]) -> None:
        self._memory = memory
        self._topic = topic
        self._since = since
        self._marks = marks
        self._held: set[str] = set()
        self._moved: set[str] = set()
        self._news = anyio.Event()

    @classmethod
    async def load(cls, memory: AdapterMemory, bot_id: str, now: float) -> Marks:
        """The marks as of `now` (seconds since 1970). Raises StorageError.

        A bot that never listened before begins now: nothing that was said earlier is for it. Of channels that
        nobody spoke in for long nothing needs to be known, but direct messages are found by their mark alone.
        """
        topic = f"marks {bot_id}"
        kept = dict(await memory.recall(topic))
        if _SINCE not in kept:
            kept[_SINCE] = str(snowflake_at(now))
            await memory.keep(topic, {_SINCE: kept[_SINCE]})
        since = int(kept.pop(_SINCE))
        marks = {channel_id: Mark.read(text) for channel_id, text in kept.items()}
        old = {
            channel_id
            for channel_id, mark in marks.items()
            if mark.guild_id and mark.message_id < snowflake_at(now - REACH)
        }
        await memory.forget(topic, old)
        return cls(memory, topic, since, {key: mark for key, mark in marks.items() if key not in old})

    def of_guild(self, guild_id: str) -> list[str]:
        """The channels of a server that somebody spoke in of late."""
        return [channel_id for channel_id, mark in self._marks.items() if mark.guild_id == guild_id]

    def direct(self) -> list[str]:
        """The channels of direct messages that are known, the latest first."""
        known = [(mark.message_id, key) for key, mark in self._marks.items() if mark.guild_id is None]
        return [channel_id for _, channel_id in sorted(known, reverse=True)]

    def behind(self, channel_id: str, now: float) -> int:
        """The id behind which messages may not have been dealt with."""
        mark = self._marks.get(channel_id)
        return max(mark.message_id if mark else self._since, self.since(now))

    def since(self, now: float) -> int:
        """The id behind which anything is news: what was before the first start, or a day ago, is not."""
        return max(self._since, snowflake_at(now - REACH))

    async def meet(self, channel_id: str, message_id: int | None = None) -> None:
        """Know of direct messages for good, before the first of them (`message_id`) is dealt with.

        Nothing but their mark will ever lead there again. Raises StorageError.
        """
        if channel_id in self._marks:
            return
        self._set(channel_id, Mark(self._since if message_id is None else message_id - 1, None))
        try:
            await self.write()
        except StorageError:
            del self._marks[channel_id]
            self._moved.discard(channel_id)
            raise

    def move(self, channel_id: str, guild_id: str | None, message_id: int) -> None:
        """This message, and all before it, were dealt with."""
        mark = self._marks.get(channel_id)
        if channel_id not in self._held and (mark is None or mark.message_id < message_id):
            self._set(channel_id, Mark(message_id, guild_id))

    def hold(self, channel_id: str) -> None:
        """Let the mark stand: something behind it is missing."""
        self._held.add(channel_id)

    def release(self, channel_id: str) -> None:
        """Nothing is missing any more."""
        self._held.discard(channel_id)

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Write what moved, once in a few seconds, until cancelled.

        At first it is written sooner: if each process were killed before it wrote, the marks would fall behind by
        more than is caught up with.
        """
        task_status.started()
        pause = _FIRST_PAUSE
        while True:
            await self._news.wait()
            await anyio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                await self.write()
            except StorageError as error:
                log.warning("how far channels were read could not be written", error=str(error))
                await anyio.sleep(_TROUBLE_PAUSE)

    async def write(self) -> None:
        """Write what moved. Raises StorageError; then it is still to be written."""
        moved, self._moved = self._moved, set()
        self._news = anyio.Event()
        if not moved:
            return
        try:
            await self._memory.keep(self._topic, {key: self._marks[key].text for key in moved})
        except BaseException:
            self._moved |= moved
            self._news.set()
            raise

    def _set(self, channel_id: str, mark: Mark) -> None:
        self._marks[channel_id] = mark
        self._moved.add(channel_id)
        self._news.set()
