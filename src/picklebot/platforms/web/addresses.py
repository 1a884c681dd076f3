"""The page's chats: each is its speaker's, and has a session."""

from __future__ import annotations

from picklebot.model.message import Address
from picklebot.platforms.web.parse import address_of


class WebAddresses:
    """Implements `ports.posting.AddressBook`."""

    def chat(self, chat_id: str, thread_id: str | None = None) -> Address:  # noqa: ARG002 - none will do
        """See AddressBook. Nobody knows whose page an id is, so there is no chat to name."""
        raise ValueError("the page has no chats to name; name a session")

    def person(self, user_id: str, thread_id: str | None = None) -> Address:  # noqa: ARG002 - a page has no threads
        """See AddressBook."""
        return address_of(user_id)
