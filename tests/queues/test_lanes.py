"""Whose turn it is, without waiting: order, fairness, and counting."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st
from tests.storage.samples import after, make_job

from picklebot.model.job import Job
from picklebot.ports.queue import QueueStats
from picklebot.queues.local.lanes import Lanes
from picklebot.queues.local.places import Places


def begin_all(lanes: Lanes) -> list[str]:
    """Run everything, one at a time."""
    order: list[str] = []
    while (job := lanes.begin()) is not None:
        order.append(job.id)
        lanes.end(job)
    return order


def test_lanes_take_turns() -> None:
    lanes = Lanes()
    for name in ("a1", "a2", "a3", "a4", "b1", "c1", "c2"):
        lanes.add(make_job(name, name[0]))
    assert begin_all(lanes) == ["a1", "b1", "c1", "a2", "c2", "a3", "a4"]


def test_a_lane_runs_one_job_at_a_time() -> None:
    lanes = Lanes()
    for name in ("a1", "a2"):
        lanes.add(make_job(name, "a"))
    first = lanes.begin()
    assert first is not None
    assert lanes.begin() is None
    lanes.add(make_job("a3", "a"))
    assert lanes.begin() is None
    lanes.end(first)
    assert begin_all(lanes) == ["a2", "a3"]


def test_older_jobs_go_before_those_of_their_lane() -> None:
    lanes = Lanes()
    lanes.add(make_job("a3", "a"))
    lanes.put_first([make_job("a1", "a"), make_job("b1", "b"), make_job("a2", "a")])
    assert lanes.ids() == {"a1", "a2", "a3", "b1"}
    assert begin_all(lanes) == ["a1", "b1", "a2", "a3"]


def test_stats_tell_of_the_oldest() -> None:
    lanes = Lanes()
    assert lanes.stats(after(9)) == QueueStats(0, 0, 0, 0.0)
    lanes.add(make_job("a1", "a", accepted_at=after(1)))
    lanes.add(make_job("a2", "a", accepted_at=after(2)))
    lanes.add(make_job("b1", "b", accepted_at=after(3)))
    job = lanes.begin()
    assert lanes.stats(after(9)) == QueueStats(waiting=2, running=1, sessions=2, oldest_seconds=8.0)
    assert job is not None
    lanes.end(job)
    assert lanes.stats(after(9)) == QueueStats(waiting=2, running=0, sessions=2, oldest_seconds=7.0)
    assert lanes.stats(after(0)).oldest_seconds == 0.0


@given(st.lists(st.one_of(st.integers(0, 3), st.just("begin"), st.just("end")), max_size=60))
def test_whatever_comes_lanes_neither_overlap_nor_reorder(steps: list[int | str]) -> None:
    lanes = Lanes()
    added: defaultdict[str, list[str]] = defaultdict(list)
    begun: defaultdict[str, list[str]] = defaultdict(list)
    running: list[Job] = []
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
                lanes.add(make_job(str(number), str(lane)))
        assert lanes.running == len(running)
        for lane, ids in begun.items():
            assert ids == added[lane][: len(ids)]


def test_places_are_bounded_by_lane_and_in_all() -> None:
    places = Places(lane_limit=2, total_limit=3)
    assert [places.reserve("a") for _ in range(3)] == [True, True, False]
    assert [places.reserve("b") for _ in range(2)] == [True, False]
    places.begin("a")
    assert not places.reserve("a"), "a running job still has its place in the whole"
    places.end()
    assert places.reserve("a")
    places.give_back("b")
    assert places.reserve("b")


def test_adapters_rest_a_tenth_before_the_end() -> None:
    places = Places(lane_limit=20, total_limit=10)
    for _ in range(8):
        assert places.reserve("a")
    assert not places.crowded
    assert places.reserve("a")
    assert places.crowded
    assert places.reserve("a")
    places.give_back("a")
    places.give_back("a")
    assert not places.crowded
