"""The bot among people: what it hears, what it tells the model of it, and what it leaves alone."""

from typing import Any

import pytest

from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import TelegramSandbox
from picklebot.testing.plugin import RunGateway

pytestmark = pytest.mark.slow

PATIENCE = 30
"""Seconds to wait for an answer: the machine may be busy."""


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
        await group.wait_for(lambda it: it.from_bot and it.text == "Bob is right.", PATIENCE)
        assert "Bob: dill is the best of herbs" in asked(llmock)
        assert "is he right?" in asked(llmock)

        llmock.reply("Cleo is right.")
        channel.say(cleo, "no, mint is")
        channel.say(dora, "is she right?", mentions_bot=True)
        await channel.wait_for(lambda it: it.from_bot and it.text == "Cleo is right.", PATIENCE)
        assert "Cleo: no, mint is" in asked(llmock)
        assert "dill" not in asked(llmock)

        store, database = running.app.stores, running.app.database
        [session] = await database.read(lambda tx: store.sessions.find(tx, platform="telegram"))
        rows = await database.read(lambda tx: store.history.messages(tx, session.id))
        assert [row.text for _, row in rows] == ["is he right?", "Bob is right."]


@pytest.mark.requirement("S0.10")
async def test_on_discord_a_question_comes_with_what_was_said_before_the_start(
    gateway: RunGateway, discord_sandbox: DiscordSandbox, llmock: Any
) -> None:
    dc = discord_sandbox
    cleo, dora, eve = dc.user(3, "Cleo"), dc.user(4, "Dora"), dc.user(5, "Eve")
    channel = dc.guild(900, "Picklers", members=[cleo, dora, eve]).channel(901, "general")
    channel.say(cleo, "before it was ever there")
    config = {**model_server(llmock), "messagebus": {"discord": {"denied_user_ids": ["5"]}}}
    for number, told in enumerate(
        (["before it was ever there"], ["before it was ever there", "no, mint is"])
    ):
        async with gateway(discord=dc, config=config):
            llmock.reply(f"Answer {number}.")
            channel.say(eve, "mine is shut out")
            channel.say(dora, f"is she right, {number}?", mentions_bot=True)
            await channel.wait_for(lambda it, n=number: it.from_bot and it.text == f"Answer {n}.", PATIENCE)
            said = asked(llmock)
            assert all(f"Cleo: {text}" in said for text in told)
            assert "shut out" not in said
            assert said.count("is she right") == 1  # what the session knows by itself is not told again
            assert "Answer 0" not in said
        channel.say(cleo, "no, mint is")


@pytest.mark.requirement("S0.10")
async def test_a_thread_is_a_conversation_of_its_own(
    gateway: RunGateway, discord_sandbox: DiscordSandbox
) -> None:
    dc = discord_sandbox
    cleo, dora = dc.user(3, "Cleo"), dc.user(4, "Dora")
    channel = dc.guild(900, "Picklers", members=[cleo, dora]).channel(901, "general")
    async with gateway(discord=dc, config={"messagebus": {"discord": {"threads": "mention"}}}) as running:
        asked = channel.say(dora, "one", mentions_bot=True)
        await channel.wait_for(lambda it: it.id == asked.id and it.thread is not None, PATIENCE)
        thread = dc.channels[asked.id]
        await thread.wait_for(lambda it: "You said: one. This is message 1" in it.text, PATIENCE)
        thread.say(cleo, "just between us")
        thread.say(dora, "two")
        await thread.wait_for(lambda it: "You said: two. This is message 2" in it.text, PATIENCE)
        thread.say(cleo, "three", mentions_bot=True)
        await thread.wait_for(lambda it: "You said: three. This is message 3" in it.text, PATIENCE)
        bound = await running.app.database.read(running.app.stores.bindings.all)
    assert set(bound) == {("discord", f"@901#{asked.id}")}
    assert not any(message.from_bot for message in channel.messages)


@pytest.mark.requirement("S0.10")
async def test_a_forum_post_is_a_conversation_of_those_in_it(
    gateway: RunGateway, discord_sandbox: DiscordSandbox
) -> None:
    dc = discord_sandbox
    cleo, dora = dc.user(3, "Cleo"), dc.user(4, "Dora")
    forum = dc.guild(900, "Picklers", members=[cleo, dora]).forum(902, "recipes")
    async with gateway(discord=dc) as running:
        post = forum.post("Dill?", cleo, f"{dc.bot.mention} one")
        await post.wait_for(lambda it: "You said: one. This is message 1" in it.text, PATIENCE)
        post.say(dora, "just between us")
        post.say(dora, "two", mentions_bot=True)
        await post.wait_for(lambda it: "You said: two. This is message 2" in it.text, PATIENCE)
        other = forum.post("Mint?", cleo, f"{dc.bot.mention} three")
        await other.wait_for(lambda it: "You said: three. This is message 1" in it.text, PATIENCE)
        bound = await running.app.database.read(running.app.stores.bindings.all)
    assert set(bound) == {("discord", f"@902#{post.id}"), ("discord", f"@902#{other.id}")}
    assert not forum.messages


