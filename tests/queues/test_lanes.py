"""Whose turn it is, without waiting: order, fairness, and counting."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.storage.samples import after, make_job

from picklebot.model.message import Sender
from picklebot.ports.queue import QueueStats
from picklebot.queues.local.lanes import Lanes
from picklebot.queues.local.places import Places
from picklebot.queues.local.ticket import Ticket


def ticket(job_id: str, session: str, speaker: str | None = None, **changes: Any) -> Ticket:
    """Without a speaker, each session is somebody's own."""
    return Ticket.of(make_job(job_id, session, sender=Sender(speaker or session, ""), **changes))


def begin_all(lanes: Lanes) -> list[str]:
    """Run everything, one at a time."""
    order: list[str] = []
    while (job := lanes.begin()) is not None:
        order.append(job.id)
        lanes.end(job)
    return order


def test_lanes_take_turns() -> None:
    lanes = Lanes(cap=8)
    for name in ("a1", "a2", "a3", "a4", "b1", "c1", "c2"):
        lanes.add(ticket(name, name[0]))
    assert begin_all(lanes) == ["a1", "b1", "c1", "a2", "c2", "a3", "a4"]


def test_a_lane_runs_one_job_at_a_time() -> None:
    lanes = Lanes(cap=8)
    for name in ("a1", "a2"):
        lanes.add(ticket(name, "a"))
    first = lanes.begin()
    assert first is not None
    assert lanes.begin() is None
    lanes.add(ticket("a3", "a"))
    assert lanes.begin() is None
    lanes.end(first)
    assert begin_all(lanes) == ["a2", "a3"]


def test_older_jobs_go_before_those_of_their_lane() -> None:
    lanes = Lanes(cap=8)
    lanes.add(ticket("a3", "a"))
    lanes.put_first([ticket("a1", "a"), ticket("b1", "b"), ticket("a2", "a")])
    assert lanes.ids() == {"a1", "a2", "a3", "b1"}
    assert begin_all(lanes) == ["a1", "b1", "a2", "a3"]


def test_stats_tell_of_the_oldest() -> None:
    lanes = Lanes(cap=8)
    assert lanes.stats(after(9)) == QueueStats(0, 0, 0, 0.0)
    lanes.add(ticket("a1", "a", accepted_at=after(1)))
    lanes.add(ticket("a2", "a", accepted_at=after(2)))
    lanes.add(ticket("b1", "b", accepted_at=after(3)))
    job = lanes.begin()
    assert lanes.stats(after(9)) == QueueStats(waiting=2, running=1, sessions=2, oldest_seconds=8.0)
    assert job is not None
    lanes.end(job)
    assert lanes.stats(after(9)) == QueueStats(waiting=2, running=0, sessions=2, oldest_seconds=7.0)
    assert lanes.stats(after(0)).oldest_seconds == 0.0


@given(st.lists(st.one_of(st.integers(0, 3), st.just("begin"), st.just("end")), max_size=60))
def test_whatever_comes_lanes_neither_overlap_nor_reorder(steps: list[int | str]) -> None:
    lanes = Lanes(cap=8)
    added: defaultdict[str, list[str]] = defaultdict(list)
    begun: defaultdict[str, list[str]] = defaultdict(list)
    running: list[Ticket] = []
    for number, step in enumerate(steps):
        match step:
            case "begin":
                if (job := lanes.begin()) is not None:
                    assert job.session_id not in {other.session_id for other in running}
                    begun[job.session_id].append(job.id)
                    running.append(job)
                else:
                    busy = {job.session_id for job in running}
                    assert all(added[lane] == begun[lane] for lane in added if lane not in busy)
            case "end":
                if running:
                    lanes.end(running.pop(0))
            case lane:
                added[str(lane)].append(str(number))
                lanes.add(ticket(str(number), str(lane)))
        assert lanes.running == len(running)
        for lane, ids in begun.items():
            assert ids == added[lane][: len(ids)]


def test_places_are_bounded_by_lane_and_in_all() -> None:
    places = Places(lane_limit=2, total_limit=3)
    assert [places.reserve("a", "ann") for _ in range(3)] == [True, True, False]
    assert [places.reserve("b", "bob") for _ in range(2)] == [True, False]
    places.begin("a", "ann")
    assert not places.reserve("a", "ann"), "a running job still has its place in the whole"
    places.end()
    assert places.reserve("a", "ann")
    places.give_back("b", "bob")
    assert places.reserve("b", "bob")


