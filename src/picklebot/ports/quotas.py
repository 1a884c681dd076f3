"""What each person has used of their day."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from picklebot.model.quota import Used
from picklebot.ports.storage import Transaction


class QuotaStore(Protocol):
    """`speaker` is a person of a platform, such as telegram:123, wherever they write."""

    def used(self, tx: Transaction, speaker: str, now: datetime) -> Used | None:
        """What they used of the day that is theirs now, None where none has begun."""
        ...

    def add(self, tx: Transaction, speaker: str, used: Used) -> None:
        """Add to their day; where it is over, or none has begun, one begins at `used.since`."""
        ...
