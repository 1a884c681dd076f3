"""A message that somebody points at: "Ask about this" in its menu. Pure.

Source: https://discord.com/developers/docs/interactions/application-commands#message-commands.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from picklebot.model import words
from picklebot.model.message import InboundMessage
from picklebot.platforms.discord.interaction import snowflake_time
from picklebot.platforms.discord.parse import (
    Json,
    Place,
    address_of,
    attachments_of,
    language_of,
    parse_handle,
    person_of,
    quotes_of,
)

ON_MESSAGE: Final = 3
"""The type of a command that stands in the menu of messages."""


def parse_about(raw: Json, bot_id: str, place: Place) -> InboundMessage:
    """The question of an INTERACTION_CREATE that is such a command. Raises as the functions of `parse` do."""
    handle = parse_handle(raw)
    target: Json = raw["data"]["resolved"]["messages"][raw["data"]["target_id"]]
    return InboundMessage(
        update_id=handle.id,
        message_id=handle.id,
        address=address_of(bot_id, place, interaction=handle.text, language=language_of(raw)),
        sender=person_of(raw),
        text=words.WHAT_ABOUT_THIS,
        sent_at=datetime.fromtimestamp(snowflake_time(handle.id), UTC),
        attachments=attachments_of(target),
        quotes=quotes_of(target),
    )