@pytest.mark.requirement("S0.10")
async def test_a_topic_of_a_private_chat_is_a_conversation_of_its_own(
    gateway: RunGateway, telegram_sandbox: TelegramSandbox
) -> None:
    tg = telegram_sandbox
    tg.set_bot(topics=True)
    ann = tg.user(7, "Ann")
    chat = tg.private(ann)
    work = chat.topic("Work")
    async with gateway(telegram=tg) as running:
        chat.say(ann, "one", thread=work)
        answer = await chat.wait_for(lambda it: "You said: one. This is message 1" in it.text, PATIENCE)
        chat.say(ann, "two")
        beside = await chat.wait_for(lambda it: "You said: two. This is message 1" in it.text, PATIENCE)
        chat.say(ann, "three", thread=work)
        await chat.wait_for(lambda it: "You said: three. This is message 2" in it.text, PATIENCE)
        bound = await running.app.database.read(running.app.stores.bindings.all)
    assert (work, answer.thread, beside.thread) == (1, work, None)
    assert set(bound) == {("telegram", "7"), ("telegram", f"7#{work}")}


@pytest.mark.requirement("S0.10")
async def test_anonymous_administrators_and_channels_are_speakers_of_their_own(
    gateway: RunGateway, telegram_sandbox: TelegramSandbox
) -> None:
    tg = telegram_sandbox
    ann = tg.user(7, "Ann")
    group = tg.group(-1000000000987, "Picklers", members=[ann])
    news = tg.channel(-1000000000988, "News")
    async with gateway(telegram=tg) as running:
        for number, sender in enumerate((ann, group, news)):
            group.say(sender, f"/ask hello {number}")
            said = f"You said: hello {number}. This is message 1"
            await group.wait_for(lambda it, said=said: said in it.text, PATIENCE)
        bound = await running.app.database.read(running.app.stores.bindings.all)
    assert {key for _, key in bound} == {f"{who}@{group.id}" for who in (7, group.id, news.id)}


@pytest.mark.requirement("S0.10")
async def test_added_to_a_group_the_bot_says_once_how_it_is_called(
    gateway: RunGateway, telegram_sandbox: TelegramSandbox, discord_sandbox: DiscordSandbox
) -> None:
    tg, dc = telegram_sandbox, discord_sandbox
    ann = tg.user(1, "Ann")
    group = tg.group(-1000000000987, "Picklers", members=[ann])
    group.block()
    guild = dc.guild(900, "Picklers")
    channel = guild.channel(901, "general")
    async with gateway(telegram=tg, discord=dc):
        group.unblock()
        guild.invite()
        await group.wait_for(lambda it: "/ask@pickle_bot" in it.text, PATIENCE)
        await channel.wait_for(lambda it: "Write @picklebot" in it.text, PATIENCE)
        group.block()
        group.unblock()
        guild.invite()
        asked = group.say(ann, "/ask hello")
        await group.wait_for(lambda it: "You said: hello" in it.text, PATIENCE)
        await group.wait_for(lambda it: it.id == asked.id and not it.reactions, PATIENCE)
    assert len(group.replies) == 2
    assert len(channel.messages) == 1


@pytest.mark.requirement("S0.10")
async def test_other_bots_are_left_alone_unless_they_are_allowed_and_mention_it(
    gateway: RunGateway, discord_sandbox: DiscordSandbox
) -> None:
    dc = discord_sandbox
    friend, stranger = dc.user(30, "Friend", bot=True), dc.user(31, "Stranger", bot=True)
    channel = dc.guild(900, "Picklers").channel(901, "general")
    allowed = {"messagebus": {"discord": {"allowed_bot_ids": [30]}}}
    async with gateway(discord=dc, config=allowed):
        channel.say(stranger, "beep", mentions_bot=True)
        channel.say(friend, "boop")
        channel.say(friend, "hello", mentions_bot=True)
        answer = await channel.wait_for(lambda it: it.from_bot and "You said: hello" in it.text, PATIENCE)
    assert [it.id for it in channel.messages if it.author is dc.bot] == [answer.id]
