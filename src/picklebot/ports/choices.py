"""What chats may choose from, kept until it was chosen or is too old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from picklebot.model.choice import Buttons, Choice, Choices
from picklebot.ports.storage import Transaction


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice as it was offered: by `parcel_id`, in `chat` (see `model.parcel.chat_of`), to `user_id`.

    It may be chosen until `until`. `decided` is the label of what was chosen there, empty until then.
    """

    choice: Choice
    parcel_id: str
    chat: str
    user_id: str
    until: datetime
    decided: str = ""


class ChoiceStore(Protocol):
    """The offers of all chats. A handle is known to those who see its button, and cannot be guessed."""

    def offer(
        self, tx: Transaction, choices: Choices, *, parcel_id: str, chat: str, user_id: str, until: datetime
    ) -> Buttons:
        """Keep what a parcel offers, and give the buttons to show."""
        ...

    def find(self, tx: Transaction, handle: str) -> Offer | None:
        """What this handle stands for."""
        ...

    def decide(self, tx: Transaction, parcel_id: str, label: str) -> None:
        """Something was chosen there; the parcel's other choices are over, too."""
        ...
