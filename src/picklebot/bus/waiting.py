"""Messages that must wait because their session is busy: whoever wrote one is told so, once, and may change it."""

from __future__ import annotations

import heapq
import time
from itertools import count
from typing import Final

import anyio
import structlog
from anyio.abc import TaskGroup

from picklebot.bell import Bell
from picklebot.errors import DeliveryDelayedError, PicklebotError
from picklebot.model import words
from picklebot.model.choice import Choice, Choices
from picklebot.model.job import Job
from picklebot.model.message import Command
from picklebot.ports.queue import Queue
from picklebot.replies.delivery import Delivery
from picklebot.replies.owing import parcel_of

log = structlog.get_logger()

SOON: Final = 1.0
"""Seconds after which it is said; most have had their turn by then."""

MOST_DUE: Final = 256
"""So many may soon be told; where more begin to wait at once, their answers matter more than lines about them."""

MOST_AT_ONCE: Final = 16


class Waiting:
    """Says of each message that waits for longer than `soon` seconds that it does, as soon as its chat allows."""

    def __init__(self, queue: Queue, delivery: Delivery, *, soon: float = SOON) -> None:
        self._queue = queue
        self._delivery = delivery
        self._soon = soon
        self._due: list[tuple[float, int, Job]] = []
        self._over: list[Job] = []
        self._numbers = count()
        self._news = Bell()
        self._places = anyio.Semaphore(MOST_AT_ONCE)

    def look(self, job: Job) -> None:
        """A message was taken. That costs nothing unless others of its session come before it."""
        if len(self._due) < MOST_DUE and self._queue.place(job.session_id, job.id):
            self._put(job, self._soon)

    def over(self, job: Job) -> None:
        """A message waits no more, and no reply of its own begins: the line about it goes."""
        self._over.append(job)
        self._news.ring()

    async def run(self) -> None:
        """Say what is due until cancelled."""
        async with anyio.create_task_group() as tasks:
            while True:
                with anyio.move_on_after(self._start_what_is_due(tasks)):
                    await self._news.wait()

    def _put(self, job: Job, seconds: float) -> None:
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), job))
        self._news.ring()

    def _start_what_is_due(self, tasks: TaskGroup) -> float | None:
        """Gives the seconds until more is due, None while nothing will be."""
        while self._over:
            tasks.start_soon(self._unsay, self._over.pop())
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            tasks.start_soon(self._tell, heapq.heappop(self._due)[2])
        return self._due[0][0] - now if self._due else None

    async def _tell(self, job: Job) -> None:
        """A chat that must wait hears of it later, if it is still so."""
        async with self._places:
            if not (place := self._queue.place(job.session_id, job.id)):
                return
            parcel = parcel_of(job)
            try:
                with words.in_language(job.address.language):
                    await self._delivery.whisper(parcel, words.waits(place), _choices(job))
                if self._queue.place(job.session_id, job.id) is None:  # it was dropped meanwhile
                    await self._delivery.unsay(parcel)
            except DeliveryDelayedError as error:
                if not error.maybe_done:
                    self._put(job, max(error.seconds, self._soon))
            except PicklebotError as error:
                log.info("nobody could be told that a message waits", turn=job.id, reason=str(error))

    async def _unsay(self, job: Job) -> None:
        async with self._places:
            try:
                await self._delivery.unsay(parcel_of(job))
            except PicklebotError as error:
                log.info("a line about waiting stays", turn=job.id, reason=str(error))


def _choices(job: Job) -> Choices:
    return (
        (
            Choice(words.USE_NOW, Command("now", job.id), aside=True),
            Choice(words.CANCEL, Command("cancel", job.id), aside=True),
        ),
    )
