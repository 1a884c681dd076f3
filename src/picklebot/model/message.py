"""What a platform says to the bus: one message, who sent it, and where an answer belongs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from picklebot.model.plain import plain


class ChatKind(StrEnum):
    """Whether others read along."""

    PRIVATE = "private"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who spoke. `user_id` is the platform's id as the operator sees it; an anonymous group admin is the group.

    `name` is for people, and empty where none is known. `memberships` is what the platform says they belong to
    where they spoke, such as `guild:1` and `role:2`. `platform` is the one they are known on, where that is another
    than the one they spoke on, as when a program speaks for them; else it is empty.
    """

    user_id: str
    name: str
    is_bot: bool = False
    memberships: tuple[str, ...] = ()
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an answer goes. It travels in the job, so a reply can never reach another chat than its question.

    `thread_id` is a forum topic or a thread. `reply_to` is the message that asked. `interaction` is the
    platform's own handle on a slash command, opaque to everybody but its frontend. `language` is that of who asked,
    as the platform has it (`de`, `pt-BR`), and empty where it tells none: what is said here is said in it, but it
    makes no other place.
    """

    platform: str
    bot_id: str
    chat_id: str
    chat_kind: ChatKind = ChatKind.PRIVATE
    thread_id: str | None = None
    reply_to: str | None = None
    interaction: str | None = None
    language: str = field(default="", compare=False)

    @classmethod
    def load(cls, data: dict[str, Any]) -> Address:
        """The inverse of `plain`, also of what an earlier version wrote."""
        return cls(**{**data, "chat_kind": ChatKind(data["chat_kind"])})

    @property
    def begins_thread(self) -> bool:
        """Whether the answer goes to a thread on the very message that asked."""
        return self.thread_id is not None and self.thread_id == self.reply_to


@dataclass(frozen=True, slots=True)
class Attachment:
    """What came with a message. `kind` is the platform-neutral word: photo, document, sticker, voice …

    `note` is what a thing says that is no file: where a location is, what a poll asks.
    """

    kind: str
    file_id: str
    name: str = ""
    mime: str = ""
    size: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a message replies to, as far as its platform shows it. `author` is empty where nobody is named."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a question that came in several. `id` is that of the job which keeps this message alone."""

    id: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    quotes: tuple[Quote, ...] = ()
    origin: str = ""

    def dump(self) -> dict[str, Any]:
        """The part as JSON-ready plain data; `load` is its inverse."""
        return {
            **plain(self),
            "attachments": [plain(attachment) for attachment in self.attachments],
            "quotes": [plain(quote) for quote in self.quotes],
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> Part:
        """Build a part from what `dump` made."""
        return cls(
            data["id"],
            data["text"],
            tuple(Attachment(**item) for item in data["attachments"]),
            tuple(Quote(**item) for item in data.get("quotes", ())),
            data.get("origin", ""),
        )


@dataclass(frozen=True, slots=True)
class Command:
    """`/name args` — the name in lower case, without slash and without the bot's own name."""

    name: str
    args: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message from one platform, parsed.

    `update_id` and `message_id` are two independent keys by which a redelivery is known.
    `text` has a leading mention of the bot stripped. `spoken_to` is the platform's fact that this message
    addresses the bot: a private chat, a command for it, a reply to it, a mention of it. `awaits` are the seconds
    in which more of the same question may follow, as with an album or a text that was cut; 0 for what stands alone.
    `quotes` are what it replies to, and `origin` names who first wrote what this only passes on. `parts` are the
    messages of a question that was asked before, in several, and that this asks again. With `sums_up` it wants no
    answer but a summary of the conversation; the words say what that is to keep, and may be empty.
    """

    update_id: str
    message_id: str
    address: Address
    sender: Sender
    text: str
    sent_at: datetime
    spoken_to: bool = True
    command: Command | None = None
    attachments: tuple[Attachment, ...] = ()
    awaits: float = 0.0
    quotes: tuple[Quote, ...] = ()
    origin: str = ""
    parts: tuple[Part, ...] = ()
    sums_up: str | None = None
