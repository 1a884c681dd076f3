"""The way to Discord while there is one."""

from __future__ import annotations

from typing import Final

import anyio

from picklebot.errors import DeliveryDelayedError
from picklebot.model.message import Address
from picklebot.platforms.discord.firsts import FirstAnswers
from picklebot.platforms.discord.places import Places
from picklebot.platforms.discord.rest import Rest
from picklebot.replies.eyes import EYES

_PATIENCE: Final = 20.0
_PAUSE: Final = 1.0


class Line:
    """Joins the adapter, which opens and loses connections, to the frontend, which needs one.

    `firsts` are the first answers that the one gives, and replies of the other wait for.
    """

    def __init__(self) -> None:
        self.firsts = FirstAnswers()
        self._rest: Rest | None = None
        self._places: Places | None = None
        self._opened = anyio.Event()

    def open(self, rest: Rest, places: Places) -> None:
        """From now on, this is the connection, and what it knows of places."""
        self._rest, self._places = rest, places
        self._opened.set()

    def close(self) -> None:
        """There is none now."""
        self._rest = self._places = None
        self._opened = anyio.Event()

    def now(self) -> tuple[Rest, Places] | None:
        """The connection and what it knows of places, if there is one at this moment."""
        return None if self._rest is None or self._places is None else (self._rest, self._places)

    async def react(self, address: Address, wanted: bool) -> None:
        """Open or close the eyes under a message (`replies.eyes.Show`); without a connection they stay."""
        if self._rest is not None and address.reply_to is not None:
            here = address.chat_id if address.begins_thread else address.thread_id
            channel_id = here or address.chat_id
            await self._rest.react(channel_id, address.reply_to, EYES, wanted=wanted)

    async def rest(self) -> Rest:
        """The connection, waited for a little. Raises DeliveryDelayedError when there is none for longer."""
        with anyio.move_on_after(_PATIENCE):
            while self._rest is None:
                await self._opened.wait()
        if self._rest is None:
            raise DeliveryDelayedError("there is no connection to Discord now", seconds=_PAUSE)
        return self._rest
