"""One reader of the hub: a bounded mailbox in which text melts together while the reader is slow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final as Constant

import anyio

from picklebot.model.events import Failed, Final, ReplyEvent, TextDelta

LIMIT: Constant = 256
"""Events a mailbox holds. Beyond it previews are dropped; finals are not."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An answer begins, or begins again after a failed try: what was shown of it is void."""


@dataclass(frozen=True, slots=True)
class HubEvent:
    """An event of the reply `parcel_id` to the message `reply_to`."""

    parcel_id: str
    reply_to: str | None
    event: Begun | ReplyEvent


class Subscription:
    """The events of one chat, or of the reply to one message, for one reader."""

    def __init__(self, only_reply_to: str | None, on_close: Callable[[Subscription], None]) -> None:
        self._only = only_reply_to
        self._on_close = on_close
        self._events: deque[HubEvent] = deque()
        self._news = anyio.Event()
        self._ended = False

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> HubEvent:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def receive(self) -> HubEvent:
        """Wait for the next event. Raises anyio.EndOfStream when there will be none."""
        while not self._events:
            if self._ended:
                raise anyio.EndOfStream
            self._news = anyio.Event()
            await self._news.wait()
        return self._events.popleft()

    async def receive_within(self, seconds: float) -> HubEvent | None:
        """The same, or None when nothing came for so long."""
        with anyio.move_on_after(seconds):
            return await self.receive()
        return None

    def offer(self, event: HubEvent) -> None:
        """Put an event into the mailbox; never waits."""
        if self._ended or (self._only is not None and event.reply_to != self._only):
            return
        if not self._melt(event):
            self._events.append(event)
            if len(self._events) > LIMIT:
                self._thin_out()
        self._news.set()

    def end(self) -> None:
        """Let the reader have what is there, and then end its iteration."""
        self._ended = True
        self._news.set()

    def close(self) -> None:
        """The reader is gone."""
        self.end()
        self._events.clear()
        self._on_close(self)

    def _melt(self, event: HubEvent) -> bool:
        """Join a delta with a delta of the same reply that still waits as the last of the mailbox."""
        last = self._events[-1] if self._events else None
        if last is None or last.parcel_id != event.parcel_id:
            return False
        if not (isinstance(last.event, TextDelta) and isinstance(event.event, TextDelta)):
            return False
        self._events[-1] = replace(last, event=TextDelta(last.event.text + event.event.text))
        return True

    def _thin_out(self) -> None:
        """Drop previews. A reader who is too slow even for finals is ended: it comes back and reloads."""
        self._events = deque(item for item in self._events if isinstance(item.event, Final | Failed))
        if len(self._events) > LIMIT:
            self.end()
