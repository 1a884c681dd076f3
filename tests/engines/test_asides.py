"""What a speaker says while a real model works: it is given with the next request, and kept where it was read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import anyio
import anyio.lowlevel
from tests.engines.scripted import Exchange, ScriptedServer, chunk
from tests.engines.turns import AT, answer, final, make_turn

from picklebot.agents.tools import Tool
from picklebot.engines.llm import transcript
from picklebot.engines.llm.engine import LlmEngine
from picklebot.model.agent import ModelChoice
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.session import ToolKind


def said(number: int, payload: str | None = None) -> HistoryMessage:
    return HistoryMessage(Role.USER, f"aside {number}", AT, turn=f"other{number}", payload=payload)


class Coming:
    """Implements `ports.engine.Interjections`: what stands in `rows` has come."""

    def __init__(self) -> None:
        self.rows: list[HistoryMessage] = []
        self.asked = 0

    async def come(self) -> Sequence[HistoryMessage]:
        self.asked += 1
        come, self.rows = self.rows, []
        return come


async def model(exchange: Exchange) -> None:
    """Wants its tool twice, and then answers."""
    await exchange.open()
    results = [it for it in exchange.body["messages"] if it["role"] == "tool"]
    if len(results) == 2:
        await exchange.send(chunk("Done."), chunk(None, "stop"), "[DONE]")
        return
    function = {"name": "work", "arguments": json.dumps({})}
    call = {"index": 0, "id": f"c{len(results)}", "type": "function", "function": function}
    wanted = chunk()
    wanted["choices"][0]["delta"] = {"tool_calls": [call]}
    await exchange.send(wanted, chunk(None, "tool_calls"), "[DONE]")


async def test_what_is_said_while_a_tool_runs_goes_with_the_next_request(scripted: ScriptedServer) -> None:
    scripted.script = model
    more, works = Coming(), 0

    async def work() -> str:
        nonlocal works
        works += 1
        await anyio.lowlevel.checkpoint()
        if works == 1:
            more.rows = [said(1), said(2, "aside 2, in full")]
        return f"worked {works}"

    engine = LlmEngine(tools=[Tool("work", ToolKind.ACT, "working", "Work.", work)])
    choice = ModelChoice("openai-chat:any", api_key="none", base_url=scripted.url)
    turn = replace(make_turn("go", model=choice, tools=("work",)), more=more)
    last = final(await answer(engine, turn))
    assert last.text == "Done."
    assert more.asked == 3
    told = [[(it["role"], it["content"]) for it in body["messages"]][1:] for body in scripted.bodies]
    assert told[0] == [("user", "go")]
    asides = "aside 1\n\naside 2, in full"
    assert [(role, text) for role, text in told[1] if role != "assistant"] in (
        [("user", "go"), ("tool", "worked 1"), ("user", asides)],
        [("user", "go"), ("tool", "worked 1"), *(("user", text) for text in asides.split("\n\n"))],
    )
    assert [(row.role, row.text, row.turn) for row in last.messages] == [
        (Role.ASSISTANT, "", "j1"),
        (Role.TOOL, "worked 1", "j1"),
        (Role.USER, "aside 1", "other1"),
        (Role.USER, "aside 2", "other2"),
        (Role.ASSISTANT, "", "j1"),
        (Role.TOOL, "worked 2", "j1"),
        (Role.ASSISTANT, "Done.", "j1"),
    ]
    assert last.messages[2:4] == (said(1), said(2, "aside 2, in full"))
    await engine.aclose()
    shown = transcript.read([HistoryMessage(Role.USER, "go", AT, turn="j1"), *last.messages])
    assert [type(message).__name__ for message in shown] == [
        "ModelRequest",
        "ModelResponse",
        "ModelRequest",
        "ModelRequest",
        "ModelRequest",
        "ModelResponse",
        "ModelRequest",
        "ModelResponse",
    ]


async def test_what_has_come_already_goes_with_the_question(scripted: ScriptedServer) -> None:
    async def at_once(exchange: Exchange) -> None:
        await exchange.open()
        await exchange.send(chunk("Done."), chunk(None, "stop"), "[DONE]")

    scripted.script = at_once
    more, engine = Coming(), LlmEngine()
    more.rows = [said(1)]
    choice = ModelChoice("openai-chat:any", api_key="none", base_url=scripted.url)
    last = final(await answer(engine, replace(make_turn("go", model=choice), more=more)))
    [body] = scripted.bodies
    assert "aside 1" in str(body["messages"][-1]["content"])
    assert "go" in str(body["messages"])
    assert [row.text for row in last.messages] == ["aside 1", "Done."]
    await engine.aclose()
