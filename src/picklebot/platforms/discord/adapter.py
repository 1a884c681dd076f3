"""Listens on Discord."""

from __future__ import annotations

from typing import Final

import anyio
import structlog
from anyio.abc import TaskStatus

from picklebot.errors import PlatformError
from picklebot.platforms.discord.client import GatewayClient
from picklebot.platforms.discord.commands import offer
from picklebot.platforms.discord.frontend import DiscordFrontend
from picklebot.platforms.discord.line import Line
from picklebot.platforms.discord.listener import Listener
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.platforms.discord.places import Places
from picklebot.platforms.discord.refusals import ContentRefusedError, platform_error
from picklebot.ports.platform import AdapterHealth, Intake

log = structlog.get_logger()

_NO_CONTENT: Final = (
    "without the message content intent, so in channels only messages that mention the bot are heard; "
    "switch it on under Bot in the developer portal and restart"
)


class DiscordAdapter:
    """Implements `ports.platform.Adapter`; each run is one connection. `frontend` shows replies through it."""

    platform = "discord"

    def __init__(self, options: DiscordOptions) -> None:
        self._options = options
        self._line = Line()
        self._content = True
        self._connection: _Connection | None = None
        self.frontend = DiscordFrontend(self._line, options)

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
        self._connection = _Connection(self._options, content=self._content)
        await self._connection.hold(intake, self._line, task_status)


class _Connection:
    """One client from login to the end."""

    def __init__(self, options: DiscordOptions, *, content: bool) -> None:
        self._options = options
        self._client = GatewayClient(options, content=content, connected=self._note)
        self._listener: Listener | None = None
        self._up = False
        self._changed = anyio.Event()

    def health(self, detail: str) -> AdapterHealth:
        """How it goes; `detail` is what is to be said when nothing is wrong."""
        if self._listener is None:
            return AdapterHealth("starting")
        trouble = self._listener.trouble or ("" if self._up else "the gateway is being reconnected")
        return AdapterHealth("retrying" if trouble else "up", trouble or detail, self._client.last_contact)

    async def hold(self, intake: Intake, line: Line, task_status: TaskStatus[None]) -> None:
        """Log in and listen. Raises PlatformError in the end."""
        failure: Exception = PlatformError("Discord's gateway was out of reach for too long")
        try:
            async with anyio.create_task_group() as tasks:
                try:
                    await self._client.login(self._options.token)
                    rest = self._client.rest
                    listener = Listener(intake, self._options, Places(self._client, rest), rest)
                    await tasks.start(listener.run)
                    self._listener = listener
                    line.open(rest)
                    tasks.start_soon(offer, rest)
                    with anyio.CancelScope() as scope:
                        tasks.start_soon(self._watch, scope, task_status)
                        await self._client.listen(listener.hear)
                except Exception as error:  # noqa: BLE001 - whatever ends one connection is told as a PlatformError
                    failure = error
                tasks.cancel_scope.cancel()
        finally:
            self._up = False
            line.close()
            await self._client.hang_up()
        raise platform_error(failure) from None

    async def _watch(self, scope: anyio.CancelScope, task_status: TaskStatus[None]) -> None:
        """Say when it is connected for the first time, and end it when it is not for too long."""
        started = False
        while True:
            with anyio.move_on_after(None if self._up else self._options.patience) as patience:
                await self._changed.wait()
            if patience.cancelled_caught:
                scope.cancel()
                return
            if self._up and not started:
                started = True
                task_status.started()

    def _note(self, up: bool) -> None:
        """The library says "down" for each failed try; the first one counts."""
        if up == self._up:
            return
        self._up = up
        self._changed.set()
        self._changed = anyio.Event()
