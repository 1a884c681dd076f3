"""Catches up with what was said while no gateway session heard it.

Discord tells nothing of the past: not to another process, nor to the session after one that it invalidated. So
when a session begins, each channel in which something was said since its mark is read by REST. That happens in
the channel's lane, before what the session itself hears: order is kept, and admission and dedupe are the usual.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio
import structlog

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.platforms.discord.arrivals import joined
from picklebot.platforms.discord.lanes import Lanes
from picklebot.platforms.discord.marks import Marks
from picklebot.platforms.discord.rest import PAGE, Json, Rest

log = structlog.get_logger()

MOST_PAGES: Final = 2
"""So much of one channel is caught up with: 200 messages, the earliest first."""

MOST_DIRECT: Final = 1000
"""So many channels of direct messages are asked, the latest first; nothing tells whether anything was said there."""

SIDE_BY_SIDE: Final = 4
"""So many channels are read at once, so that answers find the REST API free."""

_WITHOUT_MESSAGES: Final = frozenset({4, 14, 15, 16})
"""The types of channels that only hold others; the last message of a forum is a thread."""

_TRIES: Final = 5
_FIRST_PAUSE: Final = 1.0

Take = Callable[[Json], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel or thread to catch up with; `joined` is the first id that the bot was there for."""

    id: str
    guild_id: str | None = None
    joined: int = 0


class Gaps:
    """Fills the gaps of one connection: `take` is given each message that was missed in a channel it `wants`."""

    def __init__(
        self,
        rest: Rest,
        marks: Marks,
        lanes: Lanes,
        *,
        take: Take,
        wants: Callable[[Json], bool],
        now: Callable[[], float],
    ) -> None:
        self._rest = rest
        self._marks = marks
        self._lanes = lanes
        self._take = take
        self._wants = wants
        self._now = now
        self._reading = anyio.CapacityLimiter(SIDE_BY_SIDE)
        self._met: set[str] = set()
        self._torn: dict[str, Channel] = {}

    def session_began(self) -> None:
        """A new session is there: of direct messages it tells nothing, so those that are known are asked."""
        self._met.clear()
        known = self._marks.direct()
        if len(known) > MOST_DIRECT:
            log.warning("some direct messages are not looked through", channels=len(known) - MOST_DIRECT)
        for channel_id in known[:MOST_DIRECT]:
            self.look_at(Channel(channel_id))

    def guild_came(self, raw: Json) -> None:
        """A server with its channels, and each one's last message, was told of."""
        guild_id, here_since = str(raw["id"]), joined(raw)
        for each in (*raw.get("channels", ()), *raw.get("threads", ())):
            self._met.add(str(each["id"]))
            if self._is_behind(each, here_since) and self._wants(each):
                self.look_at(Channel(str(each["id"]), guild_id, here_since))
        # What was archived since is not told of.
        for channel_id in set(self._marks.of_guild(guild_id)) - self._met:
            self.look_at(Channel(channel_id, guild_id, here_since))

    def look_at(self, channel: Channel) -> None:
        """Catch up with this channel, before whatever is heard there from now on."""
        self._met.add(channel.id)
        if not self._lanes.put(channel.id, partial(self._fill, channel)):
            self.tear(channel)

    def tear(self, channel: Channel) -> None:
        """Something that was heard there found no room."""
        self._marks.hold(channel.id)
        self._torn[channel.id] = channel

    def mend(self) -> None:
        """Catch up with what found no room, as far as there is room now."""
        while self._torn and self._lanes.roomy:
            _, channel = self._torn.popitem()
            self.look_at(channel)

    async def _fill(self, channel: Channel) -> None:
        missed = await self._read(channel)
        if missed is None:
            self._marks.hold(channel.id)
            return
        if channel.id not in self._torn:
            self._marks.release(channel.id)
        if missed:
            log.info("a channel is caught up with", channel=channel.id, messages=len(missed))
        for raw in missed:
            await self._take(raw)
            self._look_at_thread(raw, channel)

    async def _read(self, channel: Channel) -> list[Json] | None:
        """What was said there since, None when that cannot be learnt now; then the next session tries again."""
        pause = _FIRST_PAUSE
        for _ in range(_TRIES):
            try:
                return await self._said_since(channel)
            except DeliveryDelayedError as error:
                await anyio.sleep(max(error.seconds, pause))
                pause *= 2
            except DeliveryError as error:
                log.info("a channel cannot be caught up with", channel=channel.id, reason=str(error))
                return []
        log.error(
            "a channel could not be caught up with; the next connection tries again", channel=channel.id
        )
        return None

    async def _said_since(self, channel: Channel) -> list[Json]:
        after = max(self._marks.behind(channel.id, self._now()), channel.joined)
        found: list[Json] = []
        for _ in range(MOST_PAGES):
            async with self._reading:
                page = await self._rest.history(channel.id, after)
            found += page
            if len(page) < PAGE:
                return [_placed(raw, channel) for raw in found]
            after = int(page[-1]["id"])
        log.warning("more was said in a channel than is caught up with", channel=channel.id, read=len(found))
        return [_placed(raw, channel) for raw in found]

    def _is_behind(self, raw: Json, joined: int) -> bool:
        if raw["type"] in _WITHOUT_MESSAGES:
            return False
        last = int(raw.get("last_message_id") or 0)
        return last > max(self._marks.behind(str(raw["id"]), self._now()), joined)

    def _look_at_thread(self, raw: Json, channel: Channel) -> None:
        """A thread that began, and was archived, while nobody listened is known only to its first message."""
        thread: Json | None = raw.get("thread")
        if thread and str(thread["id"]) not in self._met:
            self.look_at(Channel(str(thread["id"]), channel.guild_id, channel.joined))


def _placed(raw: Json, channel: Channel) -> Json:
    """The message as the gateway would have told it."""
    return raw if channel.guild_id is None else {**raw, "guild_id": channel.guild_id}
