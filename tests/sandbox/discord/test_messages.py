"""Messages through the real client: both ways, edits, history, nonces, refusals."""

import discord
import pytest

from picklebot.sandbox.discord import DiscordSandbox


@pytest.fixture
def garden(dc: DiscordSandbox):
    return dc.guild(1, "Garden").channel(2, "general")


async def test_a_question_and_its_streamed_answer(dc, garden, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        asked = garden.say(ann, "how are you?", mentions_bot=True)
        heard = await bot.hear("message", lambda message: message.author.id == 7)
        assert heard.content == f"<@{dc.bot.id}> how are you?"
        assert heard.id == asked.id
        assert heard.guild.name == "Garden"
        assert heard.channel.name == "general"
        assert bot.user in heard.mentions
        sent = await heard.reply("I")
        await sent.edit(content="I am")
        await sent.edit(content="I am well")
        reply = await garden.wait_for(lambda message: message.text == "I am well")
        assert reply is await garden.next_reply(asked)
        assert [version.text for version in reply.versions] == ["I", "I am", "I am well"]
        assert reply.reply_to == asked.id
        assert reply.from_bot
        assert reply.edited_at is not None
        assert reply.edited_at >= reply.created_at
        edited = await bot.hear("raw_message_edit", lambda raw: raw.message.content == "I am well")
        assert edited.message_id == reply.id


async def test_people_edit_and_delete(dc, garden, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        said = garden.say(ann, "helo")
        garden.edit(said, "hello")
        assert (await bot.hear("raw_message_edit")).message.content == "hello"
        garden.delete(said)
        assert (await bot.hear("raw_message_delete")).message_id == said.id
        assert garden.messages == []
        assert said.deleted


async def test_the_bot_deletes_its_own_only(dc, garden, connect):
    async with connect(dc) as bot:
        channel = bot.get_channel(2)
        own = await channel.send("mine")
        other = garden.say(dc.user(7, "Ann"), "hers")
        await own.delete()
        assert [each.text for each in garden.messages] == ["hers"]
        with pytest.raises(discord.Forbidden) as refused:
            await channel.get_partial_message(other.id).delete()
        assert refused.value.code == 50013
        with pytest.raises(discord.Forbidden) as refused:
            await channel.get_partial_message(other.id).edit(content="no")
        assert refused.value.code == 50005
        with pytest.raises(discord.NotFound) as missing:
            await channel.get_partial_message(own.id).edit(content="gone")
        assert missing.value.code == 10008


async def test_history_pages_after_before_and_around(dc, garden, connect):
    ann = dc.user(7, "Ann")
    said = [garden.say(ann, str(number)) for number in range(250)]
    async with connect(dc) as bot:
        channel = bot.get_channel(2)
        mark = discord.Object(said[9].id)
        missed = [each.content async for each in channel.history(after=mark, limit=None, oldest_first=True)]
        assert missed == [str(number) for number in range(10, 250)]
        older = [each.content async for each in channel.history(before=mark, limit=3)]
        assert older == ["8", "7", "6"]
        around = [each.content async for each in channel.history(around=mark, limit=3)]
        assert sorted(around, key=int) == ["8", "9", "10"]
        assert (await channel.fetch_message(said[5].id)).content == "5"


async def test_the_same_nonce_is_one_message_for_two_minutes(dc, garden, connect):
    async with connect(dc) as bot:
        channel = bot.get_channel(2)
        first = await channel.send("once", nonce="outbox-1")
        again = await channel.send("once", nonce="outbox-1")
        assert first.id == again.id
        assert len(garden.messages) == 1
        dc.advance(121)
        later = await channel.send("once", nonce="outbox-1")
        assert later.id != first.id
        assert len(garden.messages) == 2


async def test_too_long_empty_and_unknown_replies_are_refused(dc, garden, connect):
    async with connect(dc) as bot:
        channel = bot.get_channel(2)
        await channel.send("ä" * 2000)
        for text, code in (("x" * 2001, 50035), ("  ", 50006)):
            with pytest.raises(discord.HTTPException) as refused:
                await channel.send(text)
            assert (refused.value.status, refused.value.code) == (400, code)
        gone = discord.MessageReference(message_id=5, channel_id=2)
        with pytest.raises(discord.HTTPException, match="Unknown message"):
            await channel.send("hello?", reference=gone)
        gone.fail_if_not_exists = False
        assert (await channel.send("hello!", reference=gone)).reference is None


async def test_pings_are_recorded_as_discord_would_ring_them(dc, garden, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        asked = garden.say(ann, "ring me")
        heard = await bot.hear("message")
        await heard.reply("hi <@7> @everyone", allowed_mentions=discord.AllowedMentions.none())
        await heard.reply("hi", allowed_mentions=discord.AllowedMentions(replied_user=True, everyone=False))
        await heard.channel.send("hi <@7> @everyone", allowed_mentions=discord.AllowedMentions.all())
        silent, quiet, loud = [each.pinged for each in garden.messages if each.id > asked.id]
        assert (silent.users, silent.everyone) == ((), False)
        assert (quiet.users, quiet.everyone) == ((7,), False)
        assert (loud.users, loud.everyone) == ((7,), True)


async def test_reactions_and_typing_both_ways(dc, garden, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        said = garden.say(ann, "nice")
        heard = await bot.hear("message")
        await heard.add_reaction("👍")
        assert list(said.reactions["👍"]) == [dc.bot.id]
        await heard.remove_reaction("👍", bot.user)
        assert said.reactions == {}
        garden.react(ann, said, "🎉")
        added = await bot.hear("raw_reaction_add", lambda raw: raw.user_id == 7)
        assert str(added.emoji) == "🎉"
        garden.type(ann)
        assert (await bot.hear("raw_typing")).user_id == 7
        await heard.channel.typing()
        await dc.wait_call("POST /channels/2/typing")


async def test_an_old_message_gives_way_in_a_full_channel(dc, garden):
    ann = dc.user(7, "Ann")
    for number in range(1005):
        garden.say(ann, str(number))
    assert len(garden.messages) == 1000
    assert garden.messages[0].text == "5"


async def test_waiting_for_nothing_says_what_was_hoped_for(garden):
    with pytest.raises(TimeoutError, match="a message in general"):
        await garden.next_reply(timeout=0.01)
