"""The lanes: who is next. Pure order, without waiting and without threads; only the loop touches it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from picklebot.ports.queue import QueueStats
from picklebot.queues.local.ticket import Ticket


@dataclass(slots=True)
class Lane:
    """One session's jobs in order of arrival, and the one that runs. `stands_with` is the speaker in whose
    part of the round the lane stands, None while it is not in the round. What was `taken` into the job that runs
    keeps its place in the line, but waits no more."""

    waiting: deque[Ticket] = field(default_factory=deque[Ticket])
    running: Ticket | None = None
    stands_with: str | None = None
    taken: set[str] = field(default_factory=set[str])

    @property
    def in_line(self) -> list[Ticket]:
        """What waits behind the job that runs."""
        return [ticket for ticket in self.waiting if ticket.id not in self.taken]

    @property
    def oldest(self) -> Ticket:
        """The job that has been here longest; a lane without any is not kept."""
        return self.running or self.waiting[0]


class Lanes:
    """Every lane that has jobs, and the round in which speakers, and the lanes of each, take turns.

    A lane is in the round when it has a job to begin: something waits and nothing runs. With each job it goes
    to the end of its speaker's lanes, and the speaker to the end of the round. So neither a long lane nor a
    speaker with many lanes holds up the others by more than one job at a time. A speaker with `cap` jobs
    running is passed over.

    Suspects are jobs that ran when the process died. They go first and one at a time, and until `open_up`
    nothing runs beside them: if one of them kills the process, it dies alone and only its own try is lost.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._cut_off: set[str] = set()
        self._lanes: dict[str, Lane] = {}
        self._ready: dict[str, dict[str, None]] = {}
        self._round: dict[str, None] = {}
        self._busy: Counter[str] = Counter()
        self._running = 0
        self._suspects: dict[str, None] = {}
        self._suspect: str | None = None
        self._open = True

    @property
    def running(self) -> int:
        """How many jobs have begun and not ended."""
        return self._running

    @property
    def waiting(self) -> int:
        """How many jobs have not begun."""
        return sum(len(lane.waiting) - len(lane.taken) for lane in self._lanes.values())

    def add(self, ticket: Ticket) -> None:
        """Put a new job at the end of its lane."""
        lane = self._lanes.setdefault(ticket.session_id, Lane())
        lane.waiting.append(ticket)
        self._join(ticket.session_id, lane)

    def put_first(self, tickets: Iterable[Ticket], suspects: Collection[str] = ()) -> None:
        """Put older jobs, given in order of arrival, before all that their lanes hold.

        `suspects` are the ids of those that were running when the process died.
        """
        older = list(tickets)
        self._cut_off.update(suspects)
        for ticket in reversed(older):
            lane = self._lanes.setdefault(ticket.session_id, Lane())
            self._leave(ticket.session_id, lane)
            lane.waiting.appendleft(ticket)
        for ticket in older:
            lane = self._lanes[ticket.session_id]
            if ticket.id in suspects and lane.waiting[0] is ticket:
                self._suspects[ticket.session_id] = None
                self._open = False
            else:
                self._join(ticket.session_id, lane)

    def open_up(self) -> None:
        """Let other jobs run beside the suspects that are left."""
        self._open = True

    def begin(self) -> Ticket | None:
        """Take the next job, None when there is none to begin now."""
        if self._suspects and self._suspect is None:
            session_id = next(iter(self._suspects))
            del self._suspects[session_id]
            self._suspect = self._lanes[session_id].waiting[0].id
            return self._begin(self._lanes[session_id])
        if not self._open or not self._round:
            return None
        speaker = next(iter(self._round))
        del self._round[speaker]
        session_id = next(iter(self._ready[speaker]))
        lane = self._lanes[session_id]
        self._leave(session_id, lane)
        ticket = self._begin(lane)
        self._rejoin(speaker)
        return ticket

    def behind(self, session_id: str, job_id: str) -> Sequence[Ticket]:
        """What waits behind a job that runs."""
        lane = self._lanes.get(session_id)
        return [] if lane is None or not _runs(lane, job_id) else lane.in_line

    def take_in(self, session_id: str, job_id: str, ids: Collection[str]) -> Sequence[Ticket]:
        """Take jobs that wait behind one that runs into it; gives those that were, as they stood.

        Their tickets keep no job: should they wait again, what they say is read from the inbox.
        """
        taken = [ticket for ticket in self.behind(session_id, job_id) if ticket.id in ids]
        if taken:
            lane = self._lanes[session_id]
            lane.taken.update(ticket.id for ticket in taken)
            lane.waiting = deque(replace(it, job=None) if it.id in ids else it for it in lane.waiting)
        return taken

    def taken(self, session_id: str) -> Sequence[Ticket]:
        """What was taken into the job of this lane that runs."""
        lane = self._lanes.get(session_id)
        return [] if lane is None else [ticket for ticket in lane.waiting if ticket.id in lane.taken]

    def give_back(self, session_id: str) -> Sequence[Ticket]:
        """Let what was taken in wait again, where it stood; gives what that is."""
        taken = self.taken(session_id)
        if taken:
            self._lanes[session_id].taken.clear()
        return taken

    def end(self, ticket: Ticket) -> None:
        """The job that `begin` gave has ended, or was given up; its lane may go on."""
        lane = self._lanes[ticket.session_id]
        lane.running = None
        self._running -= 1
        self._busy[ticket.speaker] -= 1
        if not self._busy[ticket.speaker]:
            del self._busy[ticket.speaker]
        if ticket.id == self._suspect:
            self._suspect = None
            if lane.waiting and lane.waiting[0].id in self._cut_off:
                # It ran within the other, and may be the one that kills.
                self._suspects[ticket.session_id] = None
            self._open = self._open or not self._suspects
        self._rejoin(ticket.speaker)
        if lane.waiting:
            self._join(ticket.session_id, lane)
        else:
            del self._lanes[ticket.session_id]

    def drop(self, session_id: str, ids: Collection[str]) -> list[Ticket]:
        """Take these jobs out of a lane, as far as they wait there."""
        lane = self._lanes.get(session_id)
        if lane is None:
            return []
        dropped = [ticket for ticket in lane.waiting if ticket.id in ids]
        lane.taken.difference_update(ids)
        self._leave(session_id, lane)
        lane.waiting = deque(ticket for ticket in lane.waiting if ticket.id not in ids)
        if lane.waiting:
            self._join(session_id, lane)
        elif lane.running is None:
            del self._lanes[session_id]
            self._suspects.pop(session_id, None)
            self._open = self._open or not (self._suspects or self._suspect)
        return dropped

    def advance(self, session_id: str, job_id: str) -> None:
        """Put a job that waits before the others of its lane; one that an unclean stop cut off stays before it."""
        lane = self._lanes.get(session_id)
        ticket = next((it for it in lane.waiting if it.id == job_id), None) if lane else None
        if lane is None or ticket is None:
            return
        self._leave(session_id, lane)
        lane.waiting.remove(ticket)
        lane.waiting.insert(int(session_id in self._suspects), ticket)
        self._join(session_id, lane)

    def place(self, session_id: str, job_id: str) -> int | None:
        """How many jobs of its lane, and suspects of others, come before this one; None when it is not there."""
        lane = self._lanes.get(session_id)
        if lane is None:
            return None
        line = chain([lane.running] if lane.running else (), lane.in_line)
        place = next((place for place, it in enumerate(line) if it.id == job_id), None)
        if place is None or _runs(lane, job_id):
            return place
        return place + self._suspects_before(session_id, place)

    def _suspects_before(self, session_id: str, place: int) -> int:
        """How many suspects of other lanes a job waits for that has this place in its own."""
        if self._open:
            return 0
        lane = self._lanes[session_id]
        runs_elsewhere = self._suspect is not None and not _runs(lane, self._suspect)
        line = list(self._suspects)
        if session_id not in line:
            return len(line) + runs_elsewhere
        # The first of such a lane is a suspect itself; what stands behind it waits for all the others.
        return (line.index(session_id) if place == 0 else len(line) - 1) + runs_elsewhere

    def ids(self) -> set[str]:
        """The ids of all jobs that are here."""
        waiting = {ticket.id for lane in self._lanes.values() for ticket in lane.waiting}
        return waiting | {lane.running.id for lane in self._lanes.values() if lane.running}

    def stats(self, now: datetime) -> QueueStats:
        """How full the lanes are."""
        oldest = min((lane.oldest.accepted_at for lane in self._lanes.values()), default=now)
        return QueueStats(
            waiting=self.waiting,
            running=self._running,
            sessions=len(self._lanes),
            oldest_seconds=max(0.0, (now - oldest).total_seconds()),
        )

    def _begin(self, lane: Lane) -> Ticket:
        ticket = lane.running = lane.waiting.popleft()
        self._running += 1
        self._busy[ticket.speaker] += 1
        return ticket

    def _join(self, session_id: str, lane: Lane) -> None:
        """Let the lane stand in the round with the speaker of its first job, if it has one to begin."""
        if lane.running is not None or lane.stands_with is not None or session_id in self._suspects:
            return
        lane.stands_with = lane.waiting[0].speaker
        self._ready.setdefault(lane.stands_with, {})[session_id] = None
        self._rejoin(lane.stands_with)

    def _leave(self, session_id: str, lane: Lane) -> None:
        if lane.stands_with is None:
            return
        lanes = self._ready[lane.stands_with]
        del lanes[session_id]
        if not lanes:
            del self._ready[lane.stands_with]
            self._round.pop(lane.stands_with, None)
        lane.stands_with = None

    def _rejoin(self, speaker: str) -> None:
        """Put a speaker at the end of the round, unless they stand in it, have nothing ready or have enough."""
        if speaker in self._ready and self._busy[speaker] < self._cap:
            self._round.setdefault(speaker)


def _runs(lane: Lane, job_id: str) -> bool:
    return lane.running is not None and lane.running.id == job_id
