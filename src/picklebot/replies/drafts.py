"""An answer while it is written, where a platform shows it as a draft: a preview that is no message, and fades."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import anyio

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model.events import ReplyEvent
from picklebot.replies.fold import View, fold

RENEWED: Final = 20.0
"""Seconds after which a draft that did not change is sent again; it fades after 30."""

SILENCE: Final = 0.2
"""Seconds without a draft: an answer that is there by then needs none."""


class Draft:
    """Shows what is known of one reply by `send`, which is given the text, at most once in `pace` seconds."""

    def __init__(self, send: Callable[[str], Awaitable[None]], *, pace: float) -> None:
        self._send = send
        self._pace = pace
        self._not_before = time.monotonic() + SILENCE
        self._renewal = self._not_before

    async def follow(self, events: AsyncIterator[ReplyEvent]) -> View:
        """Show events until the last, or until drafts are refused; what is known of the reply by then."""
        view, stale = View(), True
        while not view.done:
            if time.monotonic() >= (self._not_before if stale else self._renewal):
                if not await self._show(view):
                    return view
                stale = False
            due = self._not_before if stale else self._renewal
            with anyio.move_on_after(max(0.0, due - time.monotonic())):
                view = fold(view, await anext(events))
                stale = True
        return view

    async def _show(self, view: View) -> bool:
        """Send a draft; one that must wait is let go. False when they are refused."""
        pause = self._pace
        try:
            await self._send(view.shown)
        except DeliveryDelayedError as error:
            pause = max(error.seconds, pause)
        except DeliveryError:
            return False
        self._not_before = time.monotonic() + pause
        self._renewal = time.monotonic() + max(pause, RENEWED)
        return True
