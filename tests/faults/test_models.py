"""A model that stalls, drips, is cut off, talks nonsense, refuses, or takes the whole process with it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.engines.scripted import Exchange, chunk
from tests.faults.scene import Scene, Speaker, open_scene
from tests.kills.gateways import open_nest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SILENCE = 2.0
TURN = 12.0
TRIES = 3
GRACE = 5.0
"""Seconds after a deadline in which the error must be shown."""

MODEL_CLIENTS = ("openai.resources.chat", "pydantic_ai.models.openai", "pydantic_ai.providers.openai")
"""What a gateway imports when a model is first asked."""

PATIENT = 120.0
"""Seconds for what has no deadline."""
FAILURES = ("Reference", "took longer")

REFUSALS = {"busy": 429, "broken": 500, "down": 503}
BAD = ("cut", "torn", "nonsense", *REFUSALS)
"""What goes wrong each time that it is asked, and is told after three tries."""


class Model:
    """Does what the last message names. `<what> once` goes wrong the first time only."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    async def __call__(self, exchange: Exchange) -> None:
        text = question(exchange)
        self.asked[text] += 1
        what, _, when = text.partition(" ")
        if when == "once" and self.asked[text] > 1:
            await say(exchange, f"All is well after {text}.")
        elif what in REFUSALS:
            exchange.refuse(REFUSALS[what])
        else:
            await getattr(self, what)(exchange)

    async def fine(self, exchange: Exchange) -> None:
        await say(exchange, f"All is well: {question(exchange)}.")

    async def stall(self, exchange: Exchange) -> None:
        await exchange.hang()

    async def pause(self, exchange: Exchange) -> None:
        """Says a word, and then nothing for longer than the limit."""
        await exchange.open()
        await exchange.send(chunk("one "))
        await exchange.hang()

    async def drip(self, exchange: Exchange) -> None:
        """Says a word now and then, always within the limit, for longer than the limit in all."""
        await exchange.open()
        for word in ("drop ", "by ", "drop"):
            await exchange.send(chunk(word))
            await anyio.sleep(SILENCE / 2)
        await exchange.send(chunk(finish="stop"), "[DONE]")

    async def babble(self, exchange: Exchange) -> None:
        """Says a word now and then for ever."""
        await exchange.open()
        while True:
            await exchange.send(chunk("bla "))
            await anyio.sleep(SILENCE / 4)

    async def cut(self, exchange: Exchange) -> None:
        """Ends in order, though nothing said that this was the end."""
        await exchange.open()
        await exchange.send(chunk("half a "))

    async def torn(self, exchange: Exchange) -> None:
        """The connection is lost in the middle."""
        await exchange.open()
        await exchange.send(chunk("half a "))
        exchange.abort()

    async def nonsense(self, exchange: Exchange) -> None:
        await exchange.open()
        await exchange.send("<html>\x00{{{", "[DONE]")


def question(exchange: Exchange) -> str:
    """The last thing that was said to the model."""
    messages: list[dict[str, Any]] = exchange.body["messages"]
    return str(messages[-1]["content"])


async def say(exchange: Exchange, text: str) -> None:
    await exchange.open()
    await exchange.send(chunk(text), chunk(finish="stop"), "[DONE]")


