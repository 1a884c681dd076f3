"""One connection to Discord, from login to the end."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import anyio
from anyio.abc import TaskGroup, TaskStatus

from picklebot.errors import PlatformError, StorageError
from picklebot.platforms.discord.arrivals import Arrivals
from picklebot.platforms.discord.client import GatewayClient
from picklebot.platforms.discord.commands import offer
from picklebot.platforms.discord.directs import learn_directs
from picklebot.platforms.discord.firsts import FirstAnswers
from picklebot.platforms.discord.line import Line
from picklebot.platforms.discord.listener import Listener
from picklebot.platforms.discord.marks import Marks
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.platforms.discord.places import Places
from picklebot.platforms.discord.refusals import platform_error
from picklebot.platforms.discord.rest import Rest
from picklebot.platforms.discord.starts import Clock, StartBudget
from picklebot.ports.memory import AdapterMemory
from picklebot.ports.platform import AdapterHealth, Intake
from picklebot.replies.eyes import Eyes

_LAST_WORDS: Final = 30.0
"""Seconds for what was heard before the connection ended; the next one would have to ask for it."""

_LAST_WRITE: Final = 3.0


class Connection:
    """A client that is used once, as discord.py wants it."""

    def __init__(
        self, options: DiscordOptions, memory: AdapterMemory, clock: Clock, eyes: Eyes, *, content: bool
    ) -> None:
        self._options = options
        self._memory = memory
        self._clock = clock
        self._eyes = eyes
        self._client = GatewayClient(options, content=content, connected=self._note)
        self._listener: Listener | None = None
        self._marks: Marks | None = None
        self._budget: StartBudget | None = None
        self._up = self._was_up = False
        self._changed = anyio.Event()

    def health(self, detail: str) -> AdapterHealth:
        """How it goes; `detail` is what is to be said when nothing is wrong."""
        if self._budget is not None and self._budget.waiting:
            return AdapterHealth("retrying", self._budget.waiting)
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
            await self._write_marks()
            await self._client.hang_up()
        raise failure

    async def _listen(
        self, tasks: TaskGroup, intake: Intake, line: Line, task_status: TaskStatus[None]
    ) -> PlatformError:
        """Listen as long as it goes, and say why it does not go on."""
        try:
            await self._client.login(self._options.token)
            rest = self._client.rest
            places = Places(self._client, rest, self._options.opens_threads_in)
            line.open(rest, places)
            self._listener = await self._hear_from(rest, places, tasks, intake, line.firsts)
            tasks.start_soon(offer, rest)
            budget = StartBudget(self._memory, rest.bot_id, self._client.start_limit, self._clock)
            self._budget = budget
            await budget.wait()
            with anyio.CancelScope() as scope:
                tasks.start_soon(self._watch, scope, task_status)
                await self._client.listen(self._listener.hear, budget.spend)
        except Exception as error:  # noqa: BLE001 - whatever ends one connection is told as a PlatformError
            return platform_error(error)
        return PlatformError("Discord's gateway was out of reach for too long")

    async def _hear_from(
        self, rest: Rest, places: Places, tasks: TaskGroup, intake: Intake, firsts: FirstAnswers
    ) -> Listener:
        """A listener that knows how far each channel was read."""
        self._marks = marks = await Marks.load(self._memory, rest.bot_id, self._clock.now())
        await tasks.start(marks.run)
        await learn_directs(rest, marks, self._memory, self._options.people)
        arrivals = Arrivals(self._client, self._options.listens_in)
        listener = Listener(
            intake,
            self._options,
            places,
            arrivals,
            rest,
            marks=marks,
            eyes=self._eyes,
            firsts=firsts,
            now=self._clock.now,
        )
        await tasks.start(listener.run)
        return listener

    async def _write_marks(self) -> None:
        """Once more at the end; what is not written is read again, and no harm is done."""
        if self._marks is not None:
            with anyio.move_on_after(_LAST_WRITE, shield=True), suppress(StorageError):
                await self._marks.write()

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
