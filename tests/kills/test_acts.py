"""Tools act once, also when the gateway is killed inside them."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream
from tests.engines.scripted import Exchange, serving
from tests.figures import Figure
from tests.sizes import sized

from picklebot.agents.steps import UNKNOWN

ROOT = Path(__file__).parents[2]
ACTS = 3
KILLS = 6
KILLS_A_MESSAGE = 2
"""With the life that answers, these are the three tries that a message has."""


async def model(exchange: Exchange) -> None:
    """Wants one line after another, and then says what it was told of each."""
    messages = exchange.body["messages"]
    text = next(it["content"] for it in reversed(messages) if it["role"] == "user")
    results = [it["content"] for it in messages[messages_before(messages) :] if it["role"] == "tool"]
    await exchange.open()
    if len(results) < ACTS:
        arguments = json.dumps({"line": f"{text}, line {len(results)}"})
        call = {
            "index": 0,
            "id": f"c{len(results)}",
            "type": "function",
            "function": {"name": "append_line", "arguments": arguments},
        }
        await exchange.send(chunk({"tool_calls": [call]}), chunk({}, "tool_calls"), "[DONE]")
    else:
        answer = f"{text}: " + json.dumps(results)
        await exchange.send(chunk({"content": answer}), chunk({}, "stop"), "[DONE]")


def messages_before(messages: list[dict[str, Any]]) -> int:
    """How many messages there are up to the last question."""
    return max(number for number, it in enumerate(messages, 1) if it["role"] == "user")


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


class Forge:
    """Lives of one gateway, one after another."""

    def __init__(self, process: Process, folder: Path, url: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders = process.stdin
        self._answers = BufferedByteReceiveStream(process.stdout)
        self._folder = folder
        self._url = url

    async def listen(self) -> dict[str, Any]:
        return json.loads(await self._answers.receive_until(b"\n", 4096))

    async def live(self, number: int, kill: Callable[[int], float | None]) -> bool:
        """One life; `kill` gives the seconds after which to kill it inside its nth act, or None. True if killed."""
        order = {"folder": str(self._folder), "model": self._url, "number": number}
        await self._orders.send((json.dumps(order) + "\n").encode())
        acts = 0
        while "ended" not in (answer := await self.listen()):
            acts += 1
            if (pause := kill(acts)) is not None:
                await anyio.sleep(pause)  # the very thing that is tried out: any moment inside the tool
                os.kill(answer["inside"], signal.SIGKILL)
        assert answer["ended"] in (0, -signal.SIGKILL), (self._folder / "log").read_text()
        return answer["ended"] != 0


@asynccontextmanager
async def forging(folder: Path) -> AsyncGenerator[Forge]:
    async with serving() as server:
        server.script = model
        command = [sys.executable, "-m", "tests.kills.acting"]
        async with await anyio.open_process(command, cwd=ROOT, stderr=None) as process:
            forge = Forge(process, folder, server.url)
            assert "warm" in await forge.listen()
            yield forge
            process.kill()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("P6")
async def test_no_act_is_repeated_over_kill_9_inside_the_tool(
    tmp_path: Path, figure: Figure, seed: int
) -> None:
    chance, kills, number = random.Random(seed), 0, 0
    wanted = sized(100, KILLS)
    async with forging(tmp_path) as forge:
        while kills < wanted:
            number += 1
            for _ in range(KILLS_A_MESSAGE):
                place, pause = chance.randint(1, 2), chance.uniform(0, 0.03)
                if not await forge.live(number, lambda act, at=place, s=pause: s if act == at else None):
                    break
                kills += 1
            else:
                assert not await forge.live(number, lambda act: None)
    lines = Counter((tmp_path / "lines").read_text().splitlines())
    repeats = sum(count - 1 for count in lines.values())
    told = await answers(tmp_path)
    assert sorted(told) == [f"message {n}" for n in sorted(range(1, number + 1), key=str)]
    unknown = check(told, lines)
    figure("P6", f"acts repeated over {kills} kills inside a tool", f"{repeats}, {unknown} told as unknown")
    assert repeats == 0
    assert unknown > 0


async def answers(folder: Path) -> dict[str, list[str]]:
    """What the model was told of each act of each message, from the history."""
    from picklebot.model.history import Role
    from picklebot.storage.database import Database
    from picklebot.storage.history import SqlHistory
    from picklebot.storage.sessions import SqlSessions

    async with Database.open(f"sqlite:///{folder / 'road.db'}", read_only=True) as database:
        (session,) = await database.read(lambda tx: SqlSessions().find(tx))
        rows = await database.read(lambda tx: SqlHistory().messages(tx, session.id, limit=10_000))
    said = [row.text for _, row in rows if row.role is Role.ASSISTANT and row.text]
    return {text.partition(": ")[0]: json.loads(text.partition(": ")[2]) for text in said}


def check(told: dict[str, list[str]], lines: Counter[str]) -> int:
    """Each act was done and told as done, or its outcome was told as unknown; how many were."""
    unknown = 0
    for text, results in told.items():
        for act, result in enumerate(results):
            line = f"{text}, line {act}"
            if UNKNOWN in result:
                unknown += 1
            else:
                assert result == f"appended {line}"
                assert lines[line] == 1
    return unknown
