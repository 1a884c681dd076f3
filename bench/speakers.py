"""What the next new speaker costs when so many are known already (P26): python bench/speakers.py [KNOWN…]

Two costs are told apart: the commit of the new binding with its session, and the copy of the runtime file, of
which there is at most one a second however many spoke. CPU time of the whole process, all its threads.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import anyio

from picklebot.model.session import Session, SessionMode
from picklebot.ports.storage import Binding, Origin, Transaction
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.ledger import SqlLedger
from picklebot.storage.runtime_yaml import RuntimeYamlSync
from picklebot.storage.sessions import SqlSessions

NEW = 500
ROUNDS = 3


async def measure(known: int) -> None:
    """Print one line of figures."""
    with tempfile.TemporaryDirectory() as folder:
        async with Database.open(f"sqlite:///{folder}/data/picklebot.db") as database:
            store = SqlBindings()
            for first in range(0, known, 5_000):
                await database.write(
                    partial(speak, store=store, keys=range(first, min(first + 5_000, known)))
                )
            path = Path(folder) / "config.runtime.yaml"
            sync = RuntimeYamlSync(path, SqlLedger(database, store), on_document=lambda _: None)
            await sync.start()
            commits = [await commit_cost(database, store, known + NEW * round_) for round_ in range(ROUNDS)]
            await sync.flush()
            size = await pages(database)
            copies = [await copy_cost(database, store, sync, 10**7 + number) for number in range(5)]
            per_speaker = (await pages(database) - size) / 5
    print(
        f"{known:>8,} known: {1e6 * median(commits):6.0f} µs CPU a new speaker,"
        f" {1e3 * median(copies):6.1f} ms CPU a file copy (at most one a second),"
        f" {per_speaker:6.0f} bytes of database a speaker",
        flush=True,
    )


async def commit_cost(database: Database, store: SqlBindings, first: int) -> float:
    """CPU seconds for one new speaker, of many that come at once."""
    began = time.process_time()
    async with anyio.create_task_group() as tasks:
        for key in range(first, first + NEW):
            tasks.start_soon(database.write, partial(speak, store=store, keys=range(key, key + 1)))
    return (time.process_time() - began) / NEW


async def copy_cost(database: Database, store: SqlBindings, sync: RuntimeYamlSync, key: int) -> float:
    """CPU seconds until one more speaker stands in the file."""
    await database.write(partial(speak, store=store, keys=range(key, key + 1)))
    began = time.process_time()
    await sync.flush()
    return time.process_time() - began


def speak(tx: Transaction, store: SqlBindings, keys: range) -> None:
    """What a first message does to bindings and sessions."""
    for key in keys:
        session_id = f"0d1f6c0e-7c43-4d5e-9b51-{key:012d}"
        now = datetime.now(UTC)
        SqlSessions().create(
            tx, Session(session_id, "pickle", "telegram", str(key), SessionMode.CHAT, "", now, None)
        )
        store.put(tx, "telegram", str(key), Binding(session_id, Origin.SERVICE))


async def pages(database: Database) -> int:
    """The size of the database in bytes."""

    def work(tx: Transaction) -> int:
        say = tx.connection.exec_driver_sql
        return say("PRAGMA page_count").scalar() * say("PRAGMA page_size").scalar()

    return await database.read(work)


async def main() -> None:
    """Measure at each size."""
    for known in [int(it) for it in sys.argv[1:]] or [100, 1_000, 10_000, 100_000]:
        await measure(known)


if __name__ == "__main__":
    anyio.run(main)
