"""What sessions that were removed leave on disk. It follows them at once, or at the latest after the next start.

That a session was removed is committed together with its rows' end, so no crash leaves its files behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import anyio
import structlog
from sqlalchemy import bindparam, delete, select

from picklebot.bell import Bell
from picklebot.errors import StorageError
from picklebot.ports.storage import Transaction
from picklebot.storage.database import Database
from picklebot.storage.tables import removed_sessions

log = structlog.get_logger()

EVERY_SECONDS: Final = 3_600.0
"""So long after a file that cannot be removed it is tried again."""

_REMOVED = select(removed_sessions.c.session_id)
_DONE = delete(removed_sessions).where(removed_sessions.c.session_id == bindparam("of_session"))


class Folders(Protocol):
    """Files by session."""

    async def remove(self, session_id: str) -> None:
        """Remove those of this session. Raises OSError when something stays."""
        ...


class Leavings:
    """Removes them. `removed` rings when a session was removed."""

    def __init__(self, database: Database, folders: Sequence[Folders], removed: Bell) -> None:
        self._database = database
        self._folders = folders
        self._removed = removed

    async def run(self) -> None:
        """Sweep whenever a session was removed, until cancelled."""
        while True:
            with anyio.move_on_after(EVERY_SECONDS):
                await self._removed.wait()
            try:
                await self.sweep()
            except StorageError as error:
                log.warning("what removed sessions leave could not be looked up", reason=str(error))

    async def sweep(self) -> None:
        """Remove what there is to remove. What stays is told, and known for the next time."""
        for session_id in await self._database.read(_left):
            try:
                for folder in self._folders:
                    await folder.remove(session_id)
            except OSError as error:
                log.warning("the files of a removed session stay for now", reason=str(error))
            else:
                await self._database.write(
                    lambda tx, gone=session_id: tx.connection.execute(_DONE, {"of_session": gone}),
                    synced=False,
                )


def _left(tx: Transaction) -> Sequence[str]:
    return tx.connection.execute(_REMOVED).scalars().all()
