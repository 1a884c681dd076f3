"""The chats that may be spoken to first. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from picklebot.errors import UsageError
from picklebot.model.message import Address
from picklebot.model.session import Session
from picklebot.ports.posting import AddressBook
from picklebot.sessions.key import parse_key

_CHAT: Final = re.compile(r"([a-z]+):([^#\s]+)(?:#([^#\s]+))?")


@dataclass(frozen=True, slots=True)
class Destinations:
    """The address books of the platforms that are switched on, and the chat that is meant when none is named."""

    books: Mapping[str, AddressBook]
    default_platform: str | None = None
    default_chats: Mapping[str, str] = field(default_factory=dict[str, str])

    def named(self, to: str) -> Address:
        """The chat that `to` names. Raises UsageError."""
        match = _CHAT.fullmatch(to)
        if match is None:
            raise UsageError(f"{to!r} is not a chat; write PLATFORM:CHAT_ID or PLATFORM:CHAT_ID#THREAD")
        return self._chat(*match.groups())

    def default(self) -> Address:
        """The default platform's default chat. Raises UsageError where there is none."""
        platform = self.default_platform
        if platform is None:
            raise UsageError(
                "there is no default chat; set messagebus.default_platform and its default_chat_id, "
                "or name a chat or a session"
            )
        chat_id = self.default_chats.get(platform)
        if self._book(platform) and chat_id is None:
            raise UsageError(
                f"{platform} has no default chat; set messagebus.{platform}.default_chat_id, "
                "or name a chat or a session"
            )
        return self._chat(platform, chat_id or "", None)

    def of_session(self, session: Session, last: Address | None) -> Address:
        """Where a session is spoken to: where it was `last`, else where its key says. Raises UsageError."""
        book = self._book(session.platform)
        if last is not None:
            self._book(last.platform)
            return replace(last, reply_to=None, interaction=None)
        try:
            key = parse_key(session.platform, session.speaker)
            return (
                book.person(key.speaker or "", key.thread)
                if key.chat is None
                else book.chat(key.chat, key.thread)
            )
        except ValueError as error:
            raise UsageError(f"session {session.id} cannot be posted to: {error}") from None

    def _chat(self, platform: str, chat_id: str, thread_id: str | None) -> Address:
        try:
            return self._book(platform).chat(chat_id, thread_id)
        except ValueError as error:
            raise UsageError(f"{platform}:{chat_id} cannot be posted to: {error}") from None

    def _book(self, platform: str) -> AddressBook:
        book = self.books.get(platform)
        if book is None:
            names = ", ".join(sorted(self.books)) or "none"
            raise UsageError(f"nothing can be posted to {platform}; platforms that are switched on: {names}")
        return book
