"""What one person may use of the bot in a day, over all accounts that they were joined to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAY: Final = timedelta(days=1)
"""It begins with the first message of an account, and the next with the first after that."""


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
    """What an account used in the day that began at `since`."""

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


def together(days: Sequence[Used]) -> Used:
    """What a person used with all their accounts, of which there is one at least, since the first of their days."""
    return Used(
        min(day.since for day in days),
        sum(day.messages for day in days),
        sum(day.tokens for day in days),
        sum(day.microdollars for day in days),
    )


def enough_again(days: Sequence[Used], enough: Callable[[Used], bool]) -> datetime | None:
    """When so many of these days are over that what is left is little enough; None where it is now."""
    left, at = sorted(days, key=lambda day: day.since), None
    while left and not enough(together(left)):
        at = left.pop(0).until
    return at
