"""How soon a job begins, from `enqueue` to its handler (Q7): queue and SQLite in this process, nothing else."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import anyio
from bench.figures import Report, Row, percentile, spread

from picklebot.model.job import Job
from picklebot.model.message import Address, Sender
from picklebot.model.session import SessionMode
from picklebot.ports.storage import DedupeKeys, InboxState, Transaction
from picklebot.queues.local.queue import LocalQueue
from picklebot.storage.database import Database
from picklebot.storage.inbox import SqlInbox

JOBS = 1_000
SESSIONS = 50
CONCURRENCY = 32


async def report(rounds: int) -> Report:
    """Jobs one after the other, each durable before it begins."""
    runs = [await measure() for _ in range(rounds)]
    p50 = [1e3 * percentile(waits, 0.50) for waits in runs]
    p99 = [1e3 * percentile(waits, 0.99) for waits in runs]
    return Report(
        [
            Row("Q7", "enqueue to turn start, p50 at most 1 ms", spread(p50, " ms"), median(p50) <= 1),
            Row("Q7", "enqueue to turn start, p99 at most 16 ms", spread(p99, " ms"), median(p99) <= 16),
        ]
    )


async def measure() -> list[float]:
    """Seconds from before the commit to the handler of each job, sorted."""
    with tempfile.TemporaryDirectory() as folder:
        async with Database.open(f"sqlite:///{Path(folder)}/picklebot.db") as database:
            inbox = SqlInbox()
            queue = LocalQueue(database, inbox)
            waits: list[float] = []
            began = 0.0
            ended = anyio.Event()

            async def handle(job: Job) -> None:
                waits.append(time.perf_counter() - began)
                await database.write(lambda tx: inbox.finish(tx, job.id, InboxState.DONE))
                ended.set()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(queue.run, handle, CONCURRENCY)
                for number in range(JOBS):
                    job, ended = _job(number), anyio.Event()
                    began = time.perf_counter()
                    await database.write(lambda tx, job=job: _enqueue(tx, queue, job))
                    await ended.wait()
                tasks.cancel_scope.cancel()
    return sorted(waits)


def _enqueue(tx: Transaction, queue: LocalQueue, job: Job) -> None:
    marks = DedupeKeys(("telegram", "1", job.id), ("telegram", "1", job.session_id, job.id))
    queue.enqueue(tx, marks, job)


def _job(number: int) -> Job:
    now, chat = datetime.now(UTC), str(number % SESSIONS)
    return Job(
        id=f"job-{number}",
        session_id=f"session-{chat}",
        agent="pickle",
        mode=SessionMode.CHAT,
        text="hello",
        sender=Sender(chat, "Person"),
        address=Address("telegram", "1", chat),
        sent_at=now,
        accepted_at=now,
    )
