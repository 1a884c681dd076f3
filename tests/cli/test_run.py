"""`picklebot run`: how it starts, tells how it goes, and stops."""

import json
import re
import signal
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import TaskGroup
from tests.cli.command import environment, picklebot
from tests.engines.scripted import Exchange, ScriptedServer, chunk, serving
from tests.road.gateway_process import GatewayProcess, run_gateway

from picklebot.api.port import bind
from picklebot.sandbox.telegram import TelegramSandbox

pytestmark = pytest.mark.slow

REFUSED_TOKEN = "654321:AAHcanary-canary-canary-canary-canary"
MODEL_KEY = "sk-canary-canary-canary-canary"


@asynccontextmanager
async def gateway(
    workspace: Path, *platforms: str, config: dict[str, Any] | None = None
) -> AsyncGenerator[GatewayProcess]:
    """A gateway that is up. JSON is YAML; no secret is ever in its log."""
    if config is not None:
        (workspace / "config.yaml").write_text(json.dumps(config))
    async with run_gateway(workspace, *platforms, environ=environment(None, {})) as running:
        yield running
    said = running.said()
    assert "canary" not in said
    assert "Traceback" not in said


WEB: dict[str, Any] = {"messagebus": {"web": {"port": 0}}}


async def test_a_first_start_says_where_to_go_and_what_else_there_is(tmp_path: Path) -> None:
    async with gateway(tmp_path, "web") as running:
        await running.wait_for_log("A real model")
        said = running.said()
        assert re.findall(r"https?://\S+", said) == [running.url]
        for key in ("messagebus.telegram.bot_token", "messagebus.discord.bot_token", "llm.model"):
            assert key in said
        second = await picklebot("run", workspace=tmp_path)
        (line,) = second.lines
        assert (second.code, second.out) == (1, "")
        assert line.startswith(f"picklebot: {tmp_path} is already served by process {running.pid}; ")
        with anyio.fail_after(5):
            assert await running.stop() == 0


@contextmanager
def default_port_taken() -> Generator[None]:
    """8080 in use, by us or by whoever has it already."""
    with socket.socket() as other:
        with suppress(OSError):
            other.bind(("127.0.0.1", 8080))
            other.listen()
        yield


async def test_a_busy_default_port_is_passed_over(tmp_path: Path) -> None:
    with default_port_taken():
        async with gateway(tmp_path, "web") as running:
            assert httpx.URL(running.url).port in range(8081, 8101)


async def test_a_busy_configured_port_ends_the_start(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0, spare=0) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "config.yaml").write_text(f"messagebus: {{web: {{port: {port}}}}}")
        ended = await picklebot("run", "--log-level", "warning", workspace=tmp_path)
    sentence = f"port {port} is in use by another program; stop it or change messagebus.web.port"
    assert (ended.code, ended.out, ended.lines) == (1, "", [f"picklebot: {sentence}"])


