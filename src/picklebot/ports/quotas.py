"""What each account has used of its day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from picklebot.model.person import Identity
from picklebot.model.quota import Used
from picklebot.ports.storage import Transaction


class QuotaStore(Protocol):
    """A `speaker` is an account, wherever they write."""

    def days(self, tx: Transaction, speaker: Identity, now: datetime) -> Sequence[Used]:
        """What this account, and each that it is one person with, used of the day that is its own now.

        An account whose day has not begun has none.
        """
        ...

    def add(self, tx: Transaction, speaker: Identity, used: Used) -> None:
        """Add to the day of this account; where it is over, or none has begun, one begins at `used.since`."""
        ...
