"""The one door to the database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import anyio
import structlog
from anyio.to_thread import run_sync

from picklebot.bell import Bell
from picklebot.errors import StorageError, UnwritableError
from picklebot.storage.engines import READERS
from picklebot.storage.faults import explain
from picklebot.storage.opening import Gates, open_gates
from picklebot.storage.transaction import SqlTransaction
from picklebot.storage.writer import Writer

T = TypeVar("T")

log = structlog.get_logger()

MOST_WAITING: Final = 1_024
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 10.0


class Database:
    """Implements `ports.storage.Database` for a SQLite file or PostgreSQL."""

    def __init__(self, gates: Gates) -> None:
        self._place = gates.place
        self._reading = gates.reading
        self._readers = anyio.CapacityLimiter(READERS)
        self._waiting = 0
        self._room = Bell()
        self._writer = None if gates.writing is None else Writer(gates.writing, gates.place, self._make_room)
        self._closed = False

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, read_only: bool = False) -> AsyncGenerator[Database]:
        """Open the database; on the way out, write what still waits and close it.

        A writer makes a missing SQLite file and runs the migrations; there may be one writer at a time.
        `read_only` changes nothing, also when a gateway is writing meanwhile. Raises StorageError when the
        database is missing, locked, damaged, not ours or of another version, ConfigError for a bad URL.
        """
        gates = await run_sync(open_gates, url, read_only)
        database = cls(gates)
        try:
            yield database
        finally:
            with anyio.CancelScope(shield=True):
                await database._close()
                await run_sync(gates.dispose)

    @property
    def trouble(self) -> str | None:
        """Why the last commit failed, in one line; None while they succeed."""
        return self._writer.trouble if self._writer else None

    async def write(self, work: Callable[[SqlTransaction], T], *, synced: bool = True) -> T:
        """See `ports.storage.Database.write`. At most 1,024 writes wait; further callers wait for room."""
        if self._writer is None:
            raise StorageError(f"{self._place} is open for reading only")
        while self._waiting >= MOST_WAITING:
            await self._room.wait()
        if self._closed:
            raise StorageError(f"{self._place} is closed")
        self._waiting += 1
        return await self._writer.put(work, synced=synced)

    async def persist(self, work: Callable[[SqlTransaction], T], *, synced: bool = True) -> T:
        """See `ports.storage.Database.persist`."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await self.write(work, synced=synced)
            except UnwritableError:
                raise
            except StorageError as error:
                if self._closed or self._writer is None:
                    raise
                log.error(
                    "something cannot be written yet and is tried again", error=str(error), seconds=pause
                )
            await anyio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def read(self, work: Callable[[SqlTransaction], T]) -> T:
        """See `ports.storage.Database.read`."""
        if self._closed:
            raise StorageError(f"{self._place} is closed")
        return await run_sync(self._read, work, limiter=self._readers)

    def _read(self, work: Callable[[SqlTransaction], T]) -> T:
        try:
            with self._reading.begin() as connection:
                return work(SqlTransaction(connection, connection.connection.driver_connection))
        except self._reading.errors as error:
            raise explain(error, self._place) from error

    def _make_room(self, places: int) -> None:
        self._waiting -= places
        self._room.ring()

    async def _close(self) -> None:
        self._closed = True
        if self._writer is not None:
            await self._writer.stop()