async def test_health_tells_the_last_poll_and_a_refused_token_parks_one_platform(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as telegram:
        block = {"bot_token": telegram.token, "api_base_url": telegram.base_url, "allowed_user_ids": [1]}
        config = {"messagebus": {"web": {"port": 0}, "telegram": block}}
        async with gateway(tmp_path, "web", "telegram", config=config) as running:
            health = await running.health()
            assert health["status"] == "ok"
            assert 0 <= health["platforms"]["telegram"]["age_seconds"] < 60
            assert telegram.token not in running.said()
            assert await running.stop() == 0
        block["bot_token"] = REFUSED_TOKEN
        async with gateway(tmp_path, "web", config=config) as running:
            health = await running.wait_for_health(
                lambda it: it["platforms"]["telegram"]["state"] == "parked"
            )
            assert "bot_token" in health["platforms"]["telegram"]["detail"]
            assert (health["status"], health["platforms"]["web"]["state"]) == ("degraded", "up")
            assert (await get(running, "/healthz")).status_code == 503
            assert (await get(running, "/")).status_code == 200
            assert (await picklebot("chat", "hello", workspace=tmp_path)).code == 0
            assert await running.stop() == 0


async def get(running: GatewayProcess, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=running.url, trust_env=False) as http:
        return await http.get(path)


async def begin_to_talk(exchange: Exchange) -> None:
    """A model that says two words and then nothing."""
    await exchange.open()
    await exchange.send(chunk("Once upon"))
    await exchange.hang()


def slow_model(model: ScriptedServer, drain: int) -> dict[str, Any]:
    llm = {"model": "openai-chat:m", "api_key": MODEL_KEY, "base_url": model.url}
    return {"llm": llm, "limits": {"drain": drain}, "messagebus": {"web": {"port": 0}}}


async def listen(running: GatewayProcess, heard: anyio.Event) -> None:
    """Ask as a program, and follow the answer until the gateway ends it."""
    async with httpx.AsyncClient(base_url=f"{running.url}/api/v1", trust_env=False, timeout=60) as api:
        session = (await api.post("/sessions", json={"platform": "console", "speaker": "ann"})).json()["id"]
        headers = {"accept": "text/event-stream"}
        path = f"/sessions/{session}/messages"
        async with api.stream("POST", path, json={"text": "a story"}, headers=headers) as response:
            try:
                async for line in response.aiter_lines():
                    if "Once upon" in line:
                        heard.set()
            except httpx.HTTPError:
                return


async def stop_while_it_talks(running: GatewayProcess, tasks: TaskGroup) -> None:
    heard = anyio.Event()
    tasks.start_soon(listen, running, heard)
    with anyio.fail_after(20):
        await heard.wait()
    running.signal(signal.SIGTERM)


@pytest.mark.requirement("P14")
async def test_a_stop_in_the_middle_of_an_answer_keeps_the_message(tmp_path: Path) -> None:
    async with serving() as model, anyio.create_task_group() as tasks:
        model.script = begin_to_talk
        async with gateway(tmp_path, "web", config=slow_model(model, drain=1)) as running:
            await stop_while_it_talks(running, tasks)
            with anyio.fail_after(10):
                assert await running.wait() == 0
        async with gateway(tmp_path, "web", config=slow_model(model, drain=25)) as running:
            # The message is taken up again, and nobody waits for its end.
            await running.wait_for_health(lambda it: it["queue"]["running"] == 1)
            running.signal(signal.SIGTERM)
            await running.wait_for_log("a second signal stops at once")
            running.signal(signal.SIGTERM)
            with anyio.fail_after(2):
                assert await running.wait() == 0
        async with gateway(tmp_path, "web", config=WEB) as running:
            await running.wait_for_health(lambda it: it["queue"]["running"] + it["queue"]["waiting"] == 0)
            assert await running.stop() == 0
    (session,) = json.loads((await picklebot("sessions", "list", "--json", workspace=tmp_path)).out)
    shown = await picklebot("sessions", "show", session["id"], workspace=tmp_path)
    assert "You said: a story. This is message 1 of" in shown.out


@pytest.mark.requirement("P24")
async def test_a_spoilt_runtime_file_changes_nothing_until_it_is_mended(tmp_path: Path) -> None:
    runtime = tmp_path / "config.runtime.yaml"
    async with gateway(tmp_path, "web", config=WEB) as running:
        assert "message 1 of" in (await picklebot("chat", "one", workspace=tmp_path)).out
        good = await written(runtime)
        spoilt = [b"", good[:-9], b"messagebus: [\n", good.replace(b"    sessions:", b"    sessions: 3 #")]
        for content in spoilt:
            runtime.write_bytes(content)
            health = await running.wait_for_health(lambda it: it["status"] == "degraded")
            assert str(runtime) in health["runtime_yaml"]
            assert "message " in (await picklebot("chat", "still", workspace=tmp_path)).out
            assert runtime.read_bytes() == content
            runtime.write_bytes(good)
            await running.wait_for_health(lambda it: it["status"] == "ok")
        assert "message 6 of" in (await picklebot("chat", "last", workspace=tmp_path)).out
        assert await running.stop() == 0
    runtime.write_bytes(b"messagebus: [\n")
    async with gateway(tmp_path, "web") as running:
        assert (await running.health())["status"] == "degraded"
        assert "message 7 of" in (await picklebot("chat", "from the rows", workspace=tmp_path)).out
        assert await running.stop() == 0
    assert runtime.read_bytes() == b"messagebus: [\n"


BROKEN = "config.yaml:1 is wrong; the last good settings stay"


async def test_what_is_wrong_with_the_operators_files_is_in_the_health(tmp_path: Path) -> None:
    config, agent = tmp_path / "config.yaml", tmp_path / "agents/pickle/AGENT.md"
    agent.parent.mkdir(parents=True)
    agent.write_text("---\n---\nBe kind.\n")
    async with gateway(tmp_path, "web", config=WEB) as running:
        good = config.read_text()
        for text, told in (
            ("llm: {api_key: canary-of-health\n", {"status": "degraded", "settings": BROKEN}),
            (
                json.dumps(WEB | {"limits": {"lane": 3}}),
                {"settings": "ok", "restart_needed": ["limits.lane"]},
            ),
            (good, {"status": "ok", "settings": "ok", "restart_needed": []}),
        ):
            config.write_text(text)
            health = await running.wait_for_health(lambda it, told=told: told.items() <= it.items())
            assert "canary" not in json.dumps(health)
        agent.write_text("---\nfoo: 1\n---\nBe kind.\n")
        health = await running.wait_for_health(lambda it: it["status"] == "degraded")
        assert health["agents"] == {"pickle": "agents/pickle/AGENT.md:2 is wrong"}
        agent.write_text("---\n---\nBe bold.\n")
        await running.wait_for_health(lambda it: it["status"] == "ok")
        assert await running.stop() == 0


async def written(runtime: Path) -> bytes:
    """The file once a session is in it; the service writes it at most once a second."""
    with anyio.fail_after(10):
        while True:
            content = runtime_bytes(runtime)
            if b"sessions:" in content:
                return content
            await anyio.sleep(0.05)


def runtime_bytes(runtime: Path) -> bytes:
    return runtime.read_bytes() if runtime.exists() else b""
