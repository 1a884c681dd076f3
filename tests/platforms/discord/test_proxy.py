"""Discord through a proxy: names that nobody else could resolve, REST and gateway alike."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream
from tests.platforms.discord.kit import listening, options_for
from tests.platforms.socks_server import socks_server

from picklebot.errors import PlatformError
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.testing.memory import DictMemory

ASKED = re.compile(rb"\w+://(\w+)\.invalid:1(/\S*)")


@asynccontextmanager
async def proxy_to(server: str) -> AsyncGenerator[tuple[str, set[str]]]:
    """A plain HTTP proxy for whom every `.invalid` name is `server`; its url, and the names asked for."""
    host, _, port = server.partition(":")
    names: set[str] = set()

    async def carry(
        source: SocketStream, to: SocketStream, scope: anyio.CancelScope, *, asking: bool
    ) -> None:
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            while True:
                data = await source.receive()
                if asking:
                    names.update(match[1].decode() for match in ASKED.finditer(data))
                    data = re.sub(rb"\w+\.invalid:1", server.encode(), ASKED.sub(rb"\2", data))
                await to.send(data)
        scope.cancel()

    async def serve(client: SocketStream) -> None:
        async with (
            client,
            await anyio.connect_tcp(host, int(port)) as far,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(partial(carry, client, far, tasks.cancel_scope, asking=True))
            tasks.start_soon(partial(carry, far, client, tasks.cancel_scope, asking=False))

    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, serve)
        yield f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}", names
        tasks.cancel_scope.cancel()


async def test_rest_and_gateway_go_through_a_proxy(dc, intake, ann):
    server = urlsplit(dc.api_base_url)
    async with proxy_to(server.netloc) as (url, names):
        options = options_for(
            dc,
            api_base_url=f"http://discord.invalid:1{server.path}",
            gateway_url=f"ws://gateway.invalid:1{urlsplit(dc.gateway_url).path or '/'}",
            proxy=url,
        )
        async with listening(DiscordAdapter(options, DictMemory()), intake):
            dc.dm(ann).say(ann, "hello")
            await intake.wait(lambda bus: bus.texts == ["hello"])
    assert names == {"discord", "gateway"}


NOWHERE = 9
"""A port on which nobody listens: who goes there by themselves arrives nowhere."""


def elsewhere(dc, proxy: str):
    """Options by which Discord is at a place that only the proxy can reach."""
    server, gateway = urlsplit(dc.api_base_url), urlsplit(dc.gateway_url)
    return options_for(
        dc,
        api_base_url=f"http://localhost:{NOWHERE}{server.path}",
        gateway_url=f"ws://localhost:{NOWHERE}{gateway.path}",
        proxy=proxy,
    )


@pytest.mark.parametrize(("scheme", "host"), [("socks5h", "localhost"), ("socks5", "127.0.0.1")])
async def test_everything_goes_through_a_socks_proxy(dc, intake, ann, scheme, host):
    server = urlsplit(dc.api_base_url)
    async with socks_server(server.hostname, server.port) as proxy:
        adapter = DiscordAdapter(
            elsewhere(dc, f"{scheme}://me:canary%40secret@127.0.0.1:{proxy.port}"), DictMemory()
        )
        async with listening(adapter, intake):
            dc.dm(ann).say(ann, "hello", files={"a.txt": b"what it holds"})
            await intake.wait(lambda bus: bus.texts == ["hello"])
            before = len(proxy.asked)
            [file] = intake.messages[0].attachments
            assert await adapter.files.fetch(file, 100) == b"what it holds"
        rest_and_gateway, files = proxy.asked[:before], proxy.asked[before:]
        assert len(rest_and_gateway) >= 2
        assert {*rest_and_gateway} == {(host, NOWHERE)}
        assert all(port == server.port for _, port in files)


@pytest.mark.requirement("P30")
async def test_a_socks_proxy_that_lets_nobody_through_is_trouble_that_can_be_mended(dc, intake):
    server = urlsplit(dc.api_base_url)
    async with socks_server(server.hostname, server.port) as proxy:
        for url in (f"socks5h://me:wrong@127.0.0.1:{proxy.port}", f"socks5h://me:wrong@127.0.0.1:{NOWHERE}"):
            adapter = DiscordAdapter(elsewhere(dc, url), DictMemory())
            with pytest.raises(PlatformError, match="the proxy does not let us through") as refused:
                await adapter.run(intake, task_status=anyio.TASK_STATUS_IGNORED)
            assert type(refused.value) is PlatformError  # it is tried again
            assert "wrong" not in str(refused.value)
    assert proxy.refused == 1
