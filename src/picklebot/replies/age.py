"""Replies that come late: what is said about it, and how. Pure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from picklebot.model import words
from picklebot.model.events import Failed, ReplyEvent, TextDelta
from picklebot.model.events import Final as FinalEvent
from picklebot.model.parcel import Parcel

STALE: Final = timedelta(minutes=60)
"""A finished reply that did not arrive in so long is let go; a message that waited so long is reminded of."""

LONG: Final = timedelta(seconds=60)
"""Whoever asked does not look at the screen any more after a turn of so long."""


def stale(parcel: Parcel, now: datetime) -> bool:
    """Whether this complete reply comes too late. One that has begun to show is always brought to its end."""
    return not parcel.posted and now - parcel.created_at > STALE


def calls(parcel: Parcel, now: datetime) -> bool:
    """Whether the asker of a reply that is complete `now` is called, because it was written for so long."""
    return parcel.calls or (parcel.text is None and now - parcel.created_at > LONG)


def stale_line(parcel: Parcel, now: datetime) -> str:
    """What is said in the place of a reply that comes too late."""
    return words.STALE.format(ago=words.ago(now - parcel.created_at))


def opening(parcel: Parcel) -> str:
    """What an answer begins with whose question waited long; empty for any other."""
    if parcel.asked_at is None or parcel.created_at - parcel.asked_at <= STALE:
        return ""
    return words.LATE.format(ago=words.ago(parcel.created_at - parcel.asked_at)) + "\n\n"


class Opened:
    """The events of a reply whose text begins with `opening`.

    A pending `anext` may be cancelled without losing an event, as long as that of `events` may.
    """

    def __init__(self, events: AsyncIterator[ReplyEvent], opening: str) -> None:
        self._events = events
        self._opening = opening
        self._begun = False

    def __aiter__(self) -> Opened:
        return self

    async def __anext__(self) -> ReplyEvent:
        event = await anext(self._events)
        match event:
            case TextDelta(text) if not self._begun:
                self._begun = True
                return TextDelta(self._opening + text)
            case FinalEvent(text=text) | Failed(text=text) if text.strip():
                return replace(event, text=self._opening + text)
            case _:
                return event
