"""A database that really refuses some writes for a while, as a locked one or a full disk would."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
from sqlalchemy import text

from picklebot.ports.storage import Transaction
from picklebot.storage.database import Database


@asynccontextmanager
async def refused_writes(database: Database, what: str) -> AsyncGenerator[Callable[[], Awaitable[None]]]:
    """Inside, writes of the kind `what` ("UPDATE ON inbox") are refused; call what it gives to wait for one."""

    def refuse(tx: Transaction) -> None:
        tx.connection.execute(
            text(f"CREATE TRIGGER refuse BEFORE {what} BEGIN SELECT RAISE(ABORT, 'not now'); END")
        )

    async def wait_refused() -> None:
        with anyio.fail_after(10):
            while database.trouble is None:
                await anyio.lowlevel.checkpoint()

    await database.write(refuse)
    yield wait_refused
    await database.write(lambda tx: tx.connection.execute(text("DROP TRIGGER refuse")))
