"""The one writer: a thread that puts all waiting writes into one commit.

A commit costs an fsync, a row costs microseconds. While one group is being synced the next one gathers, so
the busier the gateway, the cheaper each write. Each write has a savepoint of its own: when its work raises,
only that is undone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

import structlog

from picklebot.errors import StorageError, UnwritableError
from picklebot.storage.engines import Gate
from picklebot.storage.faults import explain
from picklebot.storage.transaction import SqlTransaction

log = structlog.get_logger()

LARGEST_GROUP: Final = 256


@dataclass(slots=True, eq=False)
class Write:
    """One piece of work on its way through the writer: what to do, who waits, and how it ended."""

    work: Callable[[SqlTransaction], Any]
    synced: bool
    waiter: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None
    calls: Sequence[Callable[[], None]] = field(default=())


class Writer:
    """Owns the writing thread. `put` and `stop` are called on the loop, in the order of the writes."""

    def __init__(self, gate: Gate, place: str, settled: Callable[[int], None]) -> None:
        """`settled` is told on the loop how many writes have come to their end."""
        self._gate = gate
        self._place = place
        self._settled = settled
        self._loop = asyncio.get_running_loop()
        self._waiting: SimpleQueue[Write | None] = SimpleQueue()
        self._stopped = asyncio.Event()
        self.trouble: str | None = None
        """What the last group of writes failed with, in one line; None while they succeed."""
        self._thread = Thread(target=self._run, name="picklebot-writer", daemon=True)
        self._thread.start()

    def put(self, work: Callable[[SqlTransaction], Any], *, synced: bool) -> asyncio.Future[Any]:
        """Hand over a piece of work. The future has its result once that is committed, and synced if need be."""
        write = Write(work, synced, self._loop.create_future())
        self._waiting.put(write)
        return write.waiter

    async def stop(self) -> None:
        """Write what waits, then end the thread. Nothing may be put after this."""
        self._waiting.put(None)
        await self._stopped.wait()
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            group, going = self._gather()
            if group:
                self._commit(group)
                self._loop.call_soon_threadsafe(self._settle, group)
        self._loop.call_soon_threadsafe(self._stopped.set)

    def _gather(self) -> tuple[list[Write], bool]:
        """Wait for a write and take all that came with it; False when this group is the last."""
        group: list[Write] = []
        try:
            write = self._waiting.get()
            while write is not None:
                group.append(write)
                if len(group) == LARGEST_GROUP:
                    return group, True
                write = self._waiting.get_nowait()
        except Empty:
            return group, True
        return group, False

    def _commit(self, group: list[Write]) -> None:
        """All of the group in one transaction, synced when one of them asks for it.

        When that cannot be committed, each of them has failed.
        """
        transactions: list[SqlTransaction] = []
        try:
            with self._gate.begin(synced=any(write.synced for write in group)) as connection:
                driver = connection.connection.driver_connection
                for write in group:
                    transactions.append(SqlTransaction(connection, driver))
                    self._perform(write, transactions[-1])
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers must hear of it
            for write in group:
                write.error = write.error or explain(error, self._place)
        self.trouble = next((str(it.error) for it in group if _is_trouble(it.error)), None)
        for write, tx in zip(group, transactions, strict=False):
            write.calls = tx.rollback_calls if write.error else tx.commit_calls

    def _perform(self, write: Write, tx: SqlTransaction) -> None:
        """Do one write between savepoints.

        An error of this function means that the database gave up the whole transaction: SQLite does so on a
        full disk and on I/O errors. Releasing a savepoint therefore also proves that it is still open.
        """
        # Said to the driver: these come with every write, and SQLAlchemy's way would triple their price.
        say = tx.driver.execute
        say("SAVEPOINT one_write")
        try:
            write.result = write.work(tx)
            say("RELEASE SAVEPOINT one_write")
        except Exception as error:  # noqa: BLE001 - handed to the one who asked for this write
            write.error = explain(error, self._place) if isinstance(error, self._gate.errors) else error
            say("ROLLBACK TO SAVEPOINT one_write")
            say("RELEASE SAVEPOINT one_write")

    def _settle(self, group: list[Write]) -> None:
        """On the loop: first what was to be done after the commit, then wake the one who waits for it."""
        for write in group:
            for call in write.calls:
                _run_call(call)
            if write.waiter.done():
                continue
            if write.error is not None:
                write.waiter.set_exception(write.error)
            else:
                write.waiter.set_result(write.result)
        self._settled(len(group))


def _is_trouble(error: Exception | None) -> bool:
    return isinstance(error, StorageError) and not isinstance(error, UnwritableError)


def _run_call(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:
        log.exception("a call after a commit failed")
