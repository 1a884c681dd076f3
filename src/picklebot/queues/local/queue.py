"""The queue of a single process.

A job is a row of the inbox first and a ticket in a lane second: the row is committed with the message, and
only the commit puts the ticket into its lane. What a crash takes from the lanes, the next `run` finds in the
inbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Final

import anyio
import structlog

from picklebot import clock
from picklebot.bell import Bell
from picklebot.model.job import Job
from picklebot.ports.queue import Enqueued, QueueStats
from picklebot.ports.storage import Database, DedupeKeys, Inbox, InboxState, Transaction
from picklebot.queues.local.lanes import Lanes
from picklebot.queues.local.places import Places
from picklebot.queues.local.ticket import Ticket, speaker_of

log = structlog.get_logger()

WINDOW: Final = 1_000
"""So many waiting jobs are kept in memory; of further ones only a ticket is, and the job is read when it begins."""

ALONE_SECONDS: Final = 60.0
"""So long nothing runs beside the jobs that an unclean stop cut off."""


class LocalQueue:
    """Implements `ports.queue.Queue` in memory, on a database's inbox."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        *,
        lane_limit: int = 20,
        total_limit: int = 10_000,
        speaker_cap: int = 8,
        window: int = WINDOW,
        alone_seconds: float = ALONE_SECONDS,
        platforms: Collection[str] | None = None,
    ) -> None:
        """At most `lane_limit` jobs wait in a lane, and `total_limit` wait or run in all.

        Of one speaker a tenth of all may wait, and `speaker_cap` run at a time. What was left unfinished is
        taken back at the start even where it is more than that; with `platforms`, only what came from those.
        """
        self._database = database
        self._inbox = inbox
        self._places = Places(lane_limit, total_limit)
        self._lanes = Lanes(speaker_cap)
        self._window = window
        self._alone_seconds = alone_seconds
        self._platforms = platforms
        self._kept = 0
        self._resting: set[str] = set()
        self._returning = 0
        self._free = 0
        self._freed = Bell()
        self._draining = False
        self._news = Bell()
        self._room = Bell()
        self._idle = Bell()

    def enqueue(self, tx: Transaction, keys: DedupeKeys, job: Job) -> Enqueued:
        """See the port. FULL also when the speaker, or the queue as a whole, has no place left."""
        if not self._places.reserve(job.session_id, speaker_of(job)):
            return Enqueued.DUPLICATE if self._inbox.seen(tx, keys) else Enqueued.FULL
        added = False
        try:
            added = self._inbox.add(tx, keys, job)
        finally:
            if not added:
                self._places.give_back(job.session_id, speaker_of(job))
        if not added:
            return Enqueued.DUPLICATE
        tx.after_commit(partial(self._hand_over, job))
        tx.after_rollback(partial(self._give_back, job))
        return Enqueued.ACCEPTED

    def resume(self, tx: Transaction, job: Job) -> None:
        """See the port."""
        self._places.take_back(job.session_id, speaker_of(job))
        tx.after_commit(partial(self._hand_over, job))
        tx.after_rollback(partial(self._give_back, job))

    def drop(self, tx: Transaction, session_id: str, ids: Collection[str]) -> None:
        """See the port."""
        tx.after_commit(partial(self._drop, session_id, frozenset(ids)))

    def advance(self, tx: Transaction, session_id: str, job_id: str) -> None:
        """See the port."""
        tx.after_commit(partial(self._lanes.advance, session_id, job_id))

    def place(self, session_id: str, job_id: str) -> int | None:
        """See the port."""
        return self._lanes.place(session_id, job_id)

    def behind(self, job: Job) -> Sequence[str]:
        """See the port."""
        return [ticket.id for ticket in self._lanes.behind(job.session_id, job.id)]

    def take_in(self, tx: Transaction, job: Job, ids: Collection[str]) -> None:
        """See the port."""
        tx.after_commit(partial(self._take_in, job, frozenset(ids)))

    def give_back(self, tx: Transaction, job: Job) -> None:
        """See the port."""
        tx.after_commit(partial(self._return, job.session_id))

    async def wait_for_room(self) -> None:
        """See the port. Who waits is woken in the order of coming, all at once."""
        while self._places.crowded:
            await self._room.wait()

    async def run(
        self,
        handler: Callable[[Job], Awaitable[None]],
        concurrency: int,
        resumed: Callable[[Sequence[Job]], None] | None = None,
    ) -> None:
        """See the port. One `run` at a time; after a cancelled one another may follow."""
        self._draining = False
        self._free = concurrency
        self._resting.clear()
        await self._database.write(partial(self._recover, resumed=resumed or _nobody))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._open_up)
            while True:
                ticket = await self._next()
                tasks.start_soon(self._run_job, handler, ticket)

    async def rest(self, job: Job, seconds: float) -> None:
        """See the port."""
        self._resting.add(job.id)
        self._free_one()
        await anyio.sleep(seconds)
        self._returning += 1
        try:
            while not self._free:
                await self._freed.wait()
            self._free -= 1
            self._resting.discard(job.id)
        finally:
            self._returning -= 1
            self._news.ring()

    async def drain(self) -> None:
        """See the port. What waits stays in the inbox for the next start."""
        self._draining = True
        while self._lanes.running:
            await self._idle.wait()

    def stats(self) -> QueueStats:
        return self._lanes.stats(clock.now())

    def _recover(self, tx: Transaction, resumed: Callable[[Sequence[Job]], None]) -> None:
        """Take back what is unfinished. As a write, so that it is in order with the jobs that come in.

        Whatever was committed before has been handed over when `take_back` is called, and is known by its
        id; whatever comes later is not in the list. So no job is taken twice, and older ones come first.
        """
        suspects = self._inbox.interrupted(tx)
        unfinished = [
            Ticket.of(job, keep=number < self._window)
            for number, job in enumerate(filter(self._is_ours, self._inbox.unfinished(tx)))
        ]
        # One that ran was the first of its lane, also where one that came before it was redriven later.
        unfinished.sort(key=lambda ticket: ticket.id not in suspects)
        tx.after_commit(partial(self._take_back, unfinished, suspects, resumed))

    def _is_ours(self, job: Job) -> bool:
        return self._platforms is None or job.address.platform in self._platforms

    def _take_back(
        self,
        unfinished: list[Ticket],
        suspects: Collection[str],
        resumed: Callable[[Sequence[Job]], None],
    ) -> None:
        known = self._lanes.ids()
        older = [ticket for ticket in unfinished if ticket.id not in known]
        for ticket in older:
            self._places.take_back(ticket.session_id, ticket.speaker)
            self._kept += ticket.job is not None
        self._lanes.put_first(older, suspects)
        self._news.ring()
        if older:
            log.info("unfinished messages are taken up again", jobs=len(older), interrupted=len(suspects))
            resumed([ticket.job for ticket in older if ticket.job is not None])

    async def _open_up(self) -> None:
        await anyio.sleep(self._alone_seconds)
        self._lanes.open_up()
        self._news.ring()

    def _hand_over(self, job: Job) -> None:
        keep = self._kept < self._window
        self._kept += keep
        self._lanes.add(Ticket.of(job, keep=keep))
        self._news.ring()

    def _give_back(self, job: Job) -> None:
        self._places.give_back(job.session_id, speaker_of(job))
        self._tell_of_room()

    def _take_in(self, job: Job, ids: Collection[str]) -> None:
        for ticket in self._lanes.take_in(job.session_id, job.id, ids):
            self._places.begin(ticket.session_id, ticket.speaker)
            self._kept -= ticket.job is not None

    def _return(self, session_id: str) -> None:
        for ticket in self._lanes.give_back(session_id):
            self._places.wait_again(session_id, ticket.speaker)

    def _drop(self, session_id: str, ids: Collection[str]) -> None:
        begun = {ticket.id for ticket in self._lanes.taken(session_id)}
        for ticket in self._lanes.drop(session_id, ids):
            if ticket.id in begun:
                self._places.end()
            else:
                self._places.give_back(session_id, ticket.speaker)
            self._kept -= ticket.job is not None
        self._news.ring()
        self._tell_of_room()

    async def _next(self) -> Ticket:
        """Begin the next job as soon as there is one and a place for it. It has begun when this returns.

        Whoever comes back from a rest is served before: its lane has waited longest.
        """
        while True:
            may_begin = self._free > self._returning and not self._draining
            if may_begin and (ticket := self._lanes.begin()) is not None:
                self._free -= 1
                self._places.begin(ticket.session_id, ticket.speaker)
                self._kept -= ticket.job is not None
                return ticket
            await self._news.wait()

    async def _run_job(self, handler: Callable[[Job], Awaitable[None]], ticket: Ticket) -> None:
        try:
            await self._handle(handler, ticket)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self._release(ticket)
            raise
        finally:
            self._end(ticket)
            if ticket.id in self._resting:
                self._resting.discard(ticket.id)
            else:
                self._free_one()

    async def _handle(self, handler: Callable[[Job], Awaitable[None]], ticket: Ticket) -> None:
        fields = {"session": ticket.session_id, "turn": ticket.id}
        try:
            job = ticket.job or await self._load(ticket)
            if job is not None:
                await handler(job)
        except Exception as error:
            log.exception("a message's handler failed", **fields)
            reason = type(error).__name__
            await self._database.persist(
                lambda tx: self._inbox.finish(tx, ticket.id, InboxState.FAILED, reason)
            )

    async def _load(self, ticket: Ticket) -> Job | None:
        # Tried until it can be read: a database that is busy for a moment makes no dead letter.
        return await self._database.persist(lambda tx: self._inbox.load(tx, ticket.id), synced=False)

    async def _release(self, ticket: Ticket) -> None:
        """Say that the job was cut off in good order, so that the next start does not suspect it."""
        cut_off = [ticket.id, *(it.id for it in self._lanes.taken(ticket.session_id))]
        try:
            await self._database.write(lambda tx: [self._inbox.release(tx, job_id) for job_id in cut_off])
        except Exception:
            log.exception("a message that was cut off could not be marked", turn=ticket.id)

    def _end(self, ticket: Ticket) -> None:
        self._return(ticket.session_id)
        self._lanes.end(ticket)
        self._places.end()
        self._news.ring()
        self._tell_of_room()
        if not self._lanes.running:
            self._idle.ring()

    def _free_one(self) -> None:
        self._free += 1
        self._news.ring()
        self._freed.ring()

    def _tell_of_room(self) -> None:
        if not self._places.crowded:
            self._room.ring()


def _nobody(_jobs: Sequence[Job]) -> None:
    """Nobody wants to know."""
