"""The files that come with messages: fetched from their platform, and kept for a while."""

from __future__ import annotations

from typing import Protocol

from picklebot.model.message import Attachment


class Fetcher(Protocol):
    """A platform, as far as it has files."""

    async def fetch(self, file: Attachment, most: int) -> bytes:
        """The file. Raises FileError when it cannot be had, or has more than `most` bytes."""
        ...


class MediaStore(Protocol):
    """What was fetched, so that a turn that begins again fetches nothing twice."""

    async def read(self, session_id: str, name: str) -> bytes | None:
        """What was kept under that name, None where nothing is."""
        ...

    async def keep(self, session_id: str, name: str, data: bytes) -> None:
        """Keep it for a while."""
        ...
