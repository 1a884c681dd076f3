"""From the gateway's raw events to the bus, in order, and kept before anything else is done with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

import anyio
import structlog
from anyio.abc import TaskGroup, TaskStatus

from picklebot.errors import DeliveryDelayedError, StoppingError, StorageError, UnwritableError
from picklebot.model import words
from picklebot.model.arrival import Arrival
from picklebot.model.change import Edited, Withdrawn
from picklebot.model.choice import Press
from picklebot.model.message import ChatKind, InboundMessage
from picklebot.platforms.discord.about import ON_MESSAGE, parse_about
from picklebot.platforms.discord.arrivals import Arrivals, joined
from picklebot.platforms.discord.components import PRESSED, parse_press
from picklebot.platforms.discord.deferral import Deferral
from picklebot.platforms.discord.gaps import Channel, Gaps
from picklebot.platforms.discord.lanes import Lanes
from picklebot.platforms.discord.marks import Marks
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.platforms.discord.parse import (
    Json,
    Place,
    language_of,
    parse_handle,
    parse_message,
    parse_slash,
)
from picklebot.platforms.discord.places import Places
from picklebot.platforms.discord.rest import Rest
from picklebot.platforms.discord.typing import TYPING, suggest
from picklebot.ports.platform import Intake, Receipt
from picklebot.replies.eyes import Eyes

log = structlog.get_logger()

T = TypeVar("T")

ROOM: Final = 10_000
"""So many messages may wait for the bus."""

_LAST_WORD: Final = 2.0
_SLASH_COMMAND: Final = 2
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0
_MOST_STUMBLES: Final = 3


class Listener:
    """Hears for one connection, and what was said before it. What was heard is tried until it is kept.

    `trouble` says why messages cannot be kept now; it is empty when they can.
    """

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
        self._tasks: TaskGroup | None = None
        self.trouble = ""

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Work until cancelled."""
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._lanes.run)
            self._tasks = tasks
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
            case "INTERACTION_CREATE" if raw["type"] == _SLASH_COMMAND:
                with words.in_language(language_of(raw)):
                    self._hear_slash(raw)
            case "INTERACTION_CREATE" if raw["type"] == TYPING:
                self._hear_typing(raw)
            case "INTERACTION_CREATE":
                self._hear_press(raw)
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

    def _hear_slash(self, raw: Json) -> None:
        """Say "thinking…" at once, but take the command in its turn."""
        if self._tasks is None:
            return
        place = self._places.of_slash(raw)
        deferral = Deferral(self._rest, parse_handle(raw))
        if not self._listens_in(place):
            self._tasks.start_soon(deferral.refuse, words.NOT_HERE)
            return
        parse = parse_about if raw["data"].get("type") == ON_MESSAGE else parse_slash
        message = parse(raw, self._rest.bot_id, place)
        if self._lanes.put(raw["channel_id"], partial(self._take_slash, message, deferral)):
            self._tasks.start_soon(deferral.begin)
        else:
            self._tasks.start_soon(deferral.refuse, words.LANE_FULL)

    def _hear_typing(self, raw: Json) -> None:
        """Say what may follow, beside everything else: Discord waits three seconds for it, and no longer."""
        place = self._places.of_slash(raw)
        if self._tasks is not None and self._listens_in(place):
            message = parse_slash(raw, self._rest.bot_id, place)
            self._tasks.start_soon(suggest, self._rest, self._intake, message)

    def _hear_press(self, raw: Json) -> None:
        """Let the button come to rest at once, and take the press in its turn."""
        if raw["type"] != PRESSED or self._tasks is None:
            return
        press = parse_press(raw, self._rest.bot_id, self._places.of_slash(raw))
        deferral = Deferral(self._rest, parse_handle(raw))
        self._tasks.start_soon(deferral.rest)
        self._lanes.put(raw["channel_id"], partial(self._take_press, press, deferral))

    async def _take_press(self, press: Press, deferral: Deferral) -> None:
        with suppress(StoppingError):
            note = await self._until_kept(lambda: self._intake.press(press), press.update_id)
            if note and self._tasks is not None:
                self._tasks.start_soon(deferral.note, note)

    async def _take_arrival(self, arrival: Arrival) -> None:
        with suppress(StoppingError):
            await self._until_kept(lambda: self._intake.arrive(arrival), arrival.update_id)

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
                await self._until_kept(lambda: self._intake.edit(edited), message.message_id)

    async def _take_back(self, raw: Json) -> None:
        message_id, place = str(raw["id"]), await self._place(raw)
        withdrawn = Withdrawn("discord", self._rest.bot_id, place.chat_id, message_id)
        with suppress(StoppingError):
            await self._until_kept(lambda: self._intake.withdraw(withdrawn), message_id)

    async def _take_slash(self, message: InboundMessage, deferral: Deferral) -> None:
        """A command whose person was told that we did not respond is not carried out: they will say it again."""
        if await deferral.stands():
            with words.in_language(message.address.language):
                await self._carry_out(message, deferral)

    async def _carry_out(self, message: InboundMessage, deferral: Deferral) -> None:
        try:
            receipt = await self._keep(message)
        except StoppingError:
            # Said before the connection goes: no start asks for it again, as it does for messages.
            with anyio.move_on_after(_LAST_WORD, shield=True):
                await deferral.settle(None, message.sender.user_id)
            return
        if self._tasks is not None:
            self._tasks.start_soon(deferral.settle, receipt, message.sender.user_id)

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

        return await self._until_kept(take, message.message_id)

    async def _until_kept(self, take: Callable[[], Awaitable[T]], message_id: str) -> T | None:
        """Try until it is durable; what breaks the intake itself is given up, for those behind it.

        Raises StoppingError: then the next start asks for it.
        """
        stumbles, pause = 0, _FIRST_PAUSE
        while True:
            try:
                taken = await take()
                self.trouble = ""
                return taken
            except StoppingError:
                raise
            except Exception as error:
                if isinstance(error, StorageError) and not isinstance(error, UnwritableError):
                    self.trouble = f"messages cannot be kept: {error}"
                    log.error("a message cannot be kept yet", message=message_id, error=str(error))
                else:
                    stumbles += 1
                    log.exception("a message could not be taken", message=message_id, attempt=stumbles)
                if stumbles == _MOST_STUMBLES:
                    return None
            await anyio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
