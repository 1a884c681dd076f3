"""The sign of typing: a courtesy that begins soon, is renewed, and is never waited for long."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Final

import anyio

from picklebot.errors import DeliveryError

_PATIENCE: Final = 2.0


class Typing:
    """Shows that an answer is being written, by `show` every `every` seconds, first after `silence` seconds.

    It has no task of its own: whoever shows the answer keeps it up, so it cannot outlive the answer.
    """

    def __init__(self, show: Callable[[], Awaitable[None]], *, every: float, silence: float) -> None:
        self._show = show
        self._every = every
        self.due = time.monotonic() + silence

    async def keep(self) -> None:
        """Renew it when it is due. Slow or failing, it is let go."""
        if time.monotonic() < self.due:
            return
        with anyio.move_on_after(_PATIENCE), contextlib.suppress(DeliveryError):
            await self._show()
        self.due = time.monotonic() + self._every
