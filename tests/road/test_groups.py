"""The bot among people: what it hears, what it tells the model of it, and what it leaves alone."""

from typing import Any

import pytest

from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import TelegramSandbox
from picklebot.testing.plugin import RunGateway

pytestmark = pytest.mark.slow


def model_server(llmock: Any) -> dict[str, Any]:
    """Settings by which a model server of the test answers."""
    base_url = llmock.base_url("openai")
    return {"llm": {"model": "openai-chat:gpt-4o", "base_url": base_url, "api_key": "sk-of-nobody"}}


def asked(llmock: Any) -> str:
    """What the model was last asked, with what came along."""
    return str(llmock.last_request.body["messages"][-1]["content"])


@pytest.mark.requirement("S0.10")
async def test_a_question_in_a_group_comes_with_what_was_said_before(
    gateway: RunGateway, telegram_sandbox: TelegramSandbox, discord_sandbox: DiscordSandbox, llmock: Any
) -> None:
    tg, dc = telegram_sandbox, discord_sandbox
    ann, bob, cleo, dora = tg.user(1, "Ann"), tg.user(2, "Bob"), dc.user(3, "Cleo"), dc.user(4, "Dora")
    group = tg.group(-1000000000987, "Picklers", members=[ann, bob])
    group.make_admin()
    channel = dc.guild(900, "Picklers", members=[cleo, dora]).channel(901, "general")
    async with gateway(telegram=tg, discord=dc, config=model_server(llmock)) as running:
        llmock.reply("Bob is right.")
        group.say(bob, "dill is the best of herbs")
        group.say(ann, "/ask is he right?")
        await group.wait_for(lambda it: it.from_bot and it.text == "Bob is right.")
        assert "Bob: dill is the best of herbs" in asked(llmock)
        assert "is he right?" in asked(llmock)

        llmock.reply("Cleo is right.")
        channel.say(cleo, "no, mint is")
        channel.say(dora, "is she right?", mentions_bot=True)
        await channel.wait_for(lambda it: it.from_bot and it.text == "Cleo is right.")
        assert "Cleo: no, mint is" in asked(llmock)
        assert "dill" not in asked(llmock)

        store, database = running.app.stores, running.app.database
        [session] = await database.read(lambda tx: store.sessions.find(tx, platform="telegram"))
        rows = await database.read(lambda tx: store.history.messages(tx, session.id))
        assert [row.text for _, row in rows] == ["is he right?", "Bob is right."]
