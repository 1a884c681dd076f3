"""SIGTERM on the real process: what runs ends, what waits is kept, nothing is lost."""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from tests.engines.scripted import Exchange, ScriptedServer, chunk, serving
from tests.figures import Figure
from tests.road.gateway_process import GatewayProcess, run_gateway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@asynccontextmanager
async def model(workspace: Path) -> AsyncGenerator[tuple[ScriptedServer, anyio.Event, anyio.Event]]:
    asked, let_go = anyio.Event(), anyio.Event()

    async def answer(exchange: Exchange) -> None:
        asked.set()
        await exchange.open()
        await exchange.send(chunk("I heard: "))
        await let_go.wait()
        await exchange.send(chunk(exchange.body["messages"][-1]["content"]), chunk(finish="stop"), "[DONE]")

    async with serving() as server:
        server.script = answer
        (workspace / "config.yaml").write_text(
            f"""\
llm: {{model: "openai-chat:m", api_key: not-a-key, base_url: "{server.url}"}}
messagebus:
  web: {{port: 0}}
"""
        )
        yield server, asked, let_go


async def say(api: httpx.AsyncClient, session: str, text: str) -> str | None:
    """The reply, None when the gateway ended before."""
    try:
        response = await api.post(f"/sessions/{session}/messages", json={"text": text, "message_id": text})
    except httpx.HTTPError:
        return None
    return response.json().get("reply")


def client(gateway: GatewayProcess) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"{gateway.url}/api/v1", trust_env=False, timeout=60)


async def open_session(api: httpx.AsyncClient) -> str:
    opened = await api.post("/sessions", json={"platform": "console", "speaker": "ann"})
    return str(opened.json()["id"])


async def wait_waiting(api: httpx.AsyncClient, count: int) -> None:
    with anyio.fail_after(20):
        while True:
            found = (await api.get("/messages")).json()["messages"]
            if len(found) >= count:
                return
            await anyio.sleep(0.05)


@pytest.mark.requirement("P14")
async def test_sigterm_lets_turns_end_and_keeps_what_waits(tmp_path: Path, figure: Figure) -> None:
    replies: dict[str, str | None] = {}

    async def ask(api: httpx.AsyncClient, session: str, text: str) -> None:
        replies[text] = await say(api, session, text)

    async with model(tmp_path) as (server, asked, let_go):
        async with run_gateway(tmp_path, "web") as gateway, client(gateway) as api:
            session = await open_session(api)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ask, api, session, "one")
                with anyio.fail_after(30):
                    await asked.wait()
                tasks.start_soon(ask, api, session, "two")
                await wait_waiting(api, 2)
                gateway.signal(signal.SIGTERM)
                began = time.monotonic()
                await refuses(gateway, api, session)
                figure("P14", "from SIGTERM to the end of the intake", f"{time.monotonic() - began:.2f} s")
                let_go.set()
                with anyio.fail_after(30):
                    assert await gateway.wait() == 0
        assert replies == {"one": "I heard: one", "two": None}
        assert len(server.bodies) == 1
        async with run_gateway(tmp_path, "web") as gateway, client(gateway) as api:
            with anyio.fail_after(30):
                assert await say(api, session, "two") == "I heard: two"
                assert await say(api, session, "one") == "I heard: one"
        assert len(server.bodies) == 2


async def refuses(gateway: GatewayProcess, api: httpx.AsyncClient, session: str) -> None:
    """Return once it says that it stops; a new message is not taken any more then."""
    while "a second signal stops at once" not in gateway.log.read_text():  # noqa: ASYNC110 - a file has no event
        await anyio.sleep(0.02)
    response = await api.post(f"/sessions/{session}/messages", json={"text": "late"})
    assert (response.status_code, response.json()["error"]["code"]) == (503, "stopping")


@pytest.mark.requirement("P14")
async def test_a_second_sigterm_ends_at_once_and_loses_nothing(tmp_path: Path, figure: Figure) -> None:
    async with model(tmp_path) as (server, asked, let_go):
        async with run_gateway(tmp_path, "web") as gateway, client(gateway) as api:
            session = await open_session(api)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(say, api, session, "one")
                with anyio.fail_after(30):
                    await asked.wait()
                gateway.signal(signal.SIGTERM)
                await refuses(gateway, api, session)
                began = time.monotonic()
                gateway.signal(signal.SIGTERM)
                with anyio.fail_after(10):
                    assert await gateway.wait() == 0
                figure("P14", "from a second SIGTERM to exit 0", f"{time.monotonic() - began:.2f} s")
        let_go.set()
        async with run_gateway(tmp_path, "web") as gateway, client(gateway) as api:
            with anyio.fail_after(30):
                assert await say(api, session, "one") == "I heard: one"
        assert len(server.bodies) == 2