@pytest.mark.requirement("P2")
@pytest.mark.requirement("P7")
@pytest.mark.requirement("P13")
@pytest.mark.requirement("P30")
async def test_whatever_a_model_does_is_told_in_time_and_holds_nobody_up(tmp_path: Path) -> None:
    model = Model()
    patience: dict[str, Any] = {"first_token": SILENCE, "silence": SILENCE, "turn": TURN}
    async with open_scene(tmp_path, llm=True, tries=TRIES, retry_pauses=0.1, **patience) as scene:
        scene.model.script = model
        expected = {
            "fine": ("All is well: fine.", PATIENT),
            "drip": ("drop by drop", PATIENT),
            "stall": ("Reference", TRIES * (SILENCE + 1)),
            "pause": ("Reference", TRIES * (SILENCE + 1)),
            "babble": ("took longer", TURN),
            **{f"{what} once": (f"All is well after {what} once.", PATIENT) for what in BAD},
            **dict.fromkeys(BAD, ("Reference", PATIENT)),
        }
        async with scene.gateway():
            async with anyio.create_task_group() as tasks:
                for number, (text, (told, deadline)) in enumerate(expected.items(), 1):
                    tasks.start_soon(ask, scene.speaker(number), text, told, deadline)
            # Each of them is heard as before; what a model did to them is over.
            for number, text in enumerate(expected, 1):
                speaker = scene.speaker(number)
                speaker.say(f"fine after {text}")
                await speaker.hear(f"All is well: fine after {text}.")
                assert len(speaker.heard) == 2
            await scene.until_quiet()
        ends = states(scene)
        failed = {text for text, (told, _) in expected.items() if told in FAILURES}
        assert {text for text, state in ends.items() if state == "failed"} == failed
        assert len(ends) == 2 * len(expected)
        assert {text: model.asked[text] for text in BAD} == dict.fromkeys(BAD, TRIES)
        assert {model.asked[f"{text} once"] for text in BAD} == {2}
        assert max(model.asked[text] for text in expected) == TRIES


async def ask(speaker: Speaker, text: str, told: str, deadline: float) -> None:
    """The chat is told what is expected, at the latest some seconds after the deadline."""
    speaker.say(text)
    await speaker.hear(told, patience=deadline + GRACE)


def states(scene: Scene) -> dict[str, str]:
    """What became of each text."""
    with closing(sqlite3.connect(scene.database)) as connection:
        return dict(connection.execute("SELECT json_extract(job, '$.text'), state FROM inbox"))


def charged(scene: Scene) -> dict[str, int]:
    """How often each text was begun."""
    with closing(sqlite3.connect(scene.database)) as connection:
        return dict(connection.execute("SELECT json_extract(job, '$.text'), attempts FROM inbox"))


@pytest.mark.requirement("P2")
@pytest.mark.requirement("P7")
async def test_a_message_that_kills_the_process_harms_no_neighbour(tmp_path: Path) -> None:
    """Its neighbours run whenever it strikes for the first time, and are not suspected for long."""
    asked: Counter[str] = Counter()
    lives = 0
    running = anyio.Event()
    neighbours = [f"neighbour {number}" for number in range(4)]

    async with (
        open_scene(tmp_path, llm=True, retry_pauses=0.1) as scene,
        open_nest(tmp_path / "witness", *MODEL_CLIENTS) as nest,
    ):

        async def model(exchange: Exchange) -> None:
            text = question(exchange)
            asked[text] += 1
            if set(neighbours) <= asked.keys():
                running.set()
            if text == "poison":
                await running.wait()
                struck.set()
                await exchange.hang()
            elif lives == 1:
                await exchange.hang()
            else:
                await say(exchange, f"All is well, {text}.")

        scene.model.script = model
        speakers = {text: scene.speaker(number) for number, text in enumerate((*neighbours, "poison"), 1)}
        for text, speaker in speakers.items():
            speaker.say(text)
        while asked["poison"] < TRIES:
            lives += 1
            struck = anyio.Event()
            async with scene.life(nest):
                with anyio.fail_after(PATIENT):
                    await struck.wait()
        async with scene.life(nest):
            await speakers["poison"].hear("I was interrupted 3 times")
            for text in neighbours:
                await speakers[text].hear(f"All is well, {text}.")
            await scene.until_quiet()
            await scene.read_pages()
        assert (lives, asked["poison"]) == (TRIES, TRIES)
        assert states(scene) == {**dict.fromkeys(neighbours, "done"), "poison": "failed"}
        assert max(charged(scene)[text] for text in neighbours) <= 2
