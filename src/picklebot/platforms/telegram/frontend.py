"""Shows replies on Telegram: one message that is sent when it has something to say, and edited to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiogram import Bot

from picklebot.errors import DeliveryDelayedError
from picklebot.model.events import ReplyEvent
from picklebot.model.parcel import Parcel
from picklebot.platforms.telegram.options import TelegramOptions
from picklebot.platforms.telegram.route import Route
from picklebot.platforms.telegram.surface import TelegramSurface
from picklebot.ports.platform import NotePosted
from picklebot.replies.edits import EditedReply
from picklebot.replies.quiet import ResultOnly


class TelegramFrontend:
    """Implements `ports.platform.Frontend`. What a delayed parcel has taught is kept for its next try."""

    def __init__(self, bot: Bot, options: TelegramOptions) -> None:
        self._bot = bot
        self._options = options
        self._delayed: dict[str, Route] = {}

    async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], note: NotePosted) -> None:
        """See Frontend. Raises DeliveryDelayedError for what may get through later."""
        route = self._delayed.pop(parcel.id, None) or Route.to(parcel.address)
        surface = TelegramSurface(self._bot, parcel.address, route, self._options)
        try:
            await EditedReply(surface, parcel, note).show(
                events if self._options.previews else ResultOnly(events)
            )
        except DeliveryDelayedError:
            self._delayed[parcel.id] = route
            raise
