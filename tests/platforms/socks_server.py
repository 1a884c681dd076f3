"""A SOCKS5 server on loopback, as small as it can be (RFC 1928, RFC 1929)."""

from __future__ import annotations

import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import anyio
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

_NAME = 3


@dataclass
class SocksServer:
    """Lets in who knows the password, and connects all of them with `far`, whatever they ask for.

    `asked` are the hosts and ports that it was asked for, by name or by address.
    """

    far: tuple[str, int]
    user: str = "me"
    password: str = "canary@secret"
    port: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    refused: int = 0

    async def serve(self, client: SocketStream) -> None:
        """One connection, to its end."""
        async with client:
            with suppress(anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
                if await self._let_in(client, BufferedByteReceiveStream(client)):
                    async with await anyio.connect_tcp(*self.far) as far, anyio.create_task_group() as tasks:
                        tasks.start_soon(_carry, client, far, tasks.cancel_scope)
                        tasks.start_soon(_carry, far, client, tasks.cancel_scope)

    async def _let_in(self, client: SocketStream, said: BufferedByteReceiveStream) -> bool:
        _, count = await said.receive_exactly(2)
        await said.receive_exactly(count)
        await client.send(b"\x05\x02")
        _, length = await said.receive_exactly(2)
        user = await said.receive_exactly(length)
        password = await said.receive_exactly((await said.receive_exactly(1))[0])
        known = (user.decode(), password.decode()) == (self.user, self.password)
        await client.send(b"\x01\x00" if known else b"\x01\x01")
        if not known:
            self.refused += 1
            return False
        kind = (await said.receive_exactly(4))[3]
        length = (await said.receive_exactly(1))[0] if kind == _NAME else 4
        host = await said.receive_exactly(length)
        (port,) = struct.unpack("!H", await said.receive_exactly(2))
        self.asked.append((host.decode() if kind == _NAME else ".".join(map(str, host)), port))
        await client.send(b"\x05\x00\x00\x01" + bytes(6))
        return True


async def _carry(source: SocketStream, to: SocketStream, scope: anyio.CancelScope) -> None:
    with suppress(anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
        while True:
            await to.send(await source.receive())
    scope.cancel()


@asynccontextmanager
async def socks_server(host: str, port: int) -> AsyncGenerator[SocksServer]:
    """Serve until the block ends."""
    server = SocksServer((host, port))
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        server.port = listener.extra(SocketAttribute.local_port)
        tasks.start_soon(listener.serve, server.serve)
        yield server
        tasks.cancel_scope.cancel()
