"""The way that one reply takes to its chat, and what refusals teach about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aiogram.exceptions import AiogramError, TelegramMigrateToChat

from picklebot.errors import DeliveryDelayedError
from picklebot.model.message import Address
from picklebot.platforms.telegram.refusals import Remedy, delivery_error, remedy_for
from picklebot.platforms.telegram.render import LIMIT, Part

GENERAL_TOPIC: Final = "1"
"""A forum's first topic. Telegram knows it for chat actions, but refuses it when sending."""

_SHORTEST: Final = 256


@dataclass(slots=True)
class Knack:
    """Whether rich messages get through to a bot's server, as far as is known."""

    rich: bool


@dataclass(slots=True)
class Route:
    """The way of one parcel, with what refusals have taught about it.

    `limit` is in UTF-16 units; `modest` are the parts that do not get through as rich messages. Once the chat
    `moved`, `arrived` are the messages that were sent to what it became: the numbers of others are those of somebody
    else's there.
    """

    chat_id: str
    thread_id: str | None
    reply_to: str | None
    limit: int = LIMIT
    modest: set[int] = field(default_factory=set[int])
    moved: bool = False
    arrived: set[str] = field(default_factory=set[str])

    @property
    def topic(self) -> str | None:
        """The topic to name when sending. A group's General one is left out; private chats have no such."""
        general = self.thread_id == GENERAL_TOPIC and self.chat_id.startswith("-")
        return None if general else self.thread_id

    def leads_to(self, message_id: str) -> bool:
        """Whether this message of ours stands where the way leads now."""
        return not self.moved or message_id in self.arrived

    @classmethod
    def to(cls, address: Address) -> Route:
        """The way to an address, with nothing learnt yet."""
        return cls(address.chat_id, address.thread_id, address.reply_to)

    def learn(self, error: AiogramError, part: Part, knack: Knack) -> Part:
        """What to send instead of a refused part. Raises DeliveryError when nothing else would help."""
        match remedy_for(error, rich=bool(part.rich)):
            case Remedy.MODEST:
                self.modest.add(part.place)
                return part.modest()
            case Remedy.NEVER_RICH:
                knack.rich = False
                return part.modest()
            case Remedy.PLAIN if part.entities:
                return part.plain()
            case Remedy.WITHOUT_THREAD if self.thread_id is not None:
                self.thread_id = None
            case Remedy.WITHOUT_REPLY if self.reply_to is not None:
                self.reply_to = None
            case Remedy.MOVE if isinstance(error, TelegramMigrateToChat):
                self.chat_id, self.thread_id, self.reply_to = str(error.migrate_to_chat_id), None, None
                self.moved, self.arrived = True, set()
            case Remedy.SHORTER if self.limit > _SHORTEST:
                self.limit //= 2
                raise DeliveryDelayedError("Telegram counts this text longer than we do", seconds=0.0)
            case _:
                raise delivery_error(error) from None
        return part
