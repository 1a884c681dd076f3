"""From the gateway's raw events to the bus, in order, and kept before anything else is done with them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

import anyio
import structlog
from anyio.abc import TaskStatus

from picklebot.errors import DeliveryDelayedError, StoppingError
from picklebot.model.arrival import Arrival
from picklebot.model.change import Edited, Withdrawn
from picklebot.model.message import ChatKind, InboundMessage
from picklebot.platforms.discord.arrivals import Arrivals, joined
from picklebot.platforms.discord.firsts import FirstAnswers
from picklebot.platforms.discord.gaps import Channel, Gaps
from picklebot.platforms.discord.interactions import Interactions
from picklebot.platforms.discord.keeping import Keeping
from picklebot.platforms.discord.lanes import Lanes
from picklebot.platforms.discord.marks import Marks
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.platforms.discord.parse import Json, Place, parse_message
from picklebot.platforms.discord.places import Places
from picklebot.platforms.discord.rest import Rest
from picklebot.ports.platform import Intake, Receipt
from picklebot.replies.eyes import Eyes

log = structlog.get_logger()

ROOM: Final = 10_000
"""So many messages may wait for the bus."""


class Listener:
    """Hears for one connection, and what was said before it. What was heard is tried until it is kept."""

    def __init__(
        self,
        intake: Intake,
        options: DiscordOptions,
        places: Places,
        arrivals: Arrivals,
        rest: Rest,
        *,
        marks: Marks,
        eyes: Eyes,
        firsts: FirstAnswers,
        now: Callable[[], float],
    ) -> None:
        self._intake = intake
        self._options = options
        self._places = places
        self._arrivals = arrivals
        self._now = now
        self._rest = rest
        self._marks = marks
        self._eyes = eyes
        self._lanes = Lanes(ROOM)
        self._gaps = Gaps(rest, marks, self._lanes, take=self._take_message, wants=self._wants, now=now)
        self._firsts = firsts
        self._keeping = Keeping()
        self._interactions: Interactions | None = None

    @property
    def trouble(self) -> str:
        """Why messages cannot be kept now; empty when they can."""
        return self._keeping.trouble

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Work until cancelled."""
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._lanes.run)
            self._interactions = Interactions(
                self._intake,
                self._options,
                self._places,
                self._rest,
                lanes=self._lanes,
                keeping=self._keeping,
                firsts=self._firsts,
                tasks=tasks,
            )
            task_status.started()

    async def drain(self) -> None:
        """Return when everything that was heard has been dealt with."""
        await self._lanes.drain()

    def hear(self, event: str, raw: Json) -> None:
        """Take an event; returns at once. Raises whatever an odd one leads to."""
        match event:
            case "READY":
                self._gaps.session_began()
            case "GUILD_CREATE":
                self._gaps.guild_came(raw)
                self._hear_arrival(raw)
            case "INTERACTION_CREATE":
                if self._interactions is not None:
                    self._interactions.hear(raw)
            case "MESSAGE_UPDATE":
                self._hear_edit(raw)
            case "MESSAGE_DELETE":
                self._lanes.put(str(raw["channel_id"]), partial(self._take_back, raw))
            case _:
                self._hear_message(raw)

    def _hear_message(self, raw: Json) -> None:
        channel_id, _ = str(raw["channel_id"]), raw["author"]["id"]
        if not self._lanes.put(channel_id, partial(self._take_message, raw)):
            self._gaps.tear(Channel(channel_id, raw.get("guild_id")))
        self._gaps.mend()

    def _hear_edit(self, raw: Json) -> None:
        """Discord tells also of what is not edited, such as the preview of a link that has come."""
        if raw.get("edited_timestamp") and raw["author"]["id"] != self._rest.bot_id:
            self._lanes.put(str(raw["channel_id"]), partial(self._take_edit, raw))

    def _hear_arrival(self, raw: Json) -> None:
        """Each session begins with all servers; the bus knows which of those it has been told of."""
        if joined(raw) > self._marks.since(self._now()) and (arrival := self._arrivals.arrival(raw)):
            self._lanes.put(arrival.address.chat_id, partial(self._take_arrival, arrival))

    async def _take_arrival(self, arrival: Arrival) -> None:
        with suppress(StoppingError):
            await self._keeping.until_kept(lambda: self._intake.arrive(arrival), arrival.update_id)

    async def _take_message(self, raw: Json) -> None:
        """Deal with a message, however it came; then its channel was read so far."""
        channel_id, guild_id = str(raw["channel_id"]), raw.get("guild_id")
        if raw["author"]["id"] != self._rest.bot_id and not await self._deal_with(raw):
            self._marks.hold(channel_id)
        self._marks.move(channel_id, guild_id, int(raw["id"]))

    async def _deal_with(self, raw: Json) -> bool:
        """Whether that was possible; what cannot be read is no reason to come back to it."""
        place = await self._place(raw)
        if not self._listens_in(place):
            return True
        try:
            message = parse_message(raw, self._rest.bot_id, place)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one message is its own affair
            log.warning("a message could not be read", message=raw.get("id"), kind=type(error).__name__)
            return True
        try:
            if message is not None and await self._keep(message) is Receipt.ACCEPTED:
                self._eyes.open(message.address)
        except StoppingError:
            return False
        return True

    async def _take_edit(self, raw: Json) -> None:
        try:
            message = parse_message(raw, self._rest.bot_id, await self._place(raw))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one edit is its own affair
            log.warning("an edit could not be read", message=raw.get("id"), kind=type(error).__name__)
            return
        if message is not None and message.text.strip() and message.command is None:
            edited = Edited(message)
            with suppress(StoppingError):
                await self._keeping.until_kept(lambda: self._intake.edit(edited), message.message_id)

    async def _take_back(self, raw: Json) -> None:
        message_id, place = str(raw["id"]), await self._place(raw)
        withdrawn = Withdrawn("discord", self._rest.bot_id, place.chat_id, message_id)
        with suppress(StoppingError):
            await self._keeping.until_kept(lambda: self._intake.withdraw(withdrawn), message_id)

    def _listens_in(self, place: Place) -> bool:
        return place.private or self._options.listens_in(place.chat_id)

    def _wants(self, channel: Json) -> bool:
        """Whether to catch up with a channel that a server listed; a thread counts by the channel it is in."""
        is_thread = "thread_metadata" in channel
        heard = self._options.listens_in(str(channel["parent_id"] if is_thread else channel["id"]))
        return heard and self._places.readable(channel)

    async def _place(self, raw: Json) -> Place:
        """Ask until Discord answers: only its own channel waits meanwhile, and its mark stays where it is."""
        while True:
            try:
                return await self._places.of_message(raw)
            except DeliveryDelayedError as error:
                log.warning("a message waits for its channel to be known", message=raw.get("id"))
                await anyio.sleep(error.seconds)

    async def _keep(self, message: InboundMessage) -> Receipt | None:
        """Try until the message is durable."""

        async def take() -> Receipt:
            if message.address.chat_kind is ChatKind.PRIVATE and message.address.interaction is None:
                await self._marks.meet(message.address.chat_id, int(message.message_id))
            return await self._intake.accept(message)

        return await self._keeping.until_kept(take, message.message_id)
