"""What is owed to a chat: one reply or notice, and what became of the messages that show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from picklebot.model.choice import Buttons
from picklebot.model.enclosure import Enclosure
from picklebot.model.message import Address

STATUS: Final = -1
"""The position, beside the parts, of the silent message that stands for a reply until that begins."""

CALL: Final = -2
"""The position of the message that calls whoever asked back to an answer that took long."""

FILES: Final = -10
"""The position of the first file that goes with an answer; the others go down from there."""


class ParcelState(StrEnum):
    """`open` is being written, `new` is complete and owed. The others but `uncertain` are ends.

    `uncertain` is owed like `new`, but a part of it may have been sent though nobody told us. `sent` arrived,
    `parked` can never arrive, `expired` came too late: at most a line in the chat says so.
    """

    OPEN = "open"
    NEW = "new"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    PARKED = "parked"
    EXPIRED = "expired"


class PartState(StrEnum):
    """One message of a parcel: `new` was surely not sent, `sending` is on its way, `sent` is there.

    `uncertain` was on its way when the connection or the process ended. What a start finds as `sending` is that.
    """

    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One thing to deliver.

    `posted` are the platform's ids of the messages that already show a part of it, in order; a frontend
    edits those instead of posting again. `uncertain` are the parts of which an earlier send may have arrived
    unseen: what is posted for them says that it may be a repeat. `text` is None while the answer is still being
    written. `created_at` is when the text was complete, or when its writing began. `asked_at` is when the
    person wrote what this answers. `buttons` stand under its last message. `status` is the message that stands for
    it until it begins, and goes then. `asker` is the user id of who may end the turn, empty where there is none. With
    `calls` the asker's phone shall ring when it is complete, though its beginning has rung before. `files` come after
    its text.
    """

    id: str
    session_id: str
    address: Address
    created_at: datetime
    text: str | None = None
    posted: tuple[str, ...] = ()
    uncertain: frozenset[int] = frozenset()
    asked_at: datetime | None = None
    buttons: Buttons = ()
    status: str | None = None
    asker: str = ""
    calls: bool = False
    files: tuple[Enclosure, ...] = ()

    @property
    def chat(self) -> str:
        """The chat in one text, different for different chats."""
        return chat_of(self.address)


def chat_of(address: Address) -> str:
    """A chat as one text: platform, bot and chat, whatever the thread."""
    return f"{address.platform}:{address.bot_id}:{address.chat_id}"
