"""Work in order of arrival within a channel, and side by side across channels."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

import anyio
import structlog
from anyio.abc import TaskGroup, TaskStatus

log = structlog.get_logger()

Work = Callable[[], Awaitable[None]]


class Lanes:
    """Takes work from where nothing can wait, and does it under one owner.

    At most `room` pieces wait. What comes beyond that is not taken, as the gateway cannot be held back; that is
    logged once for each time the room runs out.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._lanes: dict[str, deque[Work]] = {}
        self._waiting = 0
        self._overflown = False
        self._idle = anyio.Event()
        self._idle.set()
        self._tasks: TaskGroup | None = None

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Do the work until cancelled."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            task_status.started()
            await anyio.sleep_forever()

    def put(self, lane: str, work: Work) -> bool:
        """Add work to a lane; whether it was taken."""
        if self._tasks is None or self._waiting >= self._room:
            if not self._overflown:
                log.error("more is said than can be kept; the rest is not taken", waiting=self._waiting)
            self._overflown = True
            return False
        self._overflown = False
        self._waiting += 1
        self._idle = anyio.Event() if self._idle.is_set() else self._idle
        if lane in self._lanes:
            self._lanes[lane].append(work)
        else:
            self._lanes[lane] = deque([work])
            self._tasks.start_soon(self._work_off, lane)
        return True

    @property
    def roomy(self) -> bool:
        """Whether at least half of the room is free."""
        return self._waiting * 2 <= self._room

    async def drain(self) -> None:
        """Return when nothing waits."""
        await self._idle.wait()

    async def _work_off(self, lane: str) -> None:
        waiting = self._lanes[lane]
        while waiting:
            try:
                await waiting[0]()
            except Exception:
                log.exception("something from Discord could not be dealt with")
            waiting.popleft()
            self._waiting -= 1
        del self._lanes[lane]
        if not self._lanes:
            self._idle.set()
