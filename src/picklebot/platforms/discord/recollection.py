"""What was said in a channel before the bot heard it: Discord lets bots read that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import anyio
import structlog
from anyio.abc import TaskGroup

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model.message import Address, InboundMessage
from picklebot.platforms.discord.interaction import InteractionHandle
from picklebot.platforms.discord.line import Line
from picklebot.platforms.discord.parse import Json, Place, parse_message
from picklebot.platforms.discord.places import Places
from picklebot.platforms.discord.rest import Rest

log = structlog.get_logger()


@dataclass(slots=True)
class _Look:
    """One look at a channel, and what came of it."""

    found: Sequence[InboundMessage] = ()
    error: DeliveryError | None = None
    done: anyio.Event = field(default_factory=anyio.Event)


class DiscordRecollection:
    """Implements `ports.recollection.Recollection`.

    A look runs in a task of the connection, and whoever gives it up leaves it behind: discord.py may be waiting for a
    rate limit on behalf of all calls, and a call that is cancelled then would leave them waiting for ever.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._tasks: TaskGroup | None = None

    async def run(self) -> None:
        """Look while there is a connection, until cancelled."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                await anyio.sleep_forever()
            finally:
                self._tasks = None

    async def before(self, address: Address, most: int) -> Sequence[InboundMessage]:
        """See Recollection."""
        connection = self._line.now()
        if connection is None or self._tasks is None:
            raise _no_connection()
        rest, places = connection
        if (guild_id := places.guild_of(address)) is None:
            return ()
        look = _Look(error=_no_connection())
        self._tasks.start_soon(self._look, look, _Channel(rest, places, address, guild_id), most)
        await look.done.wait()
        if look.error is not None:
            raise look.error
        return look.found

    async def _look(self, look: _Look, channel: _Channel, most: int) -> None:
        try:
            look.found, look.error = await channel.last(most), None
        except DeliveryError as error:
            look.error = error
        finally:
            look.done.set()


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel or thread of a server, before a question in it."""

    rest: Rest
    places: Places
    address: Address
    guild_id: str

    async def last(self, most: int) -> Sequence[InboundMessage]:
        """Its last messages. Raises DeliveryError."""
        found = await self.rest.last(self._id(), self._before(), most)
        if not found:
            return ()
        placed = [{**raw, "guild_id": self.guild_id, "channel_id": self._id()} for raw in found]
        place = await self.places.of_message(placed[0])
        return [message for raw in placed for message in self._read(raw, place)]

    def _read(self, raw: Json, place: Place) -> Iterator[InboundMessage]:
        try:
            if (message := parse_message(raw, self.rest.bot_id, place)) is not None:
                yield message
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one message is its own affair
            log.warning("a message could not be read", message=raw.get("id"), kind=type(error).__name__)

    def _id(self) -> str:
        thread_id = None if self.address.begins_thread else self.address.thread_id
        return thread_id or self.address.chat_id

    def _before(self) -> str:
        if self.address.interaction is not None:
            return InteractionHandle.read(self.address.interaction).id
        return self.address.reply_to or str((1 << 63) - 1)


def _no_connection() -> DeliveryError:
    return DeliveryDelayedError("there is no connection to Discord now", seconds=1.0)
