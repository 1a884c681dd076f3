"""A file on its way to the Bot API."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from aiogram import Bot
from aiogram.types import InputFile
from anyio.to_thread import run_sync

from picklebot.ports.results import OpenFile

LONGEST_UPLOAD: Final = 300
"""Seconds for a file."""

_CHUNK: Final = 1 << 18


class Upload(InputFile):
    """An open file. It is read from the beginning, each time that it is sent, and never as a whole."""

    def __init__(self, file: OpenFile) -> None:
        super().__init__(filename=file.name, chunk_size=_CHUNK)
        self._content = file.content

    async def read(self, bot: Bot) -> AsyncGenerator[bytes, None]:  # noqa: ARG002 - aiogram asks for it so
        """See InputFile."""
        await run_sync(self._content.seek, 0)
        while chunk := await run_sync(self._content.read, self.chunk_size):
            yield chunk
