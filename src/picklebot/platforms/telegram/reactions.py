"""The bot's reaction to a message. Source: https://core.telegram.org/bots/api#setmessagereaction."""

from __future__ import annotations

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import SetMessageReaction
from aiogram.types import ReactionTypeEmoji

from picklebot.model.message import Address
from picklebot.platforms.telegram.refusals import delivery_error
from picklebot.replies.eyes import EYES


class Reactions:
    """Shows eyes under messages (`replies.eyes.Show`)."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def show(self, address: Address, wanted: bool) -> None:
        """Open or close the eyes. Raises DeliveryError."""
        message_id = int(address.reply_to or 0)
        reaction = [ReactionTypeEmoji(emoji=EYES)] if wanted else []
        try:
            await self._bot(
                SetMessageReaction(chat_id=address.chat_id, message_id=message_id, reaction=[*reaction])
            )
        except AiogramError as error:
            raise delivery_error(error) from None
