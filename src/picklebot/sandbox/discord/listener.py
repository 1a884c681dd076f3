"""The listening side: one port that can go away and come back."""

import socket
from collections.abc import Callable

from aiohttp import web

CLOSE_AT_ONCE = 0.01


class Listener:
    """Serves a fresh app on one port between `open` and `close`; the port stays the same."""

    def __init__(self, host: str, port: int) -> None:
        """Bind at once, so that the port is known. Raises OSError when it is in use."""
        self._socket: socket.socket | None = _bind(host, port)
        self._host = host
        self._port: int = self._socket.getsockname()[1]
        self._runner: web.AppRunner | None = None

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{host}:{self._port}"

    async def open(self, build: Callable[[], web.Application]) -> None:
        """Listen. Returns when connections are taken."""
        bound = self._socket or _bind(self._host, self._port)
        self._socket = None
        self._runner = web.AppRunner(build(), access_log=None, shutdown_timeout=CLOSE_AT_ONCE)
        await self._runner.setup()
        await web.SockSite(self._runner, bound).start()

    async def close(self) -> None:
        """Stop listening and break every connection."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        if runner.server is not None:
            for connection in runner.server.connections:
                connection.force_close()  # first of all: no handler gets to say goodbye
        await runner.cleanup()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)