def test_adapters_rest_a_tenth_before_the_end() -> None:
    places = Places(lane_limit=20, total_limit=10)
    for _ in range(8):
        assert places.reserve("a", "ann")
    assert not places.crowded
    assert places.reserve("a", "ann")
    assert places.crowded
    assert places.reserve("a", "ann")
    places.give_back("a", "ann")
    places.give_back("a", "ann")
    assert not places.crowded


def test_speakers_take_turns_however_many_sessions_they_have() -> None:
    lanes = Lanes(cap=8)
    for number in range(4):
        lanes.add(ticket(f"a{number}", f"lane-{number}", "ann"))
    lanes.add(ticket("b", "b", "bob"))
    lanes.add(ticket("c", "c", "cleo"))
    assert begin_all(lanes) == ["a0", "b", "c", "a1", "a2", "a3"]


def test_a_speaker_has_only_so_many_jobs_running() -> None:
    lanes = Lanes(cap=2)
    for number in range(4):
        lanes.add(ticket(f"a{number}", f"lane-{number}", "ann"))
    first, second = lanes.begin(), lanes.begin()
    assert first is not None
    assert second is not None
    assert lanes.begin() is None
    lanes.add(ticket("b", "b", "bob"))
    other = lanes.begin()
    assert other is not None
    assert other.id == "b"
    lanes.end(first)
    third = lanes.begin()
    assert third is not None
    assert third.id == "a2"


def test_a_lane_stands_with_the_speaker_of_its_next_job() -> None:
    lanes = Lanes(cap=1)
    lanes.add(ticket("a1", "shared", "ann"))
    lanes.add(ticket("b1", "shared", "bob"))
    lanes.add(ticket("a2", "own", "ann"))
    assert begin_all(lanes) == ["a1", "a2", "b1"]


def places(lanes: Lanes, *names: str) -> list[int | None]:
    """The places of jobs whose lane is called as they begin."""
    return [lanes.place(name[0], name) for name in names]


@pytest.mark.requirement("P7")
def test_suspects_run_first_and_by_themselves() -> None:
    lanes = Lanes(cap=8)
    lanes.add(ticket("new", "n"))
    old = [ticket("a1", "a"), ticket("a2", "a"), ticket("b1", "b"), ticket("c1", "c")]
    lanes.put_first(old, suspects={"a1", "b1"})
    assert places(lanes, "a1", "a2", "b1", "c1", "new") == [0, 2, 1, 2, 2]
    first = lanes.begin()
    assert first is not None
    assert first.id == "a1"
    assert lanes.begin() is None
    assert places(lanes, "a1", "a2", "b1", "c1", "new") == [0, 2, 1, 2, 2]
    lanes.end(first)
    second = lanes.begin()
    assert second is not None
    assert second.id == "b1"
    assert lanes.begin() is None
    assert places(lanes, "a2", "b1", "c1", "new") == [1, 0, 1, 1]
    lanes.open_up()
    assert places(lanes, "a2", "b1", "c1", "new") == [0, 0, 0, 0]
    third = lanes.begin()
    assert third is not None, "after a while others run beside them"
    lanes.end(second)
    lanes.end(third)
    assert sorted(begin_all(lanes)) == sorted({"new", "a2", "c1"} - {third.id})


def test_dropping_takes_only_what_waits() -> None:
    lanes = Lanes(cap=8)
    for name in ("a1", "a2", "a3"):
        lanes.add(ticket(name, "a"))
    running = lanes.begin()
    assert running is not None
    assert [it.id for it in lanes.drop("a", {"a1", "a2"})] == ["a2"]
    assert lanes.drop("nowhere", {"a3"}) == []
    lanes.end(running)
    assert [it.id for it in lanes.drop("a", {"a3"})] == ["a3"]
    assert lanes.begin() is None
    assert lanes.ids() == set()


def test_a_dropped_suspect_holds_nobody() -> None:
    lanes = Lanes(cap=8)
    lanes.put_first([ticket("a1", "a"), ticket("b1", "b")], suspects={"a1"})
    lanes.drop("a", {"a1"})
    assert begin_all(lanes) == ["b1"]


