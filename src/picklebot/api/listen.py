"""The HTTP server, inside our own loop."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Generator
from typing import Final

import anyio
import uvicorn
from anyio.abc import TaskStatus
from fastapi import FastAPI

from picklebot.errors import ConfigError, PortBusyError

SPARE_PORTS: Final = 20
"""How far to look for a free port when the operator did not name one."""

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


def bind(host: str, port: int, *, spare: int) -> socket.socket:
    """Listen on `port`, or on the first free one of the `spare` after it. Port 0 lets the system choose.

    Whoever connects waits until somebody serves. Raises PortBusyError when none of them is free, ConfigError for a
    host that is not this machine's.
    """
    for candidate in range(port, min(port + spare, 65535) + 1):
        try:
            return _bind(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ConfigError(
                    f"messagebus.web cannot listen on {host} port {candidate}: {error.strerror or error}"
                ) from error
    if spare:
        raise PortBusyError(
            f"ports {port} to {port + spare} are all in use; set messagebus.web.port to a free one"
        )
    raise PortBusyError(f"port {port} is in use by another program; stop it or change messagebus.web.port")


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[
        0
    ]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # A bound socket that does not listen yet would share the port with another one that does the same.
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(host: str, listener: socket.socket) -> str:
    """Where people find what listens there."""
    name = "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared, not bound
    return f"http://{f'[{name}]' if ':' in name and name[0] != '[' else name}:{listener.getsockname()[1]}"
