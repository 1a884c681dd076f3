"""A reply that is shown only when it is complete."""

from __future__ import annotations

from collections.abc import AsyncIterator

from picklebot.model.events import Failed, Final, ReplyEvent


class ResultOnly:
    """The events without their previews: only `Final` or `Failed` comes through.

    A pending `anext` may be cancelled without losing an event, as long as that of `events` may.
    """

    def __init__(self, events: AsyncIterator[ReplyEvent]) -> None:
        self._events = events

    def __aiter__(self) -> ResultOnly:
        return self

    async def __anext__(self) -> ReplyEvent:
        while True:
            event = await anext(self._events)
            if isinstance(event, Final | Failed):
                return event
