"""A file on its way to whoever may have it: to be saved, and never to be shown or run by a browser."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from picklebot.ports.results import OpenFile

_CHUNK: Final = 1 << 18


class Download(StreamingResponse):
    """Sends an open file, and closes it."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "content-length": str(file.size),
            "content-security-policy": "sandbox; default-src 'none'",
            "x-content-type-options": "nosniff",
        }
        super().__init__(self._chunks(), media_type=file.media_type, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file.content:
            await super().__call__(scope, receive, send)

    async def _chunks(self) -> AsyncGenerator[bytes]:
        while chunk := await run_sync(self._file.content.read, _CHUNK):
            yield chunk
