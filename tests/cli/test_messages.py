"""`picklebot messages`, with the gateway running and without."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from tests.engines.scripted import Exchange, ScriptedServer, chunk, serving
from tests.road.gateway_process import run_gateway

pytestmark = pytest.mark.slow


async def busy(exchange: Exchange) -> None:
    exchange._response.set_status(503)
    await exchange.open()


async def answer(exchange: Exchange) -> None:
    await exchange.open()
    await exchange.send(chunk("fine again"), chunk(finish="stop"), "[DONE]")


async def picklebot(workspace: Path, *words: str) -> tuple[int, str, str]:
    with anyio.fail_after(60):
        done = await anyio.run_process(
            [sys.executable, "-m", "picklebot", *words, "--workspace", str(workspace)], check=False
        )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


async def listed(workspace: Path, state: str) -> list[dict[str, Any]]:
    code, out, _ = await picklebot(workspace, "messages", "list", "--state", state, "--json")
    assert code == 0
    return json.loads(out)


@asynccontextmanager
async def workspace_with(path: Path) -> AsyncGenerator[ScriptedServer]:
    async with serving() as server:
        (path / "config.yaml").write_text(
            f"""\
llm: {{model: "openai-chat:m", api_key: not-a-key, base_url: "{server.url}"}}
limits: {{retry_pauses: 0.01}}
messagebus:
  web: {{port: 0}}
"""
        )
        yield server


async def ask(url: str, text: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", trust_env=False, timeout=30) as api:
        session = (await api.post("/sessions", json={"platform": "console", "speaker": "ann"})).json()["id"]
        return await api.post(f"/sessions/{session}/messages", json={"text": text})


async def records(url: str, state: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", trust_env=False, timeout=30) as api:
        return (await api.get("/messages", params={"state": state})).json()["messages"]


async def redrive(url: str, message_id: str) -> tuple[int, str]:
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", trust_env=False, timeout=30) as api:
        response = await api.post(f"/messages/{message_id}/redrive")
        return response.status_code, response.json()["error"]["code"]


async def wait_for_done(url: str, message_id: str) -> dict[str, Any]:
    with anyio.fail_after(20):
        while True:
            for record in await records(url, "done"):
                if record["id"] == message_id:
                    return record
            await anyio.sleep(0.05)


@pytest.mark.requirement("B4")
@pytest.mark.requirement("P2")
@pytest.mark.requirement("S0.7")
async def test_a_dead_letter_is_seen_and_redriven(tmp_path: Path) -> None:
    async with workspace_with(tmp_path) as server:
        server.script = busy
        async with run_gateway(tmp_path, "web") as gateway:
            failed = await ask(gateway.url, "one")
            assert failed.status_code == 502
            assert len(server.bodies) == 3, "three tries in all"
            [record] = await listed(tmp_path, "failed")
            assert record["text"] == "one"
            assert record["attempts"] == 3
            assert f"(Reference {record['id'][:8]})" in failed.json()["error"]["message"]

            code, out, _ = await picklebot(tmp_path, "messages", "show", record["id"][:8], "--json")
            assert (code, json.loads(out)) == (0, record)
            code, out, _ = await picklebot(tmp_path, "messages", "show", record["id"])
            assert (code, "reason        provider_down" in out) == (0, True)
            code, _, said = await picklebot(tmp_path, "messages", "show", "deadbeef")
            assert (code, "there is no such message" in said) == (1, True)

            server.script = answer
            code, out, _ = await picklebot(tmp_path, "messages", "redrive", record["id"][:8])
            assert (code, record["id"] in out) == (0, True)
            done = await wait_for_done(gateway.url, record["id"])
            assert done["attempts"] == 1
            assert [message["content"] for message in server.bodies[-1]["messages"]][-1] == "one"
            assert len(server.bodies) == 4

            assert await redrive(gateway.url, record["id"]) == (409, "conflict")
            assert await redrive(gateway.url, "deadbeef") == (404, "not_found")
            assert await redrive(gateway.url, "..%2F..") == (404, "not_found")
            assert len(server.bodies) == 4
            server.script = busy
            await ask(gateway.url, "two")
            record = (await records(gateway.url, "failed"))[0]
            assert await gateway.stop() == 0
        code, out, _ = await picklebot(tmp_path, "messages", "redrive", record["id"])
        assert (code, "when the gateway starts" in out) == (0, True)
        server.script = answer
        async with run_gateway(tmp_path, "web") as gateway:
            await wait_for_done(gateway.url, record["id"])


async def test_a_workspace_without_a_database_has_no_messages(tmp_path: Path) -> None:
    code, out, _ = await picklebot(tmp_path, "messages", "list", "--json")
    assert (code, json.loads(out)) == (0, [])
