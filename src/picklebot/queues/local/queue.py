"""The queue of a single process.

A job is a row of the inbox first and an entry of a lane second: the row is committed with the message, and
only the commit puts the job into its lane. What a crash takes from the lanes, the next `run` finds in the
inbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

import anyio
import structlog

from picklebot.model.job import Job
from picklebot.ports.queue import Enqueued, QueueStats
from picklebot.ports.storage import Database, DedupeKeys, Inbox, InboxState, Transaction
from picklebot.queues.local.lanes import Lanes
from picklebot.queues.local.places import Places

log = structlog.get_logger()


class LocalQueue:
    """Implements `ports.queue.Queue` in memory, on a database's inbox."""

    def __init__(
        self, database: Database, inbox: Inbox, *, lane_limit: int = 20, total_limit: int = 10_000
    ) -> None:
        """At most `lane_limit` jobs wait in a lane, and `total_limit` wait or run in all.

        What was left unfinished is taken back at the start even where it is more than that.
        """
        self._database = database
        self._inbox = inbox
        self._places = Places(lane_limit, total_limit)
        self._lanes = Lanes()
        self._draining = False
        self._news = anyio.Event()
        self._room = anyio.Event()
        self._idle = anyio.Event()

    def enqueue(self, tx: Transaction, keys: DedupeKeys, job: Job) -> Enqueued:
        """See the port. FULL also when the queue as a whole has no place left."""
        if self._inbox.seen(tx, keys):
            return Enqueued.DUPLICATE
        if not self._places.reserve(job.session_id):
            return Enqueued.FULL
        try:
            self._inbox.add(tx, keys, job)
        except BaseException:
            self._places.give_back(job.session_id)
            raise
        tx.after_commit(partial(self._hand_over, job))
        tx.after_rollback(partial(self._give_back, job))
        return Enqueued.ACCEPTED

    async def wait_for_room(self) -> None:
        """See the port. Who waits is woken in the order of coming, all at once."""
        while self._places.crowded:
            await self._room.wait()

    async def run(self, handler: Callable[[Job], Awaitable[None]], concurrency: int) -> None:
        """See the port. One `run` at a time; after a cancelled one another may follow."""
        self._draining = False
        await self._database.write(self._recover)
        slots = anyio.Semaphore(concurrency)
        async with anyio.create_task_group() as tasks:
            while True:
                await slots.acquire()
                job = await self._next()
                tasks.start_soon(self._run_job, handler, job, slots)

    async def drain(self) -> None:
        """See the port. What waits stays in the inbox for the next start."""
        self._draining = True
        while self._lanes.running:
            await self._idle.wait()

    def stats(self) -> QueueStats:
        return self._lanes.stats(datetime.now(UTC))

    def _recover(self, tx: Transaction) -> None:
        """Take back what is unfinished. As a write, so that it is in order with the jobs that come in.

        Whatever was committed before has been handed over when `take_back` is called, and is known by its
        id; whatever comes later is not in the list. So no job is taken twice, and older ones come first.
        """
        unfinished = self._inbox.unfinished(tx)

        def take_back() -> None:
            known = self._lanes.ids()
            older = [job for job in unfinished if job.id not in known]
            for job in older:
                self._places.take_back(job.session_id)
            self._lanes.put_first(older)
            self._news.set()
            if older:
                log.info("unfinished messages are taken up again", jobs=len(older))

        tx.after_commit(take_back)

    def _hand_over(self, job: Job) -> None:
        self._lanes.add(job)
        self._news.set()

    def _give_back(self, job: Job) -> None:
        self._places.give_back(job.session_id)
        self._tell_of_room()

    async def _next(self) -> Job:
        """Begin the next job as soon as there is one. The job has begun when this returns."""
        while True:
            if not self._draining and (job := self._lanes.begin()) is not None:
                self._places.begin(job.session_id)
                return job
            self._news = anyio.Event()
            await self._news.wait()

    async def _run_job(
        self, handler: Callable[[Job], Awaitable[None]], job: Job, slots: anyio.Semaphore
    ) -> None:
        try:
            await self._handle(handler, job)
        finally:
            self._end(job)
            slots.release()

    async def _handle(self, handler: Callable[[Job], Awaitable[None]], job: Job) -> None:
        fields = {"session": job.session_id, "turn": job.id}
        try:
            await handler(job)
        except Exception as error:
            log.exception("a message's handler failed", **fields)
            reason = type(error).__name__
            await self._database.persist(lambda tx: self._inbox.finish(tx, job.id, InboxState.FAILED, reason))

    def _end(self, job: Job) -> None:
        self._lanes.end(job)
        self._places.end()
        self._news.set()
        self._tell_of_room()
        if not self._lanes.running:
            self._idle.set()
            self._idle = anyio.Event()

    def _tell_of_room(self) -> None:
        if not self._places.crowded:
            self._room.set()
            self._room = anyio.Event()
