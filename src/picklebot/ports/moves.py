"""What is kept under a chat's id, for the day on which that changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from picklebot.model.moved import Moved
from picklebot.ports.storage import Transaction


class MoveStore(Protocol):
    """Finds what is kept under a chat's id, and keeps it under another."""

    def keys(self, tx: Transaction, platform: str, chat_id: str) -> Sequence[str]:
        """Every session key of this chat, whether it is bound or only earlier sessions have it."""
        ...

    def hand_over(self, tx: Transaction, platform: str, before: str, after: str) -> None:
        """The sessions of one key are those of another one from now on."""
        ...

    def readdress(self, tx: Transaction, moved: Moved) -> None:
        """What is owed to the chat goes where it is now, as new messages: those of before cannot be edited there."""
        ...
