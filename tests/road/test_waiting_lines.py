"""Who waits is told so over kill -9, by the same line: through the real clients of Telegram and Discord."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest
from tests.engines.scripted import Exchange, chunk, serving
from tests.kills.ledger import asked
from tests.road.gateway_process import run_gateway
from tests.road.test_road import PATIENCE, from_bot, write_config

from picklebot.model import words
from picklebot.model.parcel import STATUS
from picklebot.sandbox.discord import DiscordSandbox, Message
from picklebot.sandbox.telegram import SandboxMessage, TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

NOTED = f"SELECT message_id FROM posted WHERE position = {STATUS} AND message_id != ''"
"""A line of which a process that is killed has not noted the id is nobody's: another one comes."""
LINES = frozenset(words.waits(place) for place in range(1, 5))


def lines(*chats: Sequence[SandboxMessage | Message]) -> list[str]:
    """What stands in these chats about messages that wait."""
    return [it.text for messages in chats for it in messages if it.text in LINES]


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P10")
async def test_a_line_is_kept_and_a_missing_one_comes_after_kill_9(tmp_path: Path) -> None:
    go = anyio.Event()

    async def answer(exchange: Exchange) -> None:
        await exchange.open()
        await go.wait()
        heard = exchange.body["messages"][-1]["content"]
        await exchange.send(chunk(f"heard: {heard}"), chunk(finish="stop"), "[DONE]")

    async with TelegramSandbox.start() as tg, DiscordSandbox.start() as dc, serving() as server:
        server.script = answer
        write_config(tmp_path, tg, dc)
        with (tmp_path / "config.yaml").open("a") as file:
            file.write(f'llm: {{model: "openai-chat:m", api_key: not-a-key, base_url: "{server.url}"}}\n')
        ann, dora = tg.user(1, "Ann"), dc.user(30, "Dora")
        here, there = tg.private(ann), dc.dm(dora)
        async with run_gateway(tmp_path, "telegram", "discord") as gateway:
            for text in ("one", "two"):
                here.say(ann, text)
                there.say(dora, text)
            stood = await here.wait_for(from_bot(words.WAITS), PATIENCE)
            also = await there.wait_for(from_bot(words.WAITS), PATIENCE)
            offered = also.components
            with anyio.fail_after(PATIENCE):
                while len((asked(tmp_path, NOTED) or [[]])[0]) < 2:  # noqa: ASYNC110 - a file has no event
                    await anyio.sleep(0.05)
            await gateway.kill()
        here.say(ann, "three")
        async with run_gateway(tmp_path, "telegram", "discord"):
            # The line has buttons of the life that shows it now, so it was edited; and no other says the same.
            now = await here.wait_for(lambda it: it.id == stood.id and it.buttons != stood.buttons, PATIENCE)
            await there.wait_for(lambda it: it.id == also.id and it.components != offered, PATIENCE)
            # One of what the kill cut off runs by itself; the other waits for it, and so does what waits behind both.
            expected = sorted([words.WAITS, *(words.waits(place) for place in (2, 2, 3))])
            with anyio.fail_after(PATIENCE):
                while sorted(lines(here.messages, there.messages)) != expected:  # noqa: ASYNC110 - two sandboxes
                    await anyio.sleep(0.05)
            [mine] = [it.text for it in here.messages if it.id == stood.id]
            [hers] = [it.text for it in there.messages if it.id == also.id]
            assert (mine, hers) == (words.waits(2), words.waits(2))
            note = await here.wait_answer(here.press(ann, now, words.CANCEL))
            assert note["text"] == words.DROPPED_ONE
            await here.wait_for(lambda it: it.id == stood.id and it.text == words.DROPPED_ONE, PATIENCE)
            go.set()
            await here.wait_for(from_bot("heard: three"), PATIENCE)
            await there.wait_for(from_bot("heard: two"), PATIENCE)
            with anyio.fail_after(PATIENCE):
                while lines(here.messages, there.messages):  # noqa: ASYNC110 - two sandboxes
                    await anyio.sleep(0.05)
        assert not [it for it in here.messages if it.text == "heard: two"]
