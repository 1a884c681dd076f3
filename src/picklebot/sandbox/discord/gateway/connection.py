"""One WebSocket of the gateway: frames go out in order, through a bounded queue."""

import json
from typing import Any

import anyio
from aiohttp import web

OUTGOING_MOST = 2000
CLOSE_PATIENCE = 1.0


class Connection:
    """Sends without waiting. A client that falls OUTGOING_MOST frames behind is cut off and may RESUME."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
        self._request = request
        self._out, self._queue = anyio.create_memory_object_stream[str | int](OUTGOING_MOST)

    def send(self, frame: str) -> None:
        """Put a frame in line."""
        self._put(frame)

    def send_op(self, op: int, data: Any = None) -> None:
        """Put a frame that is no dispatch in line."""
        self._put(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def close(self, code: int) -> None:
        """Close with this code once everything in line has gone out."""
        self._put(code)

    def cut(self) -> None:
        """Break the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def write(self) -> None:
        """Send what comes, until a close code or the end of the connection."""
        with self._queue:
            async for item in self._queue:
                try:
                    if isinstance(item, int):
                        await self._socket.close(code=item)
                        return
                    await self._socket.send_str(item)
                except ConnectionError:
                    return

    def _put(self, item: str | int) -> None:
        try:
            self._out.send_nowait(item)
        except anyio.WouldBlock:
            self.cut()
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # the connection has ended; the session keeps the frame

    def finish(self) -> None:
        """Let `write` end when it has sent what is in line."""
        self._out.close()
