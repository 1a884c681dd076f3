"""A tool that does not stop when it is told to holds nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Event

import anyio
import pytest
from anyio import to_thread
from tests.engines.scripted import Exchange, serving
from tests.figures import Figure
from tests.memory_road import message, open_road

from picklebot.agents.tools import Tool
from picklebot.engines.llm.engine import LlmEngine
from picklebot.model import words
from picklebot.model.agent import AgentDefinition, ModelChoice
from picklebot.model.patience import Patience
from picklebot.model.session import ToolKind
from picklebot.testing.agents import FixedAgents


async def model(exchange: Exchange) -> None:
    """Calls the tool when it is asked to, and says what came of it."""
    last = exchange.body["messages"][-1]
    await exchange.open()
    if last["role"] == "user" and "wait" in last["content"]:
        function = {"name": "wait", "arguments": "{}"}
        call = {"index": 0, "id": "c1", "type": "function", "function": function}
        await exchange.send(chunk({"tool_calls": [call]}), chunk({}, "tool_calls"), "[DONE]")
    else:
        said = {"content": json.dumps(last["content"])}
        await exchange.send(chunk(said), chunk({}, "stop"), "[DONE]")


def chunk(delta: Mapping[str, object], finish: str | None = None) -> dict[str, object]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


@pytest.mark.slow
@pytest.mark.requirement("P13")
@pytest.mark.parametrize(("tool_seconds", "turn_seconds"), [(0.2, 60.0), (60.0, 1.0)])
async def test_a_tool_that_blocks_a_thread_holds_no_session(
    tmp_path: Path, tool_seconds: float, turn_seconds: float, figure: Figure
) -> None:
    release = Event()

    async def wait() -> str:
        await to_thread.run_sync(release.wait)
        return "at last"

    tool = Tool("wait", ToolKind.ACT, "waiting", "Wait.", wait)
    engine = LlmEngine(Patience(tool=tool_seconds), tools=[tool])
    async with serving() as server:
        server.script = model
        choice = ModelChoice("openai-chat:any", api_key="none", base_url=server.url)
        agent = AgentDefinition(
            "pickle", "Pickle", "Be kind.", model=choice, tools=("wait",), turn_timeout=turn_seconds
        )
        try:
            async with open_road(tmp_path / "road.db", engine=engine, agents=FixedAgents(agent)) as road:
                await road.bus.accept(message("hello"))
                await road.frontend.wait(1, seconds=30)  # the libraries are loaded
                began = anyio.current_time()
                await road.bus.accept(message("wait"))
                await road.bus.accept(message("go on"))
                _, ended, after = await road.frontend.wait(3, seconds=30)
                late = anyio.current_time() - began - min(tool_seconds, turn_seconds)
                figure("P13", "from a deadline to the answer behind a tool that blocks", f"{late:.2f} s")
                assert late < 5
                assert not release.is_set()
        finally:
            release.set()
    said = "did not come to an end" if tool_seconds < turn_seconds else words.TOOK_TOO_LONG.split(".")[0]
    assert said in ended.text
    assert after.text == '"go on"'
    await engine.aclose()
