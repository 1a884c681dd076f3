"""Telegram's chats by their ids. Pure.

Source: https://core.telegram.org/bots/api#chat; users have positive ids, groups and channels negative ones, and a
private chat has the id of its user.
"""

from __future__ import annotations

import re
from typing import Final

from picklebot.model.message import Address, ChatKind

_CHAT: Final = re.compile(r"-?[0-9]{1,20}")
_NUMBER: Final = re.compile(r"[0-9]{1,20}")


class TelegramAddresses:
    """Implements `ports.posting.AddressBook` for the bot of a token."""

    def __init__(self, token: str) -> None:
        self._bot_id = token.partition(":")[0]

    def chat(self, chat_id: str, thread_id: str | None = None) -> Address:
        """See AddressBook."""
        if not _CHAT.fullmatch(chat_id):
            raise ValueError("a Telegram chat is named by its number")
        if thread_id is not None and not _NUMBER.fullmatch(thread_id):
            raise ValueError("a Telegram topic is named by its number")
        kind = ChatKind.GROUP if chat_id.startswith("-") else ChatKind.PRIVATE
        return Address("telegram", self._bot_id, chat_id, kind, thread_id)

    def person(self, user_id: str, thread_id: str | None = None) -> Address:
        """See AddressBook."""
        return self.chat(user_id, thread_id)
