"""What one person may use of the bot in a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAY: Final = timedelta(days=1)
"""It begins with the first message of a person, and the next with the first after that."""


@dataclass(frozen=True, slots=True)
class Quota:
    """The most of each in a day; None is as much as one likes. An answer that goes beyond is still given whole."""

    messages: int | None = None
    tokens: int | None = None
    dollars: float | None = None

    def __bool__(self) -> bool:
        return not (self.messages is None and self.tokens is None and self.dollars is None)


@dataclass(frozen=True, slots=True)
class Used:
    """What somebody used in the day that began at `since`."""

    since: datetime
    messages: int = 0
    tokens: int = 0
    microdollars: int = 0

    @property
    def until(self) -> datetime:
        """When their next day may begin."""
        return self.since + DAY

    def has_messages(self, quota: Quota) -> bool:
        """Whether one more message is within it."""
        return quota.messages is None or self.messages < quota.messages

    def has_answers(self, quota: Quota) -> bool:
        """Whether there is anything left for an answer."""
        tokens = quota.tokens is None or self.tokens < quota.tokens
        return tokens and (quota.dollars is None or self.microdollars < quota.dollars * 1_000_000)
