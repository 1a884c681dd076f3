"""The stream of one reply, between the turn that speaks and the frontend that shows it.

It never makes the speaker wait: text that was not taken yet is merged, so what it holds is bounded by the
length of the answer, and a slow or dead chat never holds a session.
"""

from __future__ import annotations

from collections import deque

from picklebot.bell import Bell
from picklebot.model.events import Failed, Final, ReplyEvent, TextDelta


class ReplyAbandonedError(Exception):
    """The turn ended without a result (the process is stopping); the reply comes another time."""


class ReplyStream:
    """An async iterator of reply events that ends after `Final` or `Failed`.

    A pending `anext` may be cancelled without losing an event.
    """

    def __init__(self) -> None:
        self._events: deque[ReplyEvent] = deque()
        self._result: Final | Failed | None = None
        self._abandoned = False
        self._ended = False
        self._news = Bell()
        self._settling = Bell()

    @classmethod
    def of(cls, result: Final | Failed) -> ReplyStream:
        """A stream whose answer is complete already."""
        stream = cls()
        stream.push(result)
        return stream

    @property
    def settled(self) -> bool:
        """Whether there is a result, or will never be one."""
        return self._abandoned or self._result is not None

    def push(self, event: ReplyEvent) -> None:
        """Add an event; neighbouring deltas become one. Nothing may follow a result."""
        last = self._events[-1] if self._events else None
        if isinstance(event, TextDelta) and isinstance(last, TextDelta):
            self._events[-1] = TextDelta(last.text + event.text)
        else:
            self._events.append(event)
        if isinstance(event, Final | Failed):
            self._result = event
            self._settling.ring()
        self._news.ring()

    def abandon(self) -> None:
        """End without a result: whoever reads gets ReplyAbandonedError. After a result it does nothing."""
        if self._result is None:
            self._abandoned = True
            self._settling.ring()
            self._news.ring()

    async def result(self) -> Final | Failed:
        """Wait for the end. Raises ReplyAbandonedError when there will be none."""
        await self.wait_settled()
        if self._result is None:
            raise ReplyAbandonedError
        return self._result

    async def wait_settled(self) -> None:
        """Return once there is a result, or will never be one."""
        if not self.settled:
            await self._settling.wait()

    def __aiter__(self) -> ReplyStream:
        return self

    async def __anext__(self) -> ReplyEvent:
        while not self._events:
            if self._abandoned:
                raise ReplyAbandonedError
            if self._ended:
                raise StopAsyncIteration
            await self._news.wait()
        event = self._events.popleft()
        self._ended = isinstance(event, Final | Failed)
        return event
