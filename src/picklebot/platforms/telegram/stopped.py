"""Somebody stopped a draft that was being written. Pure.

Source: https://core.telegram.org/bots/api#messagegenerationstopped. Drafts are for private chats only, so the chat is
who stopped it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from picklebot import clock
from picklebot.model import words
from picklebot.model.message import Command, InboundMessage, Sender
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.parse import Json, address_of

STOPPED: Final = "stopped_message_generation"


def parse_stopped(update: Json, bot: BotIdentity, now: datetime | None = None) -> InboundMessage:
    """The command that it means, of which nothing is said. Raises as `parse` does."""
    stopped: Json = update[STOPPED]
    update_id = str(int(update["update_id"]))
    address = address_of(
        {**stopped, "is_topic_message": "message_thread_id" in stopped}, bot, private=True, reply=False
    )
    return InboundMessage(
        update_id=update_id,
        message_id=f"stopped:{update_id}",
        address=address,
        sender=Sender(address.chat_id, ""),
        text="/stop",
        sent_at=now or clock.now(),
        command=Command("stop", words.QUIETLY),
    )
