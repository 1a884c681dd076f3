"""Files that agents wrote, as chats get them: opened to be sent, or by a link where they are too large for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from picklebot import clock
from picklebot.ports.results import FileLinks, OpenFile, ResultStore
from picklebot.ports.storage import Database

VALID: Final = timedelta(days=7)
"""So long a link is good, for whoever has it."""

PATH: Final = "/files/"
"""What comes before the handle in the address of a link."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Without a `public_url`, under which people reach the page, nothing is offered by a link."""

    database: Database
    results: ResultStore
    links: FileLinks
    public_url: str | None = None
    now: Callable[[], datetime] = clock.now

    async def open(self, session_id: str, path: str) -> OpenFile | None:
        """The file as it is now; None where it is gone."""
        return await self.results.open(session_id, path)

    async def offer(self, session_id: str, path: str) -> str:
        """A link to the file; empty where nobody could follow one. Raises StorageError."""
        if self.public_url is None:
            return ""
        until = self.now() + VALID
        handle = await self.database.write(lambda tx: self.links.offer(tx, session_id, path, until))
        return f"{self.public_url}{PATH}{handle}"

    async def fetch(self, handle: str) -> OpenFile | None:
        """What somebody with this handle may have; None for one that is unknown or too old. Raises StorageError."""
        found = await self.database.read(lambda tx: self.links.find(tx, handle, self.now()))
        return None if found is None else await self.results.open(*found)
