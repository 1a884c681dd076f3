"""What the next new speaker costs when so many are known already (P26), and what a message costs then.

Two costs are told apart: the commit of the new binding with its session, and the copy of the runtime file, of
which there is at most one a second however many spoke. CPU time of the whole process, all its threads.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import anyio
from bench.figures import Report, Row, spread
from bench.plot import curves

from bench import growth
from picklebot.model.session import Session, SessionMode
from picklebot.ports.storage import Binding, Origin, Transaction
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.ledger import SqlLedger
from picklebot.storage.runtime_yaml import RuntimeYamlSync
from picklebot.storage.sessions import SqlSessions

NEW = 500
COPIES = 5
KNOWN = (100, 1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Run:
    """CPU seconds a new speaker and a copy of the file; bytes of database a speaker; CPU seconds a message."""

    commit: float
    copy: float
    size: float
    message: float


async def report(rounds: int) -> Report:
    """All sizes in turn."""
    runs: dict[int, list[Run]] = {known: [] for known in KNOWN}
    for _ in range(rounds):
        for known in KNOWN:
            message = (await growth.measure(0, known)).cpu
            runs[known].append(replace(await measure(known), message=message))
            print(f"{known:,} speakers known: {runs[known][-1]}", flush=True)
    return Report(_rows(runs), [_table(runs)], {"speakers": _plot(runs)})


def _rows(runs: dict[int, list[Run]]) -> list[Row]:
    first, last = runs[KNOWN[0]], runs[KNOWN[-1]]
    times = [late.commit / early.commit for late, early in zip(last, first, strict=True)]
    micros = [1e6 * run.commit for run in last]
    return [
        Row(
            "P26",
            "the 100,000th new speaker costs at most 1.5 times the 100th",
            spread(times, " times"),
            median(times) <= 1.5,
        ),
        Row(
            "P26",
            "the 100,000th new speaker costs under 1 ms of CPU",
            spread(micros, " µs", 0),
            median(micros) < 1_000,
        ),
    ]


def _table(runs: dict[int, list[Run]]) -> str:
    lines = [
        "### When many are known",
        "",
        "The file is copied at most once a second, however many are new. A message is one of somebody known.",
        "",
        "| speakers known | CPU a new speaker | CPU a copy of the file | database a speaker | CPU a message |",
        "|---|---|---|---|---|",
    ]
    for known, all_ in runs.items():
        cells = [
            spread([1e6 * run.commit for run in all_], " µs", 0),
            spread([1e3 * run.copy for run in all_], " ms", 1),
            spread([run.size for run in all_], " bytes", 0),
            spread([1e6 * run.message for run in all_], " µs", 0),
        ]
        lines.append(f"| {known:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _plot(runs: dict[int, list[Run]]) -> str:
    new = {known: [1e6 * run.commit for run in all_] for known, all_ in runs.items()}
    message = {known: [1e6 * run.message for run in all_] for known, all_ in runs.items()}
    series = {"a new speaker, in the database": new, "a message of a known one": message}
    return curves("CPU time, by how many speakers are known", "speakers known", "µs", series)


async def measure(known: int) -> Run:
    """New speakers beside so many known; no messages."""
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
            before = await pages(database)
            commit = await commit_cost(database, store, known)
            size = (await pages(database) - before) / NEW
            await sync.flush()
            copies = [await copy_cost(database, store, sync, 10**7 + number) for number in range(COPIES)]
    return Run(commit, median(copies), size, 0.0)


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
