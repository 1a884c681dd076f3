"""Sends the files of an answer, one after the other, silently, when its text stands in the chat.

A file never costs the answer anything: one that cannot be sent becomes a line that says so. What is about to be sent
is written down before, so that a crash repeats at most the one that it cut off.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic

import structlog

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model import words
from picklebot.model.attachments import size
from picklebot.model.enclosure import Enclosure
from picklebot.model.parcel import FILES, Parcel
from picklebot.model.result_path import name_of
from picklebot.ports.platform import PartNotes
from picklebot.ports.results import OpenFile
from picklebot.replies.budget import Allowance, Urgency
from picklebot.replies.surface import Part, Surface

log = structlog.get_logger()

MOST_TRIES: Final = 5
"""After so many sends of a file whose end nobody knows it is given up, for what is behind it in its chat."""


class Enclosing(Generic[Part]):
    """The files of one parcel on its way."""

    def __init__(
        self, surface: Surface[Part], parcel: Parcel, notes: PartNotes, allowance: Allowance
    ) -> None:
        self._surface = surface
        self._parcel = parcel
        self._notes = notes
        self._allowance = allowance

    async def send(self, files: Sequence[Enclosure]) -> None:
        """Send those that have not arrived. Raises DeliveryDelayedError for what may get through later."""
        for index, file in enumerate(files):
            if not file.arrived:
                await self._send(FILES - index, file)

    async def _send(self, position: int, file: Enclosure) -> None:
        opened = await self._notes.open_file(file.path)
        if opened is None:
            await self._tell(position, words.FILE_GONE.format(name=name_of(file.path)))
            return
        with opened.content:
            if opened.size > self._surface.largest_file:
                line = words.FILE_TOO_LARGE
            elif file.interrupted >= MOST_TRIES or not await self._attach(position, opened):
                line = words.FILE_REFUSED
            else:
                return
        await self._tell(position, await self._instead(file, opened, line))

    async def _attach(self, position: int, file: OpenFile) -> bool:
        """Send it; False when this chat takes no such file."""
        try:
            await self._noted(position, lambda: self._surface.attach(file, position))
        except DeliveryDelayedError:
            raise
        except (DeliveryError, OSError) as error:
            log.info("a file was refused", parcel=self._parcel.id, reason=str(error))
            return False
        return True

    async def _instead(self, file: Enclosure, opened: OpenFile, why: str) -> str:
        """Why it does not come, and how it can be had all the same."""
        link = await self._notes.link_file(file.path)
        where = words.FILE_LINK if link else words.FILE_PLACE
        place = f"{self._parcel.session_id}/{file.path}"
        told = why.format(name=opened.name, size=size(opened.size))
        return f"{told} {where.format(link=link, place=place)}"

    async def _tell(self, position: int, text: str) -> None:
        """Say a line in the place of a file. Where not even that can be, nothing is left to do."""
        line = self._surface.line(text, ())
        try:
            await self._noted(position, lambda: self._surface.post(line, position))
        except DeliveryDelayedError:
            raise
        except DeliveryError as error:
            log.warning("a file is given up", parcel=self._parcel.id, reason=str(error))
            await self._notes.note_posted(position, "")

    async def _noted(self, position: int, send: Callable[[], Awaitable[str]]) -> None:
        await self._notes.note_sending(position)
        try:
            async with self._allowance.spend(Urgency.FINAL):
                message_id = await send()
        except DeliveryError as error:
            maybe_done = isinstance(error, DeliveryDelayedError) and error.maybe_done
            await self._notes.note_failed(position, maybe_done=maybe_done)
            raise
        await self._notes.note_posted(position, message_id)
