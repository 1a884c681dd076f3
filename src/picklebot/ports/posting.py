"""Speaking first: where that may be, and what was posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from picklebot.model.message import Address
from picklebot.ports.storage import Transaction


class AddressBook(Protocol):
    """Addresses on one platform that no message came from. Pure; raises ValueError for what is none there."""

    def chat(self, chat_id: str, thread_id: str | None = None) -> Address:
        """The chat of this id, as an operator writes it."""
        ...

    def person(self, user_id: str, thread_id: str | None = None) -> Address:
        """The private chat with this user."""
        ...


class Whereabouts(Protocol):
    """Where sessions were last spoken to."""

    def last_address(self, tx: Transaction, session_id: str) -> Address | None:
        """The address of the session's newest message that is still known."""
        ...


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that will arrive. An answer goes on in `session_id`, which is empty where nobody knows in which."""

    id: str
    address: Address
    session_id: str


class Poster(Protocol):
    """Lets the service speak first."""

    async def post(
        self,
        text: str,
        *,
        to: str | None = None,
        session_id: str | None = None,
        post_id: str | None = None,
        written_at: datetime | None = None,
    ) -> Posted:
        """Post to the chat `to` (PLATFORM:CHAT_ID or PLATFORM:CHAT_ID#THREAD), to a session, or to the default chat.

        On return the text is durable, and on its way. It stands in the history of the session that an answer to it
        goes on in. With a `post_id` of the caller's own, what was posted to the same place under it in the last
        seven days is not posted again. It grows stale from when it was written: now, unless the caller knows better.

        Raises UsageError for a chat that cannot be posted to, NotFoundError for an unknown session, and ConflictError
        for a `post_id` under which another text was posted.
        """
        ...
