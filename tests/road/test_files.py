"""Files that an agent writes, all the way through the real clients: into the chat, over HTTP, and away again."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from tests.cli.command import picklebot
from tests.engines.scripted import Exchange, ScriptedServer, chunk, serving

from picklebot.api.inside import AppGateway
from picklebot.api.listen import serve
from picklebot.api.port import bind, url_of
from picklebot.api.server import build_api
from picklebot.model import words
from picklebot.platforms.discord import options
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox
from picklebot.testing.running import RunningGateway, run_gateway

pytestmark = [pytest.mark.slow, pytest.mark.requirement("S3.3")]

PATIENCE = 60
ANN = SandboxUser(1, "Ann")
AGENT = "---\ntools: [write_file, list_files, read_file]\n---\nBe kind.\n"


async def model(exchange: Exchange) -> None:
    """A question is JSON: [tool, arguments]; the answer is what the tool said."""
    last = exchange.body["messages"][-1]
    await exchange.open()
    if last["role"] == "tool":
        await exchange.send(chunk(f"{last['content']}"), chunk(finish="stop"), "[DONE]")
        return
    name, arguments = json.loads(last["content"])
    call = chunk()
    function = {"name": name, "arguments": json.dumps(arguments)}
    call["choices"][0]["delta"] = {
        "tool_calls": [{"index": 0, "id": "c", "type": "function", "function": function}]
    }
    await exchange.send(call, chunk(finish="tool_calls"), "[DONE]")


@pytest.fixture
async def server() -> AsyncGenerator[ScriptedServer]:
    async with serving() as server:
        server.script = model
        yield server


@pytest.fixture
def config(tmp_path: Path, server: ScriptedServer) -> dict[str, Any]:
    """An agent that does what it is told."""
    (tmp_path / "agents" / "pickle").mkdir(parents=True)
    (tmp_path / "agents" / "pickle" / "AGENT.md").write_text(AGENT, encoding="utf-8")
    return {"llm": {"model": "openai-chat:any", "api_key": "none-of-it", "base_url": server.url}}


def asking(tool: str, **arguments: Any) -> str:
    return json.dumps([tool, arguments])


@asynccontextmanager
async def opened(running: RunningGateway) -> AsyncGenerator[httpx.AsyncClient]:
    """The gateway's HTTP door."""
    listener = bind("127.0.0.1", 0, spare=0)
    api = build_api(AppGateway(running.app), host="127.0.0.1", token=None)
    async with anyio.create_task_group() as tasks:
        await tasks.start(serve, api, listener)
        async with httpx.AsyncClient(base_url=url_of("127.0.0.1", listener), trust_env=False) as client:
            yield client
        tasks.cancel_scope.cancel()


async def test_a_file_goes_into_the_chat_and_is_forgotten(tmp_path: Path, config: dict[str, Any]) -> None:
    async with (
        TelegramSandbox.start() as tg,
        run_gateway(tmp_path, telegram=tg, config=config) as running,
        opened(running) as http,
    ):
        chat = tg.private(ANN)
        chat.say(ANN, asking("write_file", path="notes/plän.md", content="# Dill"))
        file = await chat.wait_for(lambda it: bool(it.media), PATIENCE)
        assert file.media["document"]["file_name"] == "plän.md"
        [text] = [it.text for it in chat.replies if not it.media]
        assert text == "Wrote notes/plän.md (6 bytes). It is sent to the person after your answer."
        chat.say(ANN, asking("read_file", path="notes/plän.md"))
        await chat.wait_for(lambda it: it.from_bot and it.text == "Dill", PATIENCE)
        chat.say(ANN, asking("write_file", path="../../config.yaml", content="x"))
        await chat.wait_for(lambda it: it.from_bot and "cannot name a file" in it.text, PATIENCE)
        assert len([it for it in chat.replies if it.media]) == 1

        [session] = (await http.get("/api/v1/sessions")).json()["sessions"]
        results = f"/api/v1/sessions/{session['id']}/results"
        assert [it["path"] for it in (await http.get(results)).json()["results"]] == ["notes/plän.md"]
        assert (await http.get(f"{results}/notes/plän.md")).content == b"# Dill"
        assert (tmp_path / "data" / "results" / session["id"] / "notes" / "plän.md").exists()

        chat.say(ANN, "/forget everything")
        done = words.FORGOTTEN.format(count=words.counted("conversation", 1))
        await chat.wait_for(lambda it: it.from_bot and it.text == done, PATIENCE)
        with anyio.fail_after(PATIENCE):
            while (tmp_path / "data" / "results" / session["id"]).exists():  # noqa: ASYNC110 - a folder has no event
                await anyio.sleep(0.02)
        assert (await http.get(results)).status_code == 404


async def test_what_discord_does_not_take_is_fetched_by_a_link(
    tmp_path: Path, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "LARGEST", 100)
    config["messagebus"] = {"web": {"public_url": "https://bot.example"}}
    data = bytes(range(150))
    async with (
        DiscordSandbox.start() as dc,
        run_gateway(tmp_path, discord=dc, config=config) as running,
        opened(running) as http,
    ):
        ann = dc.user(30, "Ann")
        direct = dc.dm(ann)
        content = base64.b64encode(data).decode()
        direct.say(ann, asking("write_file", path="a.bin", content=content, is_base64=True))
        line = await direct.wait_for(lambda it: it.from_bot and "too large" in it.text, PATIENCE)
        link = re.search(r"https://bot\.example(/files/\S+)$", line.text)
        assert link is not None
        answer = await http.get(link[1], headers={"host": "bot.example"})
        assert (answer.status_code, answer.content) == (200, data)
        direct.say(ann, asking("write_file", path="b.txt", content="small"))
        file = await direct.wait_for(lambda it: bool(it.attachments), PATIENCE)
        assert [it.filename for it in file.attachments] == ["b.txt"]


async def test_a_terminal_is_told_where_a_file_is(tmp_path: Path, config: dict[str, Any]) -> None:
    (tmp_path / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    said = await picklebot(
        "chat", asking("write_file", path="notes/a.md", content="# Dill"), workspace=tmp_path
    )
    listed = await picklebot("sessions", "list", "--json", workspace=tmp_path)
    [session] = json.loads(listed.out)
    place = tmp_path / "data" / "results" / session["id"] / "notes" / "a.md"
    assert (said.out.startswith("Wrote notes/a.md"), said.lines) == (True, [f"file: {place}"])
    assert place.read_text() == "# Dill"
    shown = await picklebot("sessions", "show", session["id"], workspace=tmp_path)
    assert shown.out.splitlines()[-1] == "file: notes/a.md"
