"""What somebody did to a message that they had sent before."""

from __future__ import annotations

from dataclasses import dataclass

from picklebot.model.message import InboundMessage


@dataclass(frozen=True, slots=True)
class Edited:
    """The message reads like this now; its `message_id` is the one that it had."""

    message: InboundMessage

    @property
    def update_id(self) -> str:
        """The platform's number for the edit."""
        return self.message.update_id


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The message is not there any more."""

    platform: str
    bot_id: str
    chat_id: str
    message_id: str
