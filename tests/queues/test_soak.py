"""Many messages through the real queue on a real database: order, fairness and bounds under faults.

With PICKLEBOT_SOAK=1 the sizes are those of the promises, else about a hundredth.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter, defaultdict
from pathlib import Path

import anyio
import pytest
from tests.figures import Figure
from tests.sizes import sized
from tests.storage.samples import make_job, make_keys

from picklebot.errors import NotFoundError
from picklebot.model.job import Job
from picklebot.model.message import Sender
from picklebot.ports.queue import Enqueued
from picklebot.ports.storage import InboxState
from picklebot.queues.local.queue import LocalQueue
from picklebot.storage.database import Database
from picklebot.storage.inbox import SqlInbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

inbox = SqlInbox()


async def offer(database: Database, queue: LocalQueue, job: Job) -> Enqueued:
    await queue.wait_for_room()
    return await database.write(lambda tx: queue.enqueue(tx, make_keys(job.id), job))


async def empty(queue: LocalQueue, seconds: float) -> None:
    """Return once nothing waits or runs."""
    with anyio.fail_after(seconds):
        while queue.stats().sessions:  # noqa: ASYNC110 - the queue has no event for this
            await anyio.sleep(0.01)


@pytest.mark.requirement("P9")
@pytest.mark.requirement("P2")
async def test_no_inversion_and_no_overlap_over_faults_and_restarts(
    database: Database, figure: Figure
) -> None:
    count, lives = sized(10_000), 5
    dice, offered = random.Random(9), 0
    busy: set[str] = set()
    ended: defaultdict[str, list[str]] = defaultdict(list)
    accepted: defaultdict[str, list[str]] = defaultdict(list)
    rests: set[str] = set()

    for life in range(lives):
        queue = LocalQueue(database, inbox, lane_limit=count, alone_seconds=0.2)

        async def handle(job: Job, queue: LocalQueue = queue) -> None:
            assert job.session_id not in busy, "overlap"
            busy.add(job.session_id)
            try:
                await database.write(lambda tx: inbox.start(tx, job.id))
                if dice.random() < 0.05 and job.id not in rests:
                    rests.add(job.id)
                    await queue.rest(job, 0.001)
                if dice.random() < 0.05:
                    raise RuntimeError("on purpose")
                await database.write(lambda tx: inbox.finish(tx, job.id, InboxState.DONE))
            finally:
                busy.discard(job.session_id)
                ended[job.session_id].append(job.id)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(queue.run, handle, 32)
            async with anyio.create_task_group() as arrivals:
                for _ in range(count // lives):
                    lane = str(dice.randrange(64))
                    job = make_job(f"{offered:06}", lane, sender=Sender(lane, ""))
                    offered += 1
                    accepted[lane].append(job.id)
                    arrivals.start_soon(offer, database, queue, job)
            if life == lives - 1:
                await empty(queue, seconds=600)
            tasks.cancel_scope.cancel()
        assert busy == set()

    states = await database.read(
        lambda tx: Counter(tx.connection.exec_driver_sql("SELECT state FROM inbox").scalars())
    )
    assert states["accepted"] == states["running"] == 0
    assert sum(states.values()) == sum(map(len, accepted.values()))
    # A job that a stop cut off is run again: its last end counts.
    last = {lane: list(dict.fromkeys(reversed(ended[lane])))[::-1] for lane in accepted}
    inversions = sum(last[lane] != ids for lane, ids in accepted.items())
    figure(
        "P9", f"lanes out of order and overlaps, {count:,} messages, 64 sessions, {lives} lives", inversions
    )
    assert inversions == 0


@pytest.mark.requirement("P11")
async def test_a_flooding_speaker_does_not_starve_fifty_others(database: Database, figure: Figure) -> None:
    """One speaker floods 100 sessions; fifty others say one thing each. Each turn takes 20 ms."""

    async def p95(flood: int) -> float:
        waits: list[float] = []
        begun: dict[str, float] = {}
        queue = LocalQueue(database, inbox)

        async def handle(job: Job) -> None:
            if job.sender.user_id != "flood":
                waits.append(time.monotonic() - begun[job.id])
            await anyio.sleep(0.02)
            await database.write(lambda tx: inbox.finish(tx, job.id, InboxState.DONE))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(queue.run, handle, 32)
            for number in range(flood):
                job = make_job(f"f{flood}-{number}", f"flood-{number % 100}", sender=Sender("flood", ""))
                await offer(database, queue, job)
            for number in range(50):
                job = make_job(f"p{flood}-{number}", f"own-{number}", sender=Sender(str(number), ""))
                begun[job.id] = time.monotonic()
                await offer(database, queue, job)
            await empty(queue, seconds=60)
            tasks.cancel_scope.cancel()
        return sorted(waits)[int(len(waits) * 0.95)]

    alone, beside = await p95(0), await p95(1_000)
    figure("P11", "p95 wait of 50 speakers", f"{alone:.3f} s alone, {beside:.3f} s beside the flood")
    assert beside - alone < 1.0


@pytest.mark.requirement("P12")
async def test_a_flood_is_bounded_and_nothing_accepted_is_dropped(database: Database, figure: Figure) -> None:
    """Every message gets a written answer: taken or full. What waits costs a ticket, not its text."""
    count, window = sized(100_000, 1_000), 50
    queue = LocalQueue(database, inbox, total_limit=sized(10_000, 500), window=window)
    receipts, handled = Counter[Enqueued](), 0
    before, most_kept = resident(), 0

    async def handle(job: Job) -> None:
        nonlocal handled, most_kept
        most_kept = max(most_kept, queue._kept)
        try:
            await database.write(lambda tx: inbox.start(tx, job.id))
        except NotFoundError as error:
            raise AssertionError("a dropped job") from error
        assert len(job.text) == 4096
        await database.write(lambda tx: inbox.finish(tx, job.id, InboxState.DONE))
        handled += 1

    async def flood(part: int) -> None:
        for number in range(part, count, 64):
            lane = str(number % 2_000)
            job = make_job(f"{number:06}", lane, text="x" * 4096, sender=Sender(lane, ""))
            receipts[await offer(database, queue, job)] += 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(queue.run, handle, 32)
        async with anyio.create_task_group() as adapters:
            for part in range(64):
                adapters.start_soon(flood, part)
        await empty(queue, seconds=900)
        tasks.cancel_scope.cancel()
    grown = (resident() - before) >> 20
    dropped = receipts[Enqueued.ACCEPTED] - handled
    figure("P12", f"dropped of {count:,} offered to the queue", f"{dropped}, memory grew by {grown} MiB")
    assert dropped == 0
    assert sum(receipts.values()) == count
    assert most_kept <= window
    assert grown < 200, "of the 400 MiB; what this process ran before is not the queue's"


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
