"""Lanes and leases as a state machine: arrivals, failures, stops, crashes and restarts, in whatever order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.storage.samples import make_job

from picklebot.model.message import Sender
from picklebot.queues.local.lanes import Lanes
from picklebot.queues.local.ticket import Ticket

CAP, PLACES, TRIES = 2, 4, 3


@dataclass
class Row:
    """A message as the inbox would keep it."""

    ticket: Ticket
    state: str = "accepted"
    attempts: int = 0


class Leases(RuleBasedStateMachine):
    """The lanes beside a model of the inbox. A job that is `poison` takes the process with it when it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.lanes = Lanes(CAP)
        self.rows: dict[str, Row] = {}
        self.running: dict[str, Ticket] = {}
        self.begun: defaultdict[str, list[str]] = defaultdict(list)
        self.poison: set[str] = set()
        self.alone: set[str] = set()

    @rule(lane=st.integers(0, 3), speaker=st.integers(0, 1), poison=st.booleans())
    def arrive(self, lane: int, speaker: int, poison: bool) -> None:
        job_id = f"{len(self.rows):04}"
        job = make_job(job_id, f"lane-{speaker}-{lane}", sender=Sender(str(speaker), ""))
        ticket = Ticket.of(job)
        self.rows[job_id] = Row(ticket)
        if poison and len(self.poison) < 2:
            self.poison.add(job_id)
        self.lanes.add(ticket)

    @precondition(lambda self: len(self.running) < PLACES)
    @rule()
    def begin(self) -> None:
        ticket = self.lanes.begin()
        if ticket is None:
            return
        row = self.rows[ticket.id]
        assert row.state in {"accepted", "running"}, "what has ended is never begun"
        assert ticket.session_id not in {other.session_id for other in self.running.values()}, "no overlap"
        earlier = [
            other
            for other in self.rows.values()
            if other.ticket.session_id == ticket.session_id
            and other.ticket.id < ticket.id
            and other.state in {"accepted", "running"}
        ]
        assert earlier == [], "no inversion"
        assert not self.alone or not self.running, "suspects run by themselves"
        if row.attempts >= TRIES:
            row.state = "failed"
            self.lanes.end(ticket)
            self.alone.discard(ticket.id)
            return
        row.state, row.attempts = "running", row.attempts + 1
        self.running[ticket.id] = ticket
        if ticket.id in self.poison:
            self.crash()

    @precondition(lambda self: self.running)
    @rule(data=st.data(), state=st.sampled_from(["done", "failed"]))
    def end(self, data: st.DataObject, state: str) -> None:
        ticket = self.running.pop(data.draw(st.sampled_from(sorted(self.running))))
        self.rows[ticket.id].state = state
        self.alone.discard(ticket.id)
        self.lanes.end(ticket)

    @rule(lane=st.integers(0, 3), speaker=st.integers(0, 1))
    def stop_all(self, lane: int, speaker: int) -> None:
        """The speaker drops what waits; the rows that still say "running" are a suspect's, and stay."""
        session = f"lane-{speaker}-{lane}"
        waiting = {
            job_id
            for job_id, row in self.rows.items()
            if row.ticket.session_id == session and row.state == "accepted"
        }
        dropped = {ticket.id for ticket in self.lanes.drop(session, waiting)}
        assert dropped == waiting - self.running.keys()
        for job_id in dropped:
            self.rows[job_id].state = "done"

    @rule()
    def crash(self) -> None:
        """kill -9: only the rows are left."""
        self.alone = {job_id for job_id, row in self.rows.items() if row.state == "running"}
        self._restart()

    @rule()
    def stop_and_start(self) -> None:
        """A stop in good order gives back what ran."""
        for job_id in self.running:
            self.rows[job_id].state = "accepted"
        self.alone = {job_id for job_id, row in self.rows.items() if row.state == "running"}
        self._restart()

    @rule()
    def run_dry(self) -> None:
        """Everything that is left comes to its end."""
        for _ in range(10 * len(self.rows) + 10):
            for ticket in list(self.running.values()):
                del self.running[ticket.id]
                self.rows[ticket.id].state = "done"
                self.alone.discard(ticket.id)
                self.lanes.end(ticket)
            if not self.lanes.waiting:
                break
            self.begin()
        left = [row for row in self.rows.values() if row.state in {"accepted", "running"}]
        assert left == [], "nothing is unaccounted for"
        for job_id, row in self.rows.items():
            if row.state == "failed" and row.attempts >= TRIES and job_id not in self.poison:
                assert row.attempts <= TRIES

    @invariant()
    def caps_hold(self) -> None:
        busy: defaultdict[str, int] = defaultdict(int)
        for ticket in self.running.values():
            busy[ticket.speaker] += 1
        assert all(count <= CAP for count in busy.values())
        assert self.lanes.running == len(self.running)
        assert all(row.attempts <= TRIES for row in self.rows.values()), "at most three model calls"

    @invariant()
    def lanes_hold_what_is_unfinished(self) -> None:
        unfinished = {job_id for job_id, row in self.rows.items() if row.state in {"accepted", "running"}}
        assert self.lanes.ids() == unfinished

    def _restart(self) -> None:
        self.running = {}
        self.lanes = Lanes(CAP)
        unfinished = [row.ticket for row in self.rows.values() if row.state in {"accepted", "running"}]
        unfinished.sort(key=lambda ticket: ticket.id not in self.alone)
        self.lanes.put_first(unfinished, self.alone)


@pytest.mark.requirement("P9")
@pytest.mark.requirement("P2")
@pytest.mark.requirement("P7")
class TestLeases(Leases.TestCase):
    settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
