"""Messages that go into the turn that runs: how they come in, and how they end.

Such a message is a job of its own before and after. It is taken in by a commit that charges it a try, as a beginning
does, and it ends in the commit that keeps the answer to it. Whatever else becomes of the turn, it has one of its own:
it was charged, so it is not taken in again, and if it was what went wrong, it goes wrong alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import structlog

from picklebot import clock
from picklebot.agents.question import asked
from picklebot.agents.running import RunningTurns
from picklebot.errors import StorageError
from picklebot.model import words
from picklebot.model.history import HistoryMessage
from picklebot.model.job import Job
from picklebot.model.parcel import chat_of
from picklebot.ports.messages import STOPPED
from picklebot.ports.queue import Queue
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Database, Inbox, InboxState, Transaction
from picklebot.replies.delivery import Delivery
from picklebot.replies.owing import parcel_of

log = structlog.get_logger()

ANSWERED_WITH: Final = "answered with {reference}"
"""The reason of a message that was answered in another one's turn."""


@dataclass(frozen=True, slots=True)
class Steering:
    """What taking messages in needs, for all turns. `is_whole` says whether nothing more belongs to a question, and
    `waits_no_more` takes away what is shown of one that waits."""

    database: Database
    inbox: Inbox
    queue: Queue
    rules: Rules
    delivery: Delivery
    turns: RunningTurns
    is_whole: Callable[[Job], bool]
    waits_no_more: Callable[[Job], None]

    def into(self, job: Job) -> Steered:
        """What may come into this turn."""
        return Steered(self, job)


class Steered:
    """Implements `ports.engine.Interjections` for one turn.

    What was taken in is known in transactions alone, one after the other on the database's thread: so the commit
    that ends the turn knows of all that came before it, also of what nobody waited for any more.
    """

    def __init__(self, steering: Steering, job: Job) -> None:
        self._around = steering
        self._job = job
        self._open = True
        self._taken: dict[str, Job] = {}
        self._dropping = False

    @property
    def taken(self) -> bool:
        """Whether the turn answers more than its own message now."""
        return bool(self._taken)

    async def come(self) -> Sequence[HistoryMessage]:
        """See Interjections. Where the database cannot be written, messages go on waiting."""
        if not self._open or not (ids := self._around.queue.behind(self._job)):
            return ()
        try:
            return await self._around.database.write(lambda tx: self._take(tx, ids))
        except StorageError as error:
            log.warning("a message waits, as it could not be taken in", turn=self._job.id, error=str(error))
            return ()

    def close(self, *, dropping: bool = False) -> None:
        """Nothing comes in from now on; what has no answer is dropped, if its speaker wants it so."""
        self._open = False
        self._dropping = self._dropping or dropping

    async def give_back(self) -> None:
        """The try failed that these were taken into. They wait again."""
        await self._around.database.persist(self._give_back)
        self._taken = {}

    def settle(self, tx: Transaction, answered: Collection[str]) -> None:
        """End what the turn has answered, in the commit that keeps the answer. The rest has its own turn."""
        dropped = self._taken.keys() - answered if self._dropping else ()
        for job in self._taken.values():
            if job.id in answered:
                reason = ANSWERED_WITH.format(reference=self._job.id[:8])
                self._around.inbox.finish(tx, job.id, InboxState.DONE, reason)
                end = replace(parcel_of(job), text=words.ANSWERED_TOGETHER)
                self._around.delivery.conclude(tx, end)
            elif job.id in dropped:
                self._around.inbox.finish(tx, job.id, InboxState.DONE, STOPPED)
                self._around.delivery.dismiss(tx, replace(parcel_of(job), text=words.DROPPED_ONE))
            else:
                self._around.inbox.release(tx, job.id)
        if self._taken:
            self._around.queue.drop(tx, self._job.session_id, [*answered, *dropped])
            tx.after_commit(partial(self._leave, tuple(self._taken)))

    def _take(self, tx: Transaction, ids: Sequence[str]) -> Sequence[HistoryMessage]:
        now = clock.now()
        taken: list[Job] = []
        for job in filter(None, (self._around.inbox.load(tx, job_id) for job_id in ids)):
            if not self._fits(job):
                break  # and what came after it waits behind it
            self._around.inbox.start(tx, job.id)
            marked = replace(job, taken_into=self._job.id, taken_at=now)
            self._around.inbox.amend(tx, marked, begun=True)
            taken.append(marked)
        self._taken |= {job.id: job for job in taken}
        self._around.queue.take_in(tx, self._job, [job.id for job in taken])
        tx.after_commit(partial(self._tell, taken))
        tx.after_rollback(partial(self._forget, taken))
        return [asked(job) for job in taken]

    def _fits(self, job: Job) -> bool:
        """Whether it goes on with what is being answered: in the same place and voice, in words alone, for the
        first time."""
        return (
            not job.attempt
            and job.sums_up is None
            and not job.attachments
            and _voice(job) == _voice(self._job)
            and not (job.address.interaction or self._job.address.interaction)
            and self._around.rules.admits(job.address, job.sender)
            and self._around.is_whole(job)
        )

    def _give_back(self, tx: Transaction) -> None:
        for job_id in self._taken:
            self._around.inbox.release(tx, job_id)
        self._around.queue.give_back(tx, self._job)
        tx.after_commit(partial(self._leave, tuple(self._taken)))

    def _tell(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            log.info("a message goes into the turn that runs", turn=self._job.id, message=job.id)
            self._around.turns.take_in(job.id, self._job.id)
            self._around.waits_no_more(job)

    def _leave(self, ids: Sequence[str]) -> None:
        for job_id in ids:
            self._around.turns.leave(job_id)

    def _forget(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._taken.pop(job.id, None)


def _voice(job: Job) -> tuple[str | bool | None, ...]:
    """Who speaks where, to whom, and how they want to be answered."""
    where = chat_of(job.address), job.address.thread_id
    return (*where, job.sender.user_id, job.agent, job.mode, job.model, job.verbose)
