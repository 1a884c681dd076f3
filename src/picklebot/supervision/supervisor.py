"""Runs one adapter for as long as the gateway runs, with pauses that grow from 1 second to 5 minutes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

import anyio
import structlog

from picklebot.errors import PlatformError, PlatformFatalError
from picklebot.ports.platform import Adapter, AdapterHealth, Intake

log = structlog.get_logger()

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 300.0
STEADY: Final = 60.0
"""An adapter that was up for so many seconds has earned a short pause again."""


class Supervisor:
    """Starts one adapter again when it fails, and parks it when trying again cannot help."""

    def __init__(self, adapter: Adapter, *, first_pause: float = FIRST_PAUSE) -> None:
        self._adapter = adapter
        self._first_pause = first_pause
        self._trouble: AdapterHealth | None = None
        self.settled = anyio.Event()
        """Set once the adapter has listened for the first time, or was parked."""

    @property
    def platform(self) -> str:
        """Whose adapter this is."""
        return self._adapter.platform

    async def run(self, intake: Intake) -> None:
        """Keep the adapter running until cancelled, or until it is parked."""
        pause = self._first_pause
        while True:
            began = time.monotonic()
            try:
                await self._adapter.run(intake, task_status=self)
                return
            except PlatformFatalError as error:
                self._trouble = AdapterHealth("parked", str(error))
                self.settled.set()
                log.error("a platform is parked until the configuration is changed", **self._fields(error))
                return
            except Exception as error:
                if time.monotonic() - began > STEADY:
                    pause = self._first_pause
                self._trouble = AdapterHealth("retrying", str(error))
                unexpected = not isinstance(error, PlatformError)
                fields = self._fields(error)
                log.warning(
                    "a platform failed and is started again", seconds=pause, exc_info=unexpected, **fields
                )
            await anyio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def started(self, value: None = None) -> None:
        """The adapter has really listened (anyio's task status)."""
        del value
        self._trouble = None
        self.settled.set()
        log.info("a platform is listening", platform=self._adapter.platform)

    def health(self) -> AdapterHealth:
        """The adapter's own word, unless it failed: then why, and when it was last in contact."""
        seen = self._adapter.health()
        if self._trouble is None:
            return seen
        return replace(self._trouble, last_contact=seen.last_contact)

    def _fields(self, error: Exception) -> dict[str, str]:
        return {"platform": self._adapter.platform, "error": str(error), "kind": type(error).__name__}
