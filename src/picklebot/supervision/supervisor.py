"""Runs one adapter for as long as the gateway runs, with pauses that grow from 1 second to 5 minutes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

import anyio
import structlog

from picklebot.errors import PlatformError, PlatformFatalError
from picklebot.model import words
from picklebot.ports.news import News, NewsKind
from picklebot.ports.platform import Adapter, AdapterHealth, Intake
from picklebot.supervision.claim import Claim

log = structlog.get_logger()

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 300.0
STEADY: Final = 60.0
"""An adapter that was up for so many seconds has earned a short pause again."""


LOOK_AGAIN: Final = 1.0
"""Seconds between two looks whether the process that listens for the same bot has ended."""


class Supervisor:
    """Starts one adapter again when it fails, and parks it when trying again cannot help.

    With a `claim`, it is parked as long as another process of this host has that, and takes over then.
    """

    def __init__(
        self,
        adapter: Adapter,
        *,
        claim: Claim | None = None,
        news: News | None = None,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._adapter = adapter
        self._news = news
        self._claim = claim
        self._first_pause = first_pause
        self._trouble: AdapterHealth | None = None
        self.settled = anyio.Event()
        """Set once the adapter has listened for the first time, or was parked."""

    @property
    def platform(self) -> str:
        """Whose adapter this is."""
        return self._adapter.platform

    async def run(self, intake: Intake) -> None:
        """Keep the adapter running until cancelled, or until it is parked for good."""
        if self._claim is None:
            await self._keep_running(intake)
            return
        await self._wait_for(self._claim)
        try:
            await self._keep_running(intake)
        finally:
            self._claim.release()

    async def _wait_for(self, claim: Claim) -> None:
        if claim.take():
            return
        owner = f"process {claim.owner()}" if claim.owner() else "another process"
        trouble = f"{owner} on this host listens for this bot already; I take over when it ends, or stop it"
        self._trouble = AdapterHealth("parked", trouble)
        self.settled.set()
        log.warning("a platform is parked", platform=self._adapter.platform, reason=trouble)
        while not claim.take():  # noqa: ASYNC110 - another process has no event for us
            await anyio.sleep(LOOK_AGAIN)
        self._trouble = None
        log.info("a platform is taken over", platform=self._adapter.platform)

    async def _keep_running(self, intake: Intake) -> None:
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
                self._report(str(error))
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

    def _report(self, reason: str) -> None:
        if self._news is not None:
            text = words.NEWS_PARKED.format(platform=self.platform, reason=reason)
            self._news.tell(NewsKind.PLATFORM_PARKED, text)

    def _fields(self, error: Exception) -> dict[str, str]:
        return {"platform": self._adapter.platform, "error": str(error), "kind": type(error).__name__}
