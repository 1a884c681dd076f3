"""Ports, and how the server stops."""

import signal
import socket

import anyio
import httpx
import pytest
from tests.api.conftest import Opens, until
from tests.api.echo_gateway import EchoGateway

from picklebot.api.listen import serve
from picklebot.api.port import bind, url_of
from picklebot.api.server import build_api
from picklebot.errors import ConfigError, PortBusyError


def test_a_busy_port_that_was_configured_is_an_error() -> None:
    with bind("127.0.0.1", 0, spare=0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortBusyError, match=rf"port {port} is in use") as caught:
            bind("127.0.0.1", port, spare=0)
    assert caught.value.exit_code == 1


def test_a_busy_port_that_was_not_configured_gives_way_to_the_next() -> None:
    with bind("127.0.0.1", 0, spare=0) as taken:
        port = taken.getsockname()[1]
        with bind("127.0.0.1", port, spare=20) as other:
            assert port < other.getsockname()[1] <= port + 20


def test_a_host_of_another_machine_is_the_operators_mistake() -> None:
    for host in ("192.0.2.1", "no.such.host.invalid"):
        with pytest.raises(ConfigError, match="cannot listen"):
            bind(host, 0, spare=0)


async def test_it_leaves_signals_alone_and_closes_its_port(opens: Opens) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with opens() as site:
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
        port = site.port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


async def test_it_says_where_it_listens_and_stops_while_somebody_follows() -> None:
    with anyio.fail_after(10):
        async with anyio.create_task_group() as turns:
            gateway = EchoGateway(turns)
            app = build_api(gateway, host="localhost", token=None)
            async with anyio.create_task_group() as group:
                listener = bind("localhost", 0, spare=0)
                url = url_of("localhost", listener)
                async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
                    await group.start(serve, app, listener)
                    assert url.startswith("http://localhost:")
                    await client.get(f"{url}/web/history")
                    async with client.stream("GET", f"{url}/web/events") as events:
                        lines = events.aiter_lines()
                        assert await anext(lines) == "event: hello"
                        group.cancel_scope.cancel()
                        with anyio.CancelScope(shield=True):
                            assert [line async for line in lines if line.startswith("event")] == []
            turns.cancel_scope.cancel()


async def test_a_reader_who_goes_away_is_forgotten(opens: Opens) -> None:
    async with opens() as site:
        await site.client.get("/web/history")
        async with site.client.stream("GET", "/web/events") as events:
            assert await anext(events.aiter_lines()) == "event: hello"
            assert len(site.gateway.hub._readers) == 1

        await until(lambda: not site.gateway.hub._readers)
