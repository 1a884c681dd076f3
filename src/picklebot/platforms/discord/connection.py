"""One connection to Discord, from login to the end."""

from __future__ import annotations

from typing import Final

import anyio
from anyio.abc import TaskGroup, TaskStatus

from picklebot.errors import PlatformError
from picklebot.platforms.discord.client import GatewayClient
from picklebot.platforms.discord.commands import offer
from picklebot.platforms.discord.line import Line
from picklebot.platforms.discord.listener import Listener
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.platforms.discord.places import Places
from picklebot.platforms.discord.refusals import platform_error
from picklebot.ports.platform import AdapterHealth, Intake

_LAST_WORDS: Final = 30.0
"""Seconds for what was heard before the connection ended; Discord does not tell it to the next one."""


class Connection:
    """A client that is used once, as discord.py wants it."""

    def __init__(self, options: DiscordOptions, *, content: bool) -> None:
        self._options = options
        self._client = GatewayClient(options, content=content, connected=self._note)
        self._listener: Listener | None = None
        self._up = self._was_up = False
        self._changed = anyio.Event()

    def health(self, detail: str) -> AdapterHealth:
        """How it goes; `detail` is what is to be said when nothing is wrong."""
        if self._listener is None or not self._was_up:
            return AdapterHealth("starting")
        trouble = self._listener.trouble or ("" if self._up else "the gateway is being reconnected")
        return AdapterHealth("retrying" if trouble else "up", trouble or detail, self._client.last_contact)

    async def hold(self, intake: Intake, line: Line, task_status: TaskStatus[None]) -> None:
        """Log in, open the line and listen until cancelled. Raises PlatformError when it ends by itself."""
        failure = PlatformError("the connection to Discord ended")
        try:
            async with anyio.create_task_group() as tasks:
                failure = await self._listen(tasks, intake, line, task_status)
                line.close()
                await self._hear_out()
                tasks.cancel_scope.cancel()
        finally:
            line.close()
            await self._client.hang_up()
        raise failure

    async def _listen(
        self, tasks: TaskGroup, intake: Intake, line: Line, task_status: TaskStatus[None]
    ) -> PlatformError:
        """Listen as long as it goes, and say why it does not go on."""
        try:
            await self._client.login(self._options.token)
            rest = self._client.rest
            self._listener = Listener(intake, self._options, Places(self._client, rest), rest)
            await tasks.start(self._listener.run)
            line.open(rest)
            tasks.start_soon(offer, rest)
            with anyio.CancelScope() as scope:
                tasks.start_soon(self._watch, scope, task_status)
                await self._client.listen(self._listener.hear)
        except Exception as error:  # noqa: BLE001 - whatever ends one connection is told as a PlatformError
            return platform_error(error)
        return PlatformError("Discord's gateway was out of reach for too long")

    async def _hear_out(self) -> None:
        self._note(up=False)
        if self._listener is not None:
            with anyio.move_on_after(_LAST_WORDS):
                await self._listener.drain()

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
        self._was_up |= up
        self._changed.set()
        self._changed = anyio.Event()
