"""A warm process that forks gateways with one acting tool, so that each of them can be killed inside it.

The gateway is real from the bus to the outbox, on a database in a file; its model is a server elsewhere. JSON lines
on stdin: {"folder", "model", "number"} begins a life, which says message `number` and ends when it is answered. Lines
on stdout: {"warm"} once, then {"inside": pid} whenever the tool has begun, and {"ended": exit code}.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import sys
from pathlib import Path
from typing import Any

import anyio
from tests.memory_road import message, open_road

from picklebot.agents.tools import Tool
from picklebot.engines.llm.engine import LlmEngine
from picklebot.model.agent import AgentDefinition, ModelChoice
from picklebot.model.session import ToolKind
from picklebot.testing.agents import FixedAgents

WARM = (
    "alembic.command",
    "openai.resources.chat",
    "picklebot.engines.llm.clients",
    "pydantic_ai.models.openai",
    "pydantic_ai.providers.openai",
    "sqlalchemy.dialects.sqlite",
)
LONGEST_PAUSE = 0.015
ANSWERS = os.dup(1)
"""What is said on it comes from here alone, as the gateways log elsewhere."""


def main() -> None:
    """Serve until stdin ends."""
    for name in WARM:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    say(warm=os.getpid())
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            live(json.loads(line))
        _, status = os.waitpid(child, 0)
        say(ended=os.waitstatus_to_exitcode(status))


def say(**answer: Any) -> None:
    """Answer in one line."""
    os.write(ANSWERS, (json.dumps(answer) + "\n").encode())


def live(order: dict[str, Any]) -> None:
    """Be a gateway until its message is answered."""
    code = 70
    try:
        log = os.open(f"{order['folder']}/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for standard in (1, 2):
            os.dup2(log, standard)
        random.seed()
        anyio.run(answer, Path(order["folder"]), order["model"], order["number"])
        code = 0
    finally:
        os._exit(code)


async def answer(folder: Path, model: str, number: int) -> None:
    """Say the message, again where an earlier life did, and wait until its answer has arrived."""
    choice = ModelChoice("openai-chat:any", api_key="none", base_url=model)
    agent = AgentDefinition("pickle", "Pickle", "Be kind.", model=choice, tools=("append_line",))
    engine = LlmEngine(tools=[line_writer(folder / "lines")])
    text, seen = f"message {number}", 0
    async with open_road(folder / "road.db", engine=engine, agents=FixedAgents(agent)) as road:
        await road.bus.accept(message(text, number=number))
        while not any(it.text.startswith(f"{text}:") for it in road.frontend.shown):
            seen = len(await road.frontend.wait(seen + 1, seconds=60))
    await engine.aclose()


def line_writer(file: Path) -> Tool:
    """The acting tool: it may be killed before, while and after it appends its line."""

    async def append_line(line: str) -> str:
        say(inside=os.getpid())
        await anyio.sleep(random.uniform(0, LONGEST_PAUSE))
        with file.open("a") as lines:
            lines.write(line + "\n")
        await anyio.sleep(random.uniform(0, LONGEST_PAUSE))
        return f"appended {line}"

    return Tool("append_line", ToolKind.ACT, "writing a line", "Append a line to the file.", append_line)


if __name__ == "__main__":
    main()
