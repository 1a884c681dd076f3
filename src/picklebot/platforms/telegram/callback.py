"""Buttons on Telegram: how they are shown, and what comes when one is pressed. Pure.

Source: https://core.telegram.org/bots/api#callbackquery. A button carries its handle as `callback_data`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiogram.types import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup

from picklebot import clock
from picklebot.model import words
from picklebot.model.blank import asked_for
from picklebot.model.choice import Buttons, Press
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.parse import Json, address_of, language_of, person

CALLBACK: Final = "callback_query"
LONGEST_NOTE: Final = 200
LONGEST_PLACEHOLDER: Final = 64


@dataclass(frozen=True, slots=True)
class Callback:
    """A press, and the query by which Telegram wants it answered, always.

    `press` is None for a button of which nobody knows any more where it stands.
    """

    update_id: str
    query_id: str
    chat_id: str
    press: Press | None


def parse_callback(update: Json, bot: BotIdentity, now: datetime | None = None) -> Callback:
    """The callback of an update that has one. Raises as `parse` does for one that is not shaped as Telegram says."""
    query: Json = update[CALLBACK]
    message: Json | None = query.get("message")
    update_id, query_id = str(update["update_id"]), str(query["id"])
    if message is None or not query.get("data"):
        return Callback(update_id, query_id, "", None)
    private = message["chat"]["type"] == "private"
    address = address_of(message, bot, private=private, reply=False, language=language_of(query["from"]))
    press = Press(
        update_id=update_id,
        message_id=str(int(message["message_id"])),
        handle=str(query["data"]),
        address=address,
        sender=person(query["from"]),
        at=now or clock.now(),
    )
    return Callback(update_id, query_id, address.chat_id, press)


def markup(text: str, buttons: Buttons) -> InlineKeyboardMarkup | ForceReply | None:
    """What stands under a message that is sent: its buttons; where it asks somebody to write, their reply."""
    name = None if buttons else asked_for(text)
    if name is None:
        return keyboard(buttons)
    _, label = words.FORMS[name]
    return ForceReply(force_reply=True, input_field_placeholder=label[:LONGEST_PLACEHOLDER], selective=True)


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    """The buttons as Telegram wants them; None takes away those that stand there."""
    if not buttons:
        return None
    rows: list[list[Any]] = [
        [InlineKeyboardButton(text=button.label, callback_data=button.handle) for button in row]
        for row in buttons
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows)
