"""What a browser says, as a message. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from picklebot.model.message import Address, Command, InboundMessage, Sender

PLATFORM: Final = "web"
BOT_ID: Final = "web"

_COMMAND: Final = re.compile(r"\s*/([A-Za-z0-9_]{1,32})(?:\s+(.*))?", re.DOTALL)


def address_of(speaker: str, message_id: str | None = None) -> Address:
    """The chat of a speaker: their own, and nobody else's."""
    return Address(PLATFORM, BOT_ID, chat_id=speaker, reply_to=message_id)


def sender_of(speaker: str) -> Sender:
    """The person behind a cookie, of whom nothing but the cookie is known."""
    return Sender(user_id=speaker, name="")


def inbound(speaker: str, text: str, message_id: str, at: datetime) -> InboundMessage:
    """Build the message.

    `message_id` was made by the page, so that a message it posts again after a lost answer is known as the
    same one. The speaker is part of the update id: nobody can use up the ids of somebody else.
    """
    return InboundMessage(
        update_id=f"{speaker}:{message_id}",
        message_id=message_id,
        address=address_of(speaker, message_id),
        sender=sender_of(speaker),
        text=text,
        sent_at=at,
        command=parse_command(text),
    )


def parse_command(text: str) -> Command | None:
    """`/name args` as a command; a path like `/etc/hosts` is a text."""
    match = _COMMAND.fullmatch(text)
    if match is None:
        return None
    return Command(match[1].lower(), (match[2] or "").strip())
