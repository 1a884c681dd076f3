"""A bell: whoever waits when it rings goes on."""

from __future__ import annotations

import anyio


class Bell:
    """Wakes all who wait at that moment. A ring that nobody waits for is lost, and costs nothing.

    So look first, and wait only for what is not there; nothing may await between the two.
    """

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event: anyio.Event | None = None

    def ring(self) -> None:
        """Wake those who wait."""
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self) -> None:
        """Wait for the next ring."""
        if self._event is None:
            self._event = anyio.Event()
        await self._event.wait()
