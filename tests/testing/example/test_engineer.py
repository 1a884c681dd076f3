"""How an author tests an agent: what the model is told, and what people see."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
AGENTS = Path(__file__).parents[3] / "agents"


async def test_it_says_when_it_is_not_sure(gateway, llmock):
    llmock.reply("I suspect the cache. Which version is it?")
    model = {"model": "openai-chat:any", "base_url": llmock.base_url("openai"), "api_key": "test"}
    async with gateway(agents=AGENTS, config={"llm": model}) as running:
        answer = await running.ask("It crashes", agent="engineer")
    assert answer == "I suspect the cache. Which version is it?"
    prompt = llmock.last_request.body["messages"][0]["content"]
    assert "Say what you are sure of, what you suspect" in prompt


async def test_it_remembers_after_a_restart(gateway, telegram_sandbox):
    ann = telegram_sandbox.user(1, "Ann")
    chat = telegram_sandbox.private(ann)
    settings = {"default_agent": "engineer"}
    async with gateway(agents=AGENTS, telegram=telegram_sandbox, config=settings):
        asked = chat.say(ann, "It crashes")
        await chat.next_reply(asked)
    async with gateway(agents=AGENTS, telegram=telegram_sandbox, config=settings):
        chat.say(ann, "Still")
        await chat.wait_for(lambda it: "message 2" in it.text and 'began with "It crashes"' in it.text)


async def test_a_lost_answer_is_sent_again(gateway, discord_sandbox):
    cleo = discord_sandbox.user(1, "Cleo")
    channel = discord_sandbox.guild(10, "Garden").channel(11, "general")
    async with gateway(agents=AGENTS, discord=discord_sandbox):
        discord_sandbox.fault("POST /channels/*/messages", drop="after")
        channel.say(cleo, "hello", mentions_bot=True)
        await channel.wait_for(lambda it: it.from_bot and it.text.startswith("You said: hello."), timeout=20)
    assert len([it for it in channel.messages if it.from_bot]) == 1
