"""The local queue on a real inbox: order, bounds, recovery, and stopping."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.refused_writes import refused_writes
from tests.storage.samples import make_job, make_keys

from picklebot.errors import StorageError
from picklebot.model.job import Job
from picklebot.model.message import Address
from picklebot.ports.queue import Enqueued, Queue
from picklebot.ports.storage import InboxState, Transaction
from picklebot.queues.local.queue import LocalQueue
from picklebot.storage.database import Database
from picklebot.storage.inbox import SqlInbox

inbox = SqlInbox()
Handler = Callable[[Job], Awaitable[None]]


async def offer(database: Database, queue: Queue, job: Job) -> Enqueued:
    return await database.write(lambda tx: queue.enqueue(tx, make_keys(job.id), job))


async def finish(database: Database, job: Job) -> None:
    await database.write(lambda tx: inbox.finish(tx, job.id, InboxState.DONE))


async def unfinished(database: Database) -> list[str]:
    return [job.id for job in await database.read(lambda tx: list(inbox.unfinished(tx)))]


async def ends(database: Database) -> dict[str, tuple[str, str]]:
    rows = await database.read(
        lambda tx: tx.connection.exec_driver_sql("SELECT job_id, state, reason FROM inbox").all()
    )
    return {job_id: (state, reason) for job_id, state, reason in rows}


class Desk:
    """A handler that notes what runs, and holds each job until it is let go."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.begun: list[str] = []
        self.ended: list[str] = []
        self._gates: defaultdict[str, anyio.Event] = defaultdict(anyio.Event)
        self._news = anyio.Event()

    async def handle(self, job: Job) -> None:
        self.begun.append(job.id)
        self._tell()
        await self._gates[job.id].wait()
        await finish(self._database, job)
        self.ended.append(job.id)
        self._tell()

    def let_go(self, *ids: str) -> None:
        for job_id in ids:
            self._gates[job_id].set()

    async def wait_begun(self, *ids: str) -> None:
        await self._wait(lambda: set(ids) <= set(self.begun))

    async def wait_ended(self, *ids: str) -> None:
        await self._wait(lambda: set(ids) <= set(self.ended))

    async def _wait(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            await self._news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()


@asynccontextmanager
async def running(queue: LocalQueue, handler: Handler, concurrency: int = 4) -> AsyncGenerator[None]:
    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(queue.run, handler, concurrency)
            yield
            tasks.cancel_scope.cancel()


@pytest.mark.requirement("S0.11")
async def test_sessions_run_side_by_side_and_each_in_order(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox), Desk(database)
    async with running(queue, desk.handle):
        for name in ("a1", "a2", "b1", "a3"):
            assert await offer(database, queue, make_job(name, name[0])) is Enqueued.ACCEPTED
        await desk.wait_begun("a1", "b1")
        assert desk.begun == ["a1", "b1"]
        assert queue.stats().running == 2
        desk.let_go("a2", "a3", "b1")
        await desk.wait_ended("b1")
        assert desk.begun == ["a1", "b1"], "a2 may not begin before a1 has ended"
        desk.let_go("a1")
        await desk.wait_ended("a3")
    assert desk.begun == ["a1", "b1", "a2", "a3"]
    assert await unfinished(database) == []


async def test_a_redelivered_message_is_a_duplicate(database: Database) -> None:
    queue: Queue = LocalQueue(database, inbox)
    assert await offer(database, queue, make_job("a1")) is Enqueued.ACCEPTED
    assert await offer(database, queue, make_job("a1")) is Enqueued.DUPLICATE
    same_message = make_keys("other update", "ma1")
    job = make_job("a2")
    again = await database.write(lambda tx: queue.enqueue(tx, same_message, job))
    assert again is Enqueued.DUPLICATE
    assert queue.stats().waiting == 1


async def test_a_full_lane_keeps_nothing_more(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox, lane_limit=2), Desk(database)
    async with running(queue, desk.handle):
        await offer(database, queue, make_job("a0", "a"))
        await desk.wait_begun("a0")
        offers = [await offer(database, queue, make_job(f"a{number}", "a")) for number in (1, 2, 3)]
        assert offers == [Enqueued.ACCEPTED, Enqueued.ACCEPTED, Enqueued.FULL]
        assert await offer(database, queue, make_job("b1", "b")) is Enqueued.ACCEPTED
        assert await unfinished(database) == ["a0", "a1", "a2", "b1"]
        desk.let_go("a0")
        await desk.wait_begun("a1")
        assert await offer(database, queue, make_job("a3", "a")) is Enqueued.ACCEPTED


async def test_a_flood_in_one_commit_is_bounded_too(database: Database) -> None:
    queue = LocalQueue(database, inbox, lane_limit=3)

    def flood(tx: Transaction) -> list[Enqueued]:
        return [queue.enqueue(tx, make_keys(f"a{n}"), make_job(f"a{n}", "a")) for n in range(5)]

    assert await database.write(flood) == [Enqueued.ACCEPTED] * 3 + [Enqueued.FULL] * 2


async def test_a_rolled_back_message_leaves_its_place(database: Database) -> None:
    queue = LocalQueue(database, inbox, lane_limit=1)

    def fail(tx: Transaction) -> None:
        assert queue.enqueue(tx, make_keys("a1"), make_job("a1")) is Enqueued.ACCEPTED
        raise ValueError

    for _ in range(3):
        with pytest.raises(ValueError):
            await database.write(fail)
    assert queue.stats().waiting == 0
    assert await offer(database, queue, make_job("a1")) is Enqueued.ACCEPTED


async def test_a_message_that_cannot_be_kept_leaves_its_place(database: Database) -> None:
    queue = LocalQueue(database, inbox, lane_limit=2)
    broken = make_job("a1", attempt=None)

    for _ in range(3):
        with pytest.raises(StorageError):
            await database.write(lambda tx: queue.enqueue(tx, make_keys("a1"), broken))
    assert await offer(database, queue, make_job("a1")) is Enqueued.ACCEPTED
    assert await offer(database, queue, make_job("a2")) is Enqueued.ACCEPTED


async def test_a_flooding_session_does_not_starve_others(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox), Desk(database)
    flood = [f"a{number:02}" for number in range(15)]
    for name in flood:
        await offer(database, queue, make_job(name, "a"))
    for name in ("b", "c"):
        await offer(database, queue, make_job(name, name))
    desk.let_go("b", "c", *flood)
    async with running(queue, desk.handle, concurrency=1):
        await desk.wait_ended(flood[-1])
    assert desk.begun == [flood[0], "b", "c", *flood[1:]]


async def test_adapters_wait_until_there_is_room(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox, total_limit=2), Desk(database)
    woken: list[str] = []

    async def wait(name: str) -> None:
        await queue.wait_for_room()
        woken.append(name)

    with anyio.fail_after(10):
        await queue.wait_for_room()
        await offer(database, queue, make_job("a1", "a"))
        await offer(database, queue, make_job("b1", "b"))
        assert await offer(database, queue, make_job("c1", "c")) is Enqueued.FULL
        async with anyio.create_task_group() as tasks:
            for name in ("first", "second"):
                tasks.start_soon(wait, name)
            await anyio.wait_all_tasks_blocked()
            assert woken == []
            async with running(queue, desk.handle):
                desk.let_go("a1", "b1")
                await desk.wait_ended("a1", "b1")
                await queue.wait_for_room()
    assert woken == ["first", "second"]


async def test_what_a_crash_left_runs_first_and_knows_its_attempts(database: Database) -> None:
    before = LocalQueue(database, inbox)
    for name in ("a1", "a2", "b1"):
        await offer(database, before, make_job(name, name[0]))
    await database.write(lambda tx: inbox.start(tx, "a1"))

    queue, attempts = LocalQueue(database, inbox), dict[str, int]()
    done = anyio.Event()

    async def handle(job: Job) -> None:
        attempts[job.id] = job.attempt
        await finish(database, job)
        if len(attempts) == 4:
            done.set()

    await offer(database, queue, make_job("a3", "a"))
    async with running(queue, handle, concurrency=1):
        await done.wait()
    assert list(attempts) == ["a1", "b1", "a2", "a3"]
    assert attempts == {"a1": 1, "a2": 0, "a3": 0, "b1": 0}
    assert await unfinished(database) == []


async def test_jobs_that_came_before_run_are_not_run_twice(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox), Desk(database)
    names = ["a1", "a2", "b1"]
    desk.let_go(*names)
    for name in names:
        await offer(database, queue, make_job(name, name[0]))
    async with running(queue, desk.handle):
        await desk.wait_ended(*names)
        await anyio.wait_all_tasks_blocked()
    assert sorted(desk.begun) == names


async def test_what_came_from_other_platforms_is_left_to_another_start(database: Database) -> None:
    before = LocalQueue(database, inbox)
    for platform in ("telegram", "web"):
        await offer(database, before, make_job(platform, "a", address=Address(platform, "bot", "1")))
    await database.write(lambda tx: inbox.start(tx, "telegram"))
    queue, desk = LocalQueue(database, inbox, platforms={"web"}), Desk(database)
    desk.let_go("telegram", "web")
    async with running(queue, desk.handle):
        await desk.wait_ended("web")
        await anyio.wait_all_tasks_blocked()
    assert await unfinished(database) == ["telegram"]
    assert await database.read(inbox.interrupted) == {"telegram"}


async def test_recovery_takes_more_than_the_bounds(database: Database) -> None:
    before = LocalQueue(database, inbox)
    names = [f"a{number}" for number in range(5)]
    for name in names:
        await offer(database, before, make_job(name, "a"))
    queue, desk = LocalQueue(database, inbox, lane_limit=1, total_limit=2), Desk(database)
    async with running(queue, desk.handle):
        await desk.wait_begun("a0")
        assert await offer(database, queue, make_job("b1", "b")) is Enqueued.FULL
        desk.let_go(*names)
        await desk.wait_ended(*names)
        await queue.wait_for_room()
        assert await offer(database, queue, make_job("b2", "b")) is Enqueued.ACCEPTED


async def test_a_failing_handler_is_marked_and_its_lane_goes_on(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox), Desk(database)
    desk.let_go("a2")

    async def handle(job: Job) -> None:
        if job.id == "a1":
            raise ZeroDivisionError("no")
        await desk.handle(job)

    for name in ("a1", "a2"):
        await offer(database, queue, make_job(name, "a"))
    async with running(queue, handle):
        await desk.wait_ended("a2")
    assert await ends(database) == {"a1": ("failed", "ZeroDivisionError"), "a2": ("done", "")}


async def test_a_job_that_ended_and_then_raised_keeps_its_end(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox), Desk(database)
    desk.let_go("a1", "a2")

    async def handle(job: Job) -> None:
        await desk.handle(job)
        raise ZeroDivisionError("after the end")

    for name in ("a1", "a2"):
        await offer(database, queue, make_job(name, "a"))
    async with running(queue, handle):
        await desk.wait_ended("a1", "a2")
        await queue.drain()
    assert await ends(database) == {"a1": ("done", ""), "a2": ("done", "")}


async def test_a_failed_job_is_marked_as_soon_as_the_database_lets_it(database: Database) -> None:
    queue, desk, refused = LocalQueue(database, inbox), Desk(database), anyio.Event()
    desk.let_go("a2")

    async def handle(job: Job) -> None:
        if job.id == "a1":
            await refused.wait()
            raise ZeroDivisionError("no")
        await desk.handle(job)

    for name in ("a1", "a2"):
        await offer(database, queue, make_job(name, "a"))
    async with running(queue, handle):
        async with refused_writes(database, "UPDATE OF state ON inbox") as wait_refused:
            refused.set()
            await wait_refused()
            assert desk.begun == []
        await desk.wait_ended("a2")
    assert await ends(database) == {"a1": ("failed", "ZeroDivisionError"), "a2": ("done", "")}


async def test_cancelling_stops_handlers_and_keeps_their_jobs(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox), Desk(database)
    for name in ("a1", "a2", "b1"):
        await offer(database, queue, make_job(name, name[0]))
    async with running(queue, desk.handle):
        await desk.wait_begun("a1", "b1")
    assert desk.ended == []
    assert await unfinished(database) == ["a1", "a2", "b1"]

    desk.let_go("a1", "a2", "b1")
    async with running(queue, desk.handle):
        await desk.wait_ended("a1", "a2", "b1")
    assert [name for name in desk.ended if name[0] == "a"] == ["a1", "a2"]
    assert sorted(desk.begun) == ["a1", "a1", "a2", "b1", "b1"]
    assert queue.stats().sessions == 0


async def call_and_set(call: Callable[[], Awaitable[None]], done: anyio.Event) -> None:
    await call()
    done.set()


async def test_draining_begins_nothing_and_waits_for_what_runs(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox), Desk(database)
    desk.let_go("a2", "b1")
    async with running(queue, desk.handle, concurrency=1):
        for name in ("a1", "a2", "b1"):
            await offer(database, queue, make_job(name, name[0]))
        await desk.wait_begun("a1")
        async with anyio.create_task_group() as tasks:
            drained = anyio.Event()
            tasks.start_soon(call_and_set, queue.drain, drained)
            await anyio.wait_all_tasks_blocked()
            assert not drained.is_set()
            desk.let_go("a1")
            await drained.wait()
        await anyio.wait_all_tasks_blocked()
    assert desk.begun == ["a1"]
    assert await unfinished(database) == ["a2", "b1"]
    await queue.drain()


@pytest.mark.slow
@pytest.mark.requirement("S0.11")
@given(
    arrivals=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), min_size=1, max_size=25
    ),
    concurrency=st.integers(1, 5),
)
@settings(max_examples=40, deadline=None)
async def test_no_overlap_and_no_inversion(
    blank: Path, arrivals: Sequence[tuple[int, int, bool]], concurrency: int
) -> None:
    """Random arrivals, lengths and failures: a lane's jobs run one at a time, in order, each of them once."""
    began: defaultdict[str, list[str]] = defaultdict(list)
    busy: set[str] = set()
    most = 0

    async def handle(job: Job) -> None:
        nonlocal most
        lane, (_, length, fails) = job.session_id, arrivals[int(job.id)]
        assert lane not in busy
        busy.add(lane)
        most = max(most, len(busy))
        began[lane].append(job.id)
        for _ in range(length):
            await anyio.lowlevel.checkpoint()
        busy.discard(lane)
        if len(busy) == 0 and sum(map(len, began.values())) == len(arrivals):
            done.set()
        if fails:
            raise RuntimeError("on purpose")
        await finish(database, job)

    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(blank, folder)
        async with Database.open(f"sqlite:///{folder}/{blank.name}") as database:
            queue, done = LocalQueue(database, inbox, lane_limit=50), anyio.Event()
            async with running(queue, handle, concurrency):
                async with anyio.create_task_group() as tasks:
                    for number, (lane, _, _) in enumerate(arrivals):
                        tasks.start_soon(offer, database, queue, make_job(str(number), str(lane)))
                await done.wait()
                await queue.drain()
            assert await unfinished(database) == []
            states = await ends(database)
    expected: defaultdict[str, list[str]] = defaultdict(list)
    for number, (lane, _, fails) in enumerate(arrivals):
        expected[str(lane)].append(str(number))
        assert states[str(number)][0] == ("failed" if fails else "done")
    assert began == expected
    assert most <= concurrency


