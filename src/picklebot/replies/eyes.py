"""👀 under a message of a group from when it was taken until it is answered: a courtesy, for which nobody waits."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Final

import anyio
import structlog

from picklebot import clock
from picklebot.bell import Bell
from picklebot.errors import DeliveryError, DeliveryImpossibleError
from picklebot.model.choice import Buttons
from picklebot.model.events import ReplyEvent
from picklebot.model.message import Address, ChatKind
from picklebot.model.parcel import Parcel, chat_of
from picklebot.ports.platform import Frontend, PartNotes

log = structlog.get_logger()

EYES: Final = "👀"
MOST_WAITING: Final = 1_000
"""So many changes may wait to be shown; what comes beyond that is not shown."""
MOST_OPEN: Final = 10_000
PATIENCE: Final = 5.0
"""Seconds that one change may take."""
PARTING: Final = 2.0
"""Seconds at the end in which open eyes may still be closed."""
LEFT_ALONE: Final = 600.0
"""Seconds for which a chat that refused them is not shown eyes."""

Show = Callable[[Address, bool], Awaitable[None]]
"""Open or close the eyes under `address.reply_to`. Raises DeliveryError."""


class Eyes:
    """Opens and closes eyes in order, one after the other. Whatever goes wrong with them changes nothing else."""

    def __init__(self, show: Show, *, now: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._now = now
        self._since = clock.now()
        self._wanted: dict[Address, bool] = {}
        self._open: dict[Address, None] = {}
        self._refused: dict[str, float] = {}
        self._news = Bell()

    def open(self, address: Address) -> None:
        """This message was taken; in a private chat that goes without saying."""
        if address.chat_kind is ChatKind.GROUP and address.reply_to and not self._is_refused(address):
            self._want(address, True)

    def close(self, address: Address, asked_at: datetime | None = None) -> None:
        """This message is answered. What was asked before the process began may have been taken by another one."""
        if self._wanted.get(address):
            del self._wanted[address]  # nobody has seen them yet
        elif address in self._open or (address.reply_to and asked_at is not None and asked_at < self._since):
            self._want(address, False)

    async def run(self) -> None:
        """Show what is wanted until cancelled; eyes that are to be closed are closed before the end, if it can be."""
        try:
            while True:
                while self._wanted:
                    await self._show_next()
                await self._news.wait()
        finally:
            with anyio.move_on_after(PARTING, shield=True):
                while self._wanted:
                    await self._show_next()

    def _want(self, address: Address, wanted: bool) -> None:
        if len(self._wanted) < MOST_WAITING:
            self._wanted[address] = wanted
            self._news.ring()

    async def _show_next(self) -> None:
        address = next(iter(self._wanted))
        wanted = self._wanted.pop(address)
        self._open.pop(address, None)
        if wanted:
            self._open[address] = None
        if len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]
        try:
            with anyio.move_on_after(PATIENCE):
                await self._show(address, wanted)
        except DeliveryImpossibleError as error:
            if wanted:  # what cannot be closed may stand under a message that is gone
                self._refused[chat_of(address)] = self._now() + LEFT_ALONE
            log.info("a chat shows no reactions", chat=chat_of(address), reason=str(error))
        except DeliveryError as error:
            log.info("a reaction could not be shown", chat=chat_of(address), reason=str(error))

    def _is_refused(self, address: Address) -> bool:
        chat = chat_of(address)
        if self._refused.get(chat, 0.0) <= self._now():
            self._refused.pop(chat, None)
            return False
        return True


class Seen:
    """Implements `ports.platform.Frontend` by another one: once that has shown an answer, the eyes are closed."""

    def __init__(self, frontend: Frontend, eyes: Eyes) -> None:
        self._frontend = frontend
        self._eyes = eyes

    async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:
        """See Frontend. What is said in no session's name answers no message that was taken."""
        await self._frontend.render(parcel, events, notes)
        if parcel.session_id and parcel.address.chat_kind is ChatKind.GROUP:
            self._eyes.close(parcel.address, parcel.asked_at)

    async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
        """See Frontend."""
        return await self._frontend.whisper(parcel, text, buttons)

    async def withdraw(self, parcel: Parcel, message_id: str) -> None:
        """See Frontend."""
        await self._frontend.withdraw(parcel, message_id)

    def close(self, parcel: Parcel) -> None:
        """See Frontend."""
        self._frontend.close(parcel)
        self._eyes.close(parcel.address, parcel.asked_at)
