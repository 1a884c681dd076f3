"""The queue between the bus and the agents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from picklebot.model.job import Job
from picklebot.ports.storage import DedupeKeys, Transaction


class Enqueued(StrEnum):
    """What became of an offer."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class QueueStats:
    """How full it is: jobs waiting, jobs running, sessions with either, age of the oldest in seconds."""

    waiting: int
    running: int
    sessions: int
    oldest_seconds: float


class Queue(Protocol):
    """One lane per session: its jobs run one at a time, in order of arrival; lanes run side by side.

    Accepted jobs survive a crash: `run` begins with what was left unfinished. A job may therefore run more
    than once; its handler is told by `Job.attempt`.
    """

    def enqueue(self, tx: Transaction, keys: DedupeKeys, job: Job) -> Enqueued:
        """Keep `job` in the transaction that took its message; it runs after that commit.

        DUPLICATE when either key was seen before. FULL when the session's lane, its speaker's share or the queue as
        a whole has no room; then nothing is kept. Called on the database's writer thread.
        """
        ...

    def resume(self, tx: Transaction, job: Job) -> None:
        """Put a job that is kept already at the end of its lane, whatever the bounds say, after the commit."""
        ...

    def drop(self, tx: Transaction, session_id: str, ids: Collection[str]) -> None:
        """Forget jobs of this lane that `tx` ends, as far as they wait. What runs is not touched."""
        ...

    def advance(self, tx: Transaction, session_id: str, job_id: str) -> None:
        """Let this job of the lane be the next, as far as it waits, once `tx` is committed."""
        ...

    def place(self, session_id: str, job_id: str) -> int | None:
        """How many jobs come before this one: those of its lane, and after an unclean stop those that run by
        themselves first. None when it is not there (any more)."""
        ...

    def behind(self, job: Job) -> Sequence[str]:
        """The ids of the jobs that wait behind this one in its lane, in order; none while it does not run."""
        ...

    def take_in(self, tx: Transaction, job: Job, ids: Collection[str]) -> None:
        """Let jobs that wait behind `job`, which runs, be a part of it once `tx` is committed: they wait no more.

        `drop` forgets those that end with it. The others wait again when `job` ends, before all that came later.
        """
        ...

    def give_back(self, tx: Transaction, job: Job) -> None:
        """Let what was taken into `job` wait again once `tx` is committed, though it still runs."""
        ...

    async def wait_for_room(self) -> None:
        """Return when the queue as a whole has room. Adapters wait here before they take more in."""
        ...

    async def run(
        self,
        handler: Callable[[Job], Awaitable[None]],
        concurrency: int,
        resumed: Callable[[Sequence[Job]], None] | None = None,
    ) -> None:
        """Run jobs until cancelled, at most `concurrency` at a time, each lane strictly in order.

        `resumed` is told the first of the jobs that were left unfinished, as soon as they have their places.

        `handler` ends a job by marking it in the inbox. An exception from it is logged, the job is marked as
        failed with the exception's class for a reason, and the lane goes on. A cancelled job stays unfinished.

        Jobs that ran when the process last died run first and one at a time, so that one that kills the
        process is begun alone.
        """
        ...

    async def rest(self, job: Job, seconds: float) -> None:
        """Called by the handler of `job`: wait so long, and let others run in its place meanwhile.

        The lane waits too, so that it stays in order.
        """
        ...

    async def drain(self) -> None:
        """Begin no more jobs, and return when those that run have ended. `run` goes on until cancelled."""
        ...

    def stats(self) -> QueueStats:
        """A snapshot, cheap enough for a health page."""
        ...