async def take_in(database: Database, queue: LocalQueue, job: Job, *ids: str) -> None:
    await database.write(lambda tx: queue.take_in(tx, job, ids))


@pytest.mark.requirement("P10")
async def test_what_is_taken_in_leaves_its_place_and_ends_or_waits_again(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox, lane_limit=2, total_limit=5), Desk(database)
    async with running(queue, desk.handle):
        jobs = [make_job(f"a{number}", "a") for number in range(7)]
        for job in jobs[:3]:
            assert await offer(database, queue, job) is Enqueued.ACCEPTED
            await desk.wait_begun("a0")
        assert await offer(database, queue, jobs[3]) is Enqueued.FULL
        await take_in(database, queue, jobs[0], "a1", "a2")
        assert (queue.behind(jobs[0]), queue.stats().waiting) == ([], 0)
        for job in jobs[3:5]:
            assert await offer(database, queue, job) is Enqueued.ACCEPTED
        assert await offer(database, queue, jobs[5]) is Enqueued.FULL, "all five places are taken"
        await finish(database, jobs[1])
        await database.write(lambda tx: queue.drop(tx, "a", ["a1"]))
        assert await offer(database, queue, jobs[5]) is Enqueued.FULL, "two wait in the lane"
        await database.write(lambda tx: queue.give_back(tx, jobs[0]))
        assert queue.behind(jobs[0]) == ["a2", "a3", "a4"]
        desk.let_go(*(job.id for job in jobs))
        await desk.wait_ended("a0", "a2", "a3", "a4")
        assert desk.begun == ["a0", "a2", "a3", "a4"]
        assert await offer(database, queue, jobs[5]) is Enqueued.ACCEPTED
        await desk.wait_ended("a5")
    assert queue.stats().sessions == 0


async def test_a_stop_in_good_order_releases_what_was_taken_in(database: Database) -> None:
    queue, desk = LocalQueue(database, inbox), Desk(database)
    jobs = [make_job(f"a{number}", "a") for number in range(3)]
    async with running(queue, desk.handle):
        for job in jobs:
            await offer(database, queue, job)
        await desk.wait_begun("a0")
        await database.write(lambda tx: [inbox.start(tx, job.id) for job in jobs[:2]])
        await take_in(database, queue, jobs[0], "a1")
    assert {state for state, _ in (await ends(database)).values()} == {"accepted"}
    again = Desk(database)
    again.let_go("a0", "a1", "a2")
    async with running(LocalQueue(database, inbox), again.handle):
        await again.wait_ended("a2")
    assert again.begun == ["a0", "a1", "a2"]
