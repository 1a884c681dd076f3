"""What operators are told without having asked."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class NewsKind(StrEnum):
    """What happened. Of each kind there is one message in ten minutes at most."""

    DEAD_LETTER = "dead_letter"
    PLATFORM_PARKED = "platform_parked"
    KEY_REFUSED = "key_refused"
    PAIRING = "pairing"


class News(Protocol):
    """Tells the operators."""

    def tell(self, kind: NewsKind, text: str) -> None:
        """Let the operators know `text`, one friendly sentence without secrets. Returns at once and never fails.

        What comes soon after another of its kind is merged with what follows: the last text, and how many there were.
        """
        ...
