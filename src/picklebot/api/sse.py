"""Server-sent events: a subscription on its way to a browser or a program."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Final

import anyio
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from picklebot.platforms.web.subscription import HubEvent, Subscription

HEARTBEAT: Final = 15.0
"""Seconds of silence after which a comment is sent, so that nobody in between takes the line for dead."""


def sse(name: str, data: dict[str, Any]) -> bytes:
    """One event. ASCII only: a lone surrogate of some model must not break the stream."""
    return format_sse_event(event=name, data_str=json.dumps(data))


class EventStream(EventSourceResponse):
    """Sends what a subscription gives until it ends or the reader goes away, and closes it.

    `show` turns an event into bytes; `is_last` ends the stream after the event it is true for.
    """

    def __init__(
        self,
        subscription: Subscription,
        show: Callable[[HubEvent], bytes],
        *,
        opening: Iterable[bytes] = (),
        is_last: Callable[[HubEvent], bool] = lambda _: False,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._subscription = subscription
        self._show = show
        self._opening = opening
        self._is_last = is_last
        self._heartbeat = heartbeat
        super().__init__(self._chunks(), headers={"cache-control": "no-store", "x-accel-buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._subscription:
            await super().__call__(scope, receive, send)

    async def _chunks(self) -> AsyncIterator[bytes]:
        for chunk in self._opening:
            yield chunk
        try:
            while True:
                event = await self._subscription.receive_within(self._heartbeat)
                yield b": still here\n\n" if event is None else self._show(event)
                if event is not None and self._is_last(event):
                    return
        except anyio.EndOfStream:
            return
