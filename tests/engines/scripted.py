"""A model server that does what a test tells it to: the faults that no ordinary stand-in makes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from aiohttp import web

Script = Callable[["Exchange"], Awaitable[None]]


class Exchange:
    """One request, and the means to answer it badly."""

    def __init__(self, request: web.Request, body: Any, closed: anyio.Event) -> None:
        self.request = request
        self.body = body
        self.closed = closed
        self._response: web.StreamResponse = web.StreamResponse(headers={"Content-Type": "text/event-stream"})

    async def open(self) -> None:
        await self._response.prepare(self.request)

    async def send(self, *events: dict[str, Any] | str) -> None:
        for event in events:
            data = event if isinstance(event, str) else json.dumps(event)
            await self._response.write(f"data: {data}\n\n".encode())

    def refuse(self, status: int) -> None:
        """Answer with an error of the provider, instead of opening a stream."""
        self._response = web.json_response({"error": {"message": "not now"}}, status=status)

    def abort(self) -> None:
        """Lose the connection."""
        if self.request.transport is not None:
            self.request.transport.abort()

    async def hang(self) -> None:
        """Say nothing until the client goes away, and note that it did."""
        try:
            await anyio.sleep_forever()
        finally:
            self.closed.set()


def chunk(text: str | None = None, finish: str | None = None) -> dict[str, Any]:
    """A chunk of a chat completion."""
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


class ScriptedServer:
    """Runs one script for every request; `closed` is set when a client leaves a hanging answer."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[Any] = []
        self.closed = anyio.Event()
        self.script: Script = Exchange.hang

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        exchange = Exchange(request, body, self.closed)
        await self.script(exchange)
        return exchange._response


@asynccontextmanager
async def serving() -> AsyncGenerator[ScriptedServer]:
    server = ScriptedServer()
    app = web.Application()
    app.router.add_post("/{tail:.*}", server._handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()
