"""Shows replies on Discord: one message that is sent when it has something to say, and edited to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from picklebot.model.choice import Buttons
from picklebot.model.events import ReplyEvent
from picklebot.model.parcel import STATUS, Parcel
from picklebot.platforms.discord.components import Part
from picklebot.platforms.discord.line import Line
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.platforms.discord.surface import DiscordSurface
from picklebot.ports.platform import PartNotes
from picklebot.replies.edits import EditedReply
from picklebot.replies.quiet import WholeOnly

PLACEHOLDER: Final = Part("…")
"""Stands for an answer of which there is nothing to show yet."""


class DiscordFrontend:
    """Implements `ports.platform.Frontend`."""

    def __init__(self, line: Line, options: DiscordOptions) -> None:
        self._line = line
        self._options = options

    async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:
        """See Frontend. Raises DeliveryDelayedError for what may get through later."""
        surface = DiscordSurface(await self._line.rest(), parcel, self._options)
        if parcel.address.interaction is not None:
            await self._line.firsts.given(parcel.address.interaction)
        shown = events if self._options.previews else WholeOnly(events)
        placeholder = PLACEHOLDER if self._options.placeholder else None
        await EditedReply(surface, parcel, notes, placeholder=placeholder).show(shown)

    async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
        """See Frontend."""
        surface = DiscordSurface(await self._line.rest(), parcel, self._options)
        line = surface.line(text, buttons)
        if parcel.status is None:
            return await surface.post(line, STATUS)
        await surface.edit(parcel.status, line)
        return parcel.status

    async def withdraw(self, parcel: Parcel, message_id: str) -> None:
        """See Frontend."""
        await DiscordSurface(await self._line.rest(), parcel, self._options).remove(message_id)

    def close(self, parcel: Parcel) -> None:
        """See Frontend. Nothing of the kind is shown."""
