"""The web's listening half: the HTTP server hears, so all that is left to say here is that it is up."""

from __future__ import annotations

import anyio
from anyio.abc import TaskStatus

from picklebot.platforms.web.parse import PLATFORM
from picklebot.ports.platform import AdapterHealth, Intake


class WebAdapter:
    """Stays up until cancelled. Its messages come through the page's own endpoints."""

    def __init__(self) -> None:
        self._state = "starting"

    @property
    def platform(self) -> str:
        """The platform's word."""
        return PLATFORM

    async def run(self, intake: Intake, *, task_status: TaskStatus[None]) -> None:  # noqa: ARG002 -- the HTTP routes hand messages in
        """Say that it is up, and stay."""
        self._state = "up"
        task_status.started()
        await anyio.sleep_forever()

    def health(self) -> AdapterHealth:
        """Up as soon as it was started: there is no far side that could be lost."""
        return AdapterHealth(self._state)
