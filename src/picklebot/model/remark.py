"""What people say to each other where the bot is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """Somebody said something in a chat with others. `speaker` is the name they go by, or their id."""

    speaker: str
    text: str
    at: datetime
