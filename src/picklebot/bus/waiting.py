"""Messages that must wait because their session is busy: whoever wrote one is told so, and may change it.

The line that tells it is said once and follows the message's place; a line that the last process left goes on to.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

import anyio
import structlog
from anyio.abc import TaskGroup

from picklebot.bell import Bell
from picklebot.errors import DeliveryDelayedError, PicklebotError
from picklebot.model import words
from picklebot.model.choice import Buttons, Choice, Choices
from picklebot.model.job import Job
from picklebot.model.message import Command
from picklebot.ports.queue import Queue
from picklebot.replies.delivery import Delivery
from picklebot.replies.owing import parcel_of

log = structlog.get_logger()

SOON: Final = 1.0
"""Seconds after which it is said; most have had their turn by then."""

EVERY: Final = 30.0
"""Seconds after which it is looked whether a line still tells the place."""

MOST_DUE: Final = 256
"""So many may soon be told; where more begin to wait at once, their answers matter more than lines about them."""

MOST_FOLLOWED: Final = 256
"""So many lines follow their message's place; the others stay as they were said."""

MOST_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class _Line:
    """What is to be said of a job. `place` is what its line tells now, None before there is one; it has `buttons`."""

    job: Job
    place: int | None = None
    buttons: Buttons = ()


class Waiting:
    """Says of each message that waits for longer than `soon` seconds that it does, as soon as its chat allows.

    Every so many seconds a line is brought up to date.
    """

    def __init__(self, queue: Queue, delivery: Delivery, *, soon: float = SOON, every: float = EVERY) -> None:
        self._queue = queue
        self._delivery = delivery
        self._soon = soon
        self._every = every
        self._due: list[tuple[float, int, _Line]] = []
        self._over: list[Job] = []
        self._followed = 0
        self._numbers = count()
        self._news = Bell()
        self._places = anyio.Semaphore(MOST_AT_ONCE)

    def look(self, job: Job) -> None:
        """A message was taken. That costs nothing unless others of its session come before it."""
        untold = len(self._due) - self._followed
        if untold < MOST_DUE and self._queue.place(job.session_id, job.id):
            self._put(_Line(job), self._soon)

    def resume(self, jobs: Sequence[Job]) -> None:
        """These were left waiting when the process last ended."""
        for job in jobs:
            self.look(job)

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

    def _put(self, line: _Line, seconds: float) -> None:
        self._followed += line.place is not None
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), line))
        self._news.ring()

    def _follow(self, line: _Line) -> None:
        if self._followed < MOST_FOLLOWED:
            self._put(line, self._every)

    def _start_what_is_due(self, tasks: TaskGroup) -> float | None:
        """Gives the seconds until more is due, None while nothing will be."""
        while self._over:
            tasks.start_soon(self._unsay, self._over.pop())
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            line = heapq.heappop(self._due)[2]
            self._followed -= line.place is not None
            tasks.start_soon(self._tell, line)
        return self._due[0][0] - now if self._due else None

    async def _tell(self, line: _Line) -> None:
        """A chat that must wait hears of it later, if it is still so."""
        job = line.job
        async with self._places:
            if not (place := self._queue.place(job.session_id, job.id)):
                return
            if place == line.place:
                self._follow(line)
                return
            try:
                await self._say(line, place)
            except DeliveryDelayedError as error:
                # What may stand there is not said again; that it says something else may be.
                if line.place is not None or not error.maybe_done:
                    self._put(line, max(error.seconds, self._soon))
            except PicklebotError as error:
                log.info("nobody could be told that a message waits", turn=job.id, reason=str(error))
            except Exception:
                log.exception("a line about waiting breaks its frontend", turn=job.id)

    async def _unsay(self, job: Job) -> None:
        async with self._places:
            try:
                await self._delivery.unsay(parcel_of(job))
            except PicklebotError as error:
                log.info("a line about waiting stays", turn=job.id, reason=str(error))
            except Exception:
                log.exception("a line about waiting breaks its frontend", turn=job.id)

    async def _say(self, line: _Line, place: int) -> None:
        job, parcel = line.job, parcel_of(line.job)
        with words.in_language(job.address.language):
            buttons = await self._delivery.whisper(
                parcel, words.waits(place), _choices(job), offered=line.buttons
            )
        if self._queue.place(job.session_id, job.id) is None:  # it was dropped meanwhile
            await self._delivery.unsay(parcel)
        elif buttons is not None:
            self._follow(replace(line, place=place, buttons=buttons))


def _choices(job: Job) -> Choices:
    return (
        (
            Choice(words.USE_NOW, Command("now", job.id), aside=True),
            Choice(words.CANCEL, Command("cancel", job.id), aside=True),
        ),
    )