def test_a_speaker_has_a_share_of_all_places() -> None:
    places = Places(lane_limit=2, total_limit=50)
    taken = [places.reserve(f"lane-{number}", "ann") for number in range(7)]
    assert taken == [True] * 5 + [False] * 2
    assert places.reserve("b", "bob")
    places.begin("lane-0", "ann")
    assert places.reserve("lane-6", "ann")


def test_a_job_that_is_advanced_is_the_next_of_its_lane() -> None:
    lanes = Lanes(cap=8)
    for name in ("a1", "a2", "a3"):
        lanes.add(ticket(name, "a"))
    running = lanes.begin()
    assert running is not None
    assert [lanes.place("a", name) for name in ("a1", "a2", "a3", "x")] == [0, 1, 2, None]
    lanes.advance("a", "a3")
    assert [lanes.place("a", name) for name in ("a1", "a2", "a3")] == [0, 2, 1]
    for nowhere in (("a", "a1"), ("a", "x"), ("x", "x")):
        lanes.advance(*nowhere)
    lanes.end(running)
    assert lanes.place("x", "x") is None
    assert begin_all(lanes) == ["a3", "a2"]


def test_a_job_is_advanced_with_its_own_speaker_and_behind_what_a_crash_cut_off() -> None:
    lanes = Lanes(cap=8)
    lanes.put_first([ticket("a1", "a", "x"), ticket("a2", "a", "y"), ticket("a3", "a", "z")], {"a1"})
    lanes.advance("a", "a3")
    assert begin_all(lanes) == ["a1", "a3", "a2"]
    for name, speaker in (("b1", "x"), ("b2", "y")):
        lanes.add(ticket(name, "b", speaker))
    lanes.advance("b", "b2")
    assert begin_all(lanes) == ["b2", "b1"]


def lane_with(*names: str) -> tuple[Lanes, Ticket]:
    """One lane; the first of its jobs runs."""
    lanes = Lanes(cap=8)
    for name in names:
        lanes.add(ticket(name, "a"))
    first = lanes.begin()
    assert first is not None
    return lanes, first


def test_what_is_taken_in_waits_no_more() -> None:
    lanes, first = lane_with("a1", "a2", "a3", "a4")
    assert [it.id for it in lanes.behind("a", "a1")] == ["a2", "a3", "a4"]
    assert [it.id for it in lanes.take_in("a", "a1", {"a2", "a3"})] == ["a2", "a3"]
    assert [it.id for it in lanes.behind("a", "a1")] == ["a4"]
    assert [lanes.place("a", f"a{number}") for number in range(1, 5)] == [0, None, None, 1]
    assert lanes.waiting == 1
    assert [it.id for it in lanes.drop("a", {"a2", "a3"})] == ["a2", "a3"]
    lanes.end(first)
    assert begin_all(lanes) == ["a4"]
    assert lanes.ids() == set()


def test_what_was_taken_in_and_did_not_end_is_next_and_read_anew() -> None:
    lanes, first = lane_with("a1", "a2", "a3")
    lanes.take_in("a", "a1", {"a2"})
    assert [it.id for it in lanes.give_back("a")] == ["a2"]
    assert lanes.waiting == 2
    lanes.end(first)
    second = lanes.begin()
    assert second is not None
    assert (second.id, second.job) == ("a2", None)


def test_nothing_is_taken_into_what_does_not_run() -> None:
    lanes, first = lane_with("a1", "a2")
    assert lanes.behind("a", "a2") == []
    assert lanes.behind("b", "b1") == []
    assert lanes.take_in("a", "a2", {"a2"}) == []
    assert lanes.give_back("b") == []
    lanes.end(first)
    assert begin_all(lanes) == ["a2"]


def test_a_suspect_that_ran_within_another_runs_by_itself_too() -> None:
    lanes = Lanes(cap=8)
    lanes.put_first([ticket("a1", "a"), ticket("a2", "a"), ticket("b1", "b")], suspects={"a1", "a2"})
    first = lanes.begin()
    assert first is not None
    assert first.id == "a1"
    lanes.end(first)
    second = lanes.begin()
    assert second is not None
    assert second.id == "a2"
    assert lanes.begin() is None
    lanes.end(second)
    assert begin_all(lanes) == ["b1"]
