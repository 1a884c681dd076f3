"""The HTTP server, inside our own loop."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator
from typing import Final

import anyio
import uvicorn
from anyio.abc import TaskStatus
from fastapi import FastAPI

_GRACE: Final = 5
"""Seconds that open requests have for their end when the server stops."""


class _Server(uvicorn.Server):
    """uvicorn, started by our task group and stopped by its cancellation, never by a signal of its own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = anyio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve(
    app: FastAPI,
    listener: socket.socket,
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve what comes to `listener` until cancelled, and close it; `task_status.started()` once it answers.

    Cancelled, it ends the replies that are being followed, lets requests finish for a few seconds and closes.
    """
    server = _Server(_config(app))
    async with anyio.create_task_group() as group:
        group.start_soon(_run, server, listener)
        try:
            await server.ready.wait()
            task_status.started()
            await anyio.sleep_forever()
        finally:
            app.state.gateway.hub.close()
            server.should_exit = True


async def _run(server: _Server, listener: socket.socket) -> None:
    # Shielded: it ends by itself, in order, once `should_exit` is set.
    with anyio.CancelScope(shield=True), listener:
        await server.serve([listener])


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",  # what is installed everywhere, so that tests run what ships
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=1000,
        timeout_graceful_shutdown=_GRACE,
    )
