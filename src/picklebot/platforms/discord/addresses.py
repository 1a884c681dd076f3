"""Discord's channels by their ids, and people whose channel is still to be opened. Pure."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from typing import Final

from picklebot.model.message import Address, ChatKind

DIRECT: Final = "user:"
"""Begins the chat id of direct messages with a user: Discord tells their channel only when it is opened."""

_ID: Final = re.compile(r"[0-9]{1,20}")


class DiscordAddresses:
    """Implements `ports.posting.AddressBook` for the bot of a token.

    A chat is then the same one, with the same turn and the same pauses, whether the bot or a person speaks first.
    """

    def __init__(self, token: str) -> None:
        self._bot_id = bot_of(token)

    def chat(self, chat_id: str, thread_id: str | None = None) -> Address:
        """See AddressBook. A channel's number does not tell a server's from direct messages."""
        for number in (chat_id, thread_id or chat_id):
            if not _ID.fullmatch(number):
                raise ValueError("a Discord channel or thread is named by its number")
        return Address("discord", self._bot_id, chat_id, ChatKind.GROUP, thread_id)

    def person(self, user_id: str, thread_id: str | None = None) -> Address:
        """See AddressBook."""
        if not _ID.fullmatch(user_id):
            raise ValueError("a Discord user is named by their number")
        return Address("discord", self._bot_id, f"{DIRECT}{user_id}", ChatKind.PRIVATE, thread_id)


def bot_of(token: str) -> str:
    """The id of the bot, which its token begins with; empty for what is no token of Discord."""
    first = token.partition(".")[0]
    try:
        known = urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode("ascii")
    except ValueError:
        return ""
    return known if _ID.fullmatch(known) else ""
