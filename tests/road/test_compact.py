"""`/compact` through the real clients of Telegram and Discord, and what the model is sent before and after it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import anyio
import pytest
from tests.engines.scripted import Exchange, chunk, serving
from tests.road.gateway_process import run_gateway
from tests.road.test_road import PATIENCE, from_bot, write_config

from picklebot.agents.quoting import quoted_summary
from picklebot.agents.summary import PROMPT
from picklebot.model import words
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

GERMAN = words.LANGUAGES["de"]


def sums_up(body: dict) -> bool:
    """Whether this request asks for a summary."""
    return body["messages"][0]["content"] == PROMPT


class Model:
    """Answers "heard: …" to the last message, and sums up to "all about …". A summary waits for `go`."""

    def __init__(self) -> None:
        self.asked = anyio.Event()
        self.go = anyio.Event()

    async def answer(self, exchange: Exchange) -> None:
        said = exchange.body["messages"][-1]["content"]
        await exchange.open()
        if sums_up(exchange.body):
            self.asked.set()
            await self.go.wait()
            said = "all about dill"
        await exchange.send(chunk(f"heard: {said}"), chunk(finish="stop"), "[DONE]")


def summaries(workspace: Path) -> list[str]:
    with closing(sqlite3.connect(workspace / "data/picklebot.db")) as database:
        return [text for (text,) in database.execute("SELECT text FROM history WHERE role = 'summary'")]


@pytest.mark.requirement("S0.2")
@pytest.mark.requirement("P1")
async def test_the_model_is_sent_the_summary_and_what_was_said_since_also_after_kill_9(
    tmp_path: Path,
) -> None:
    model = Model()
    async with (
        TelegramSandbox.start() as tg,
        DiscordSandbox.start() as dc,
        serving() as server,
    ):
        server.script = model.answer
        write_config(tmp_path, tg, dc)
        with (tmp_path / "config.yaml").open("a") as file:
            file.write(f'llm: {{model: "openai-chat:m", api_key: not-a-key, base_url: "{server.url}"}}\n')
        ann, dora = tg.user(1, "Ann"), dc.user(30, "Dora", locale="de")
        here, there = tg.private(ann), dc.dm(dora)
        async with run_gateway(tmp_path, "telegram", "discord") as gateway:
            here.say(ann, "I like dill")
            await here.wait_for(from_bot("heard: I like dill"), PATIENCE)
            here.say(ann, "/compact keep the herbs")
            with anyio.fail_after(PATIENCE):
                await model.asked.wait()
            await gateway.kill()
        assert summaries(tmp_path) == []
        model.go.set()
        async with run_gateway(tmp_path, "telegram", "discord"):
            await here.wait_for(from_bot(words.SUMMED_UP.format(count=2)), PATIENCE)
            assert summaries(tmp_path) == ["heard: all about dill"]
            here.say(ann, "and now?")
            await here.wait_for(from_bot("heard: and now?"), PATIENCE)

            there.say(dora, "Ich mag Minze")
            await there.wait_for(from_bot("heard: Ich mag Minze"), PATIENCE)
            used = dc.slash(dora, there, "compact", {"keep": "die Kräuter"})
            told = await dc.wait_answer(used)
            await there.wait_for(
                lambda it: it.id == told.id and it.text == GERMAN.SUMMED_UP.format(count=2), PATIENCE
            )
    first, second = [body["messages"] for body in server.bodies if sums_up(body)][:2]
    assert first == second, "after the kill it was asked the same again"
    asked = first[1]["content"]
    assert "> I like dill" in asked
    assert asked.endswith("keeps this: keep the herbs")
    [after] = [body["messages"] for body in server.bodies if body["messages"][-1]["content"] == "and now?"]
    assert [each["content"] for each in after[1:]] == [quoted_summary("heard: all about dill"), "and now?"]
    assert "I like dill" not in str(after)
    [*_, german] = [body["messages"][1]["content"] for body in server.bodies if sums_up(body)]
    assert "> Ich mag Minze" in german
    assert german.endswith("die Kräuter")
