"""Listens on Discord."""

from __future__ import annotations

from typing import Final

import structlog
from anyio.abc import TaskStatus

from picklebot.platforms.discord.connection import Connection
from picklebot.platforms.discord.files import DiscordFiles
from picklebot.platforms.discord.frontend import DiscordFrontend
from picklebot.platforms.discord.line import Line
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.platforms.discord.recollection import DiscordRecollection
from picklebot.platforms.discord.refusals import ContentRefusedError
from picklebot.platforms.discord.starts import Clock
from picklebot.ports.memory import AdapterMemory
from picklebot.ports.platform import AdapterHealth, Intake
from picklebot.replies.eyes import Eyes
from picklebot.supervision.owned import owned_tasks

log = structlog.get_logger()

_NO_CONTENT: Final = (
    "without the message content intent, so in channels only messages that mention the bot are heard; "
    "switch it on under Bot in the developer portal and restart"
)


class DiscordAdapter:
    """Implements `ports.platform.Adapter`; each run is one connection.

    `frontend` shows replies through it, `files` fetches by it what people sent, and `recollection` reads by it what
    was said before.
    """

    platform = "discord"

    def __init__(self, options: DiscordOptions, memory: AdapterMemory, clock: Clock | None = None) -> None:
        self._options = options
        self._memory = memory
        self._clock = clock or Clock()
        self._line = Line()
        self._content = True
        self._connection: Connection | None = None
        self.eyes = Eyes(self._line.react)
        self.frontend = DiscordFrontend(self._line, options)
        self.files = DiscordFiles(self._line)
        self.recollection = DiscordRecollection(self._line)

    async def run(self, intake: Intake, *, task_status: TaskStatus[None]) -> None:
        """See Adapter. Goes on without the message content intent where that is not granted."""
        try:
            await self._connect(intake, task_status)
        except ContentRefusedError as error:
            log.warning(
                "the bot goes on without message contents", reason=str(error), consequence=_NO_CONTENT
            )
            self._content = False
            await self._connect(intake, task_status)

    def health(self) -> AdapterHealth:
        """See Adapter."""
        if self._connection is None:
            return AdapterHealth("starting")
        return self._connection.health(detail="" if self._content else _NO_CONTENT)

    async def _connect(self, intake: Intake, task_status: TaskStatus[None]) -> None:
        connection = Connection(self._options, self._memory, self._clock, self.eyes, content=self._content)
        self._connection = connection
        async with owned_tasks() as tasks:
            tasks.start_soon(self.eyes.run)
            tasks.start_soon(self.recollection.run)
            await connection.hold(intake, self._line, task_status)
