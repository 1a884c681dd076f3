"""Shows replies on Telegram: one message that is sent when it has something to say, and edited to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from aiogram import Bot

from picklebot.errors import DeliveryDelayedError
from picklebot.model.choice import Buttons
from picklebot.model.events import ReplyEvent
from picklebot.model.message import ChatKind
from picklebot.model.parcel import STATUS, Parcel
from picklebot.platforms.telegram.options import TelegramOptions
from picklebot.platforms.telegram.render import PLACEHOLDER
from picklebot.platforms.telegram.route import Knack, Route
from picklebot.platforms.telegram.surface import TelegramSurface
from picklebot.ports.platform import PartNotes
from picklebot.replies.budget import Allowance, Budget, Urgency
from picklebot.replies.drafts import Draft
from picklebot.replies.edits import EditedReply
from picklebot.replies.quiet import WholeOnly

_MOST_DELAYED: Final = 1_000


class TelegramFrontend:
    """Implements `ports.platform.Frontend`. What a delayed parcel has taught is kept for its next try."""

    def __init__(self, bot: Bot, options: TelegramOptions) -> None:
        self._bot = bot
        self._options = options
        self._budget = Budget(options.rates)
        self._knack = Knack(options.rich)
        self._delayed: dict[str, Route] = {}

    async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:
        """See Frontend. Raises DeliveryDelayedError for what may get through later."""
        route = self._delayed.pop(parcel.id, None) or Route.to(parcel.address)
        surface = TelegramSurface(self._bot, parcel, route, self._options, self._knack)
        allowance = self._allowance(parcel)
        reply = EditedReply(
            surface,
            parcel,
            notes,
            allowance=allowance,
            draft=self._draft(parcel, surface, allowance),
            placeholder=PLACEHOLDER if self._options.placeholder else None,
        )
        try:
            await reply.show(events if self._options.previews else WholeOnly(events))
        except DeliveryDelayedError:
            if len(self._delayed) < _MOST_DELAYED:
                self._delayed[parcel.id] = route
            raise

    def _draft(self, parcel: Parcel, surface: TelegramSurface, allowance: Allowance) -> Draft | None:
        """The draft of a reply that is written in private, and of which nothing stands there yet."""
        private = parcel.address.chat_kind is ChatKind.PRIVATE
        if not (self._options.drafts and private and parcel.text is None) or parcel.posted:
            return None

        async def send(text: str) -> None:
            async with allowance.spend(Urgency.PREVIEW):
                await surface.draft(text)

        return Draft(send, pace=surface.pace)

    async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
        """See Frontend."""
        surface = TelegramSurface(self._bot, parcel, Route.to(parcel.address), self._options)
        line = surface.line(text, buttons)
        async with self._allowance(parcel).spend(Urgency.PREVIEW):
            if parcel.status is None:
                return await surface.post(line, STATUS)
            await surface.edit(parcel.status, line)
        return parcel.status

    async def withdraw(self, parcel: Parcel, message_id: str) -> None:
        """See Frontend."""
        await TelegramSurface(self._bot, parcel, Route.to(parcel.address), self._options).remove(message_id)

    def close(self, parcel: Parcel) -> None:
        """See Frontend. Nothing of the kind is shown."""
        self._delayed.pop(parcel.id, None)

    def _allowance(self, parcel: Parcel) -> Allowance:
        return self._budget.of(parcel.address.chat_id, private=parcel.address.chat_kind is ChatKind.PRIVATE)
