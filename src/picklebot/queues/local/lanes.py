"""The lanes: who is next. Pure order, without waiting and without threads; only the loop touches it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from picklebot.model.job import Job
from picklebot.ports.queue import QueueStats


@dataclass(slots=True)
class Lane:
    """One session's jobs in order of arrival, and the one that runs."""

    waiting: deque[Job] = field(default_factory=deque[Job])
    running: Job | None = None

    @property
    def oldest(self) -> Job:
        """The job that has been here longest; a lane without any is not kept."""
        return self.running or self.waiting[0]


class Lanes:
    """Every lane that has jobs, and the round in which they take turns.

    A lane is in the round when it has a job to begin: something waits and nothing runs. It goes to the end
    of the round with each job, so a long lane holds up the others by one job at a time.
    """

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}
        self._round: dict[str, None] = {}
        self._running = 0

    @property
    def running(self) -> int:
        """How many jobs have begun and not ended."""
        return self._running

    def add(self, job: Job) -> None:
        """Put a new job at the end of its lane."""
        self._lanes.setdefault(job.session_id, Lane()).waiting.append(job)
        self._join_round(job.session_id)

    def put_first(self, jobs: Iterable[Job]) -> None:
        """Put older jobs, given in order of arrival, before all that their lanes hold."""
        older = list(jobs)
        for job in reversed(older):
            self._lanes.setdefault(job.session_id, Lane()).waiting.appendleft(job)
        for job in older:
            self._join_round(job.session_id)

    def begin(self) -> Job | None:
        """Take the next job of the lane whose turn it is, None when there is nothing to begin."""
        session_id = next(iter(self._round), None)
        if session_id is None:
            return None
        del self._round[session_id]
        lane = self._lanes[session_id]
        lane.running = lane.waiting.popleft()
        self._running += 1
        return lane.running

    def end(self, job: Job) -> None:
        """The job that `begin` gave has ended, or was given up; its lane may go on."""
        lane = self._lanes[job.session_id]
        lane.running = None
        self._running -= 1
        if lane.waiting:
            self._join_round(job.session_id)
        else:
            del self._lanes[job.session_id]

    def ids(self) -> set[str]:
        """The ids of all jobs that are here."""
        waiting = {job.id for lane in self._lanes.values() for job in lane.waiting}
        return waiting | {lane.running.id for lane in self._lanes.values() if lane.running}

    def stats(self, now: datetime) -> QueueStats:
        """How full the lanes are."""
        oldest = min((lane.oldest.accepted_at for lane in self._lanes.values()), default=now)
        return QueueStats(
            waiting=sum(len(lane.waiting) for lane in self._lanes.values()),
            running=self._running,
            sessions=len(self._lanes),
            oldest_seconds=max(0.0, (now - oldest).total_seconds()),
        )

    def _join_round(self, session_id: str) -> None:
        if self._lanes[session_id].running is None:
            self._round.setdefault(session_id)
