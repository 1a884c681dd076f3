"""Where tools run: each in a task of its own, which nobody has to wait for.

A tool may be deaf: a call that blocks its thread cannot be stopped, and in a task group it would hold its turn,
its session and at last the stop of the gateway. So these tasks have an owner that can leave them behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import structlog

log = structlog.get_logger()

T = TypeVar("T")

PARTING: Final = 1.0
"""Seconds that tools have for their end when the workbench closes."""


class Workbench:
    """Owns the tasks of the tools that run, from their first step until they ended or the process does."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """The result of `work`, or what it raises; TimeoutError after so many seconds.

        Then, and when the caller is cancelled, it is told to stop, and not waited for.
        """
        # The loop's own task, not a task group's: its cancellation also ends the waiting for a thread.
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        try:
            await asyncio.wait([task], timeout=seconds)
        finally:
            task.cancel()
        if not task.done():
            raise TimeoutError
        return task.result()

    async def aclose(self) -> None:
        """End what runs, as far as it listens."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=PARTING)
        if self._tasks:
            log.warning("tools do not end when told to; they are left behind", tools=len(self._tasks))

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        # Looked at here, because whoever had asked may be gone.
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("a tool raised an error", kind=type(error).__name__)
