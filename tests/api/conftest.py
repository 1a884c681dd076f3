"""A real server on a port of the system's choice, with the echo gateway behind it."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import anyio
import anyio.lowlevel
import httpx
import pytest
from tests.api.echo_gateway import EchoGateway, Rows

from picklebot.api.listen import serve
from picklebot.api.port import bind, url_of
from picklebot.api.server import build_api
from picklebot.ports.webhook import Webhook


@dataclass(frozen=True, slots=True)
class Site:
    """A running server and a client for it."""

    url: str
    gateway: EchoGateway
    client: httpx.AsyncClient

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def session(self, **wish: object) -> str:
        """A session of a new speaker."""
        answer = await self.client.post("/api/v1/sessions", json=wish)
        assert answer.status_code == 201
        return answer.json()["id"]


class Opens(Protocol):
    def __call__(
        self, *, token: str | None = None, host: str = "127.0.0.1", folder: Path = Path("/nonexistent")
    ) -> AbstractAsyncContextManager[Site]: ...


@asynccontextmanager
async def open_site(
    *,
    token: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    rows: Rows | None = None,
    webhooks: Sequence[Webhook] = (),
    folder: Path = Path("/nonexistent"),
    public_url: str | None = None,
) -> AsyncGenerator[Site]:
    """Serve until the block ends, in at most half a minute; `rows` and `folder` are what an earlier one has left."""
    with anyio.fail_after(30):
        async with anyio.create_task_group() as turns, anyio.create_task_group() as servers:
            gateway = EchoGateway(
                turns,
                database=rows or Rows(),
                webhooks={webhook.path: webhook for webhook in webhooks},
                folder=folder,
                public_url=public_url,
            )
            app = build_api(gateway, host=host, token=token)
            listener = bind(host, port, spare=0)
            url = url_of(host, listener)
            await servers.start(serve, app, listener)
            async with httpx.AsyncClient(base_url=url, timeout=10, trust_env=False) as client:
                yield Site(url, gateway, client)
            servers.cancel_scope.cancel()
            turns.cancel_scope.cancel()


@pytest.fixture
def opens() -> Opens:
    """Opens a site with settings of the test's own."""
    return open_site


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site without a token."""
    async with open_site() as site:
        yield site


def readers(site: Site) -> int:
    """How many follow an answer."""
    return sum(len(reading) for reading in site.gateway.hub._readers.values())


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition that other tasks of this loop bring about."""
    with anyio.fail_after(5):
        while not condition():
            await anyio.lowlevel.checkpoint()
