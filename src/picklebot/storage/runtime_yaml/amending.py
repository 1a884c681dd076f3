"""Brings ids that the service owes to lists of the file into its next page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from anyio.to_thread import run_sync

from picklebot.ports.doors import ListEdit, ListEdits
from picklebot.storage.database import Database
from picklebot.storage.runtime_yaml.lists import with_edits
from picklebot.storage.runtime_yaml.splice import encode
from picklebot.yamltext import Document, read


@dataclass(frozen=True, slots=True)
class Amended:
    """A content with everything that was owed, parsed too. `settle` once it is in the file."""

    content: bytes
    document: Document
    settle: Callable[[], Awaitable[None]]


class Amending:
    """The edits of one database. One that is in the file already changes nothing, so a crash does no harm."""

    def __init__(self, database: Database, edits: ListEdits) -> None:
        self._database = database
        self._edits = edits
        self._changed = edits.changed

    async def wait(self) -> None:
        """Return when something came since this was called last."""
        await self._changed.wait()
        self._changed = self._edits.changed

    async def is_owed(self) -> bool:
        """Whether something is to be written. Raises StorageError."""
        return bool(await self._database.read(self._edits.owed))

    async def amend(self, content: bytes, source: str) -> Amended | None:
        """The content with what is owed, None when that is nothing. Raises StorageError and YamlError."""
        owed = await self._database.read(self._edits.owed)
        if not owed:
            return None
        document = await run_sync(_amend, content, source, [edit for _, edit in owed])
        last = owed[-1][0]

        async def settle() -> None:
            await self._database.write(lambda tx: self._edits.written(tx, last))

        return Amended(encode(document), document, settle)


def _amend(content: bytes, source: str, edits: list[ListEdit]) -> Document:
    return with_edits(read(content, source=source, max_bytes=8 * len(content) + 1), edits)
