"""A reply whose words are shown only when they are complete."""

from __future__ import annotations

from collections.abc import AsyncIterator

from picklebot.model.events import ReplyEvent, TextDelta


class WholeOnly:
    """The events without the words that are still coming: tools, and `Final` or `Failed`.

    A pending `anext` may be cancelled without losing an event, as long as that of `events` may.
    """

    def __init__(self, events: AsyncIterator[ReplyEvent]) -> None:
        self._events = events

    def __aiter__(self) -> WholeOnly:
        return self

    async def __anext__(self) -> ReplyEvent:
        while True:
            event = await anext(self._events)
            if not isinstance(event, TextDelta):
                return event
