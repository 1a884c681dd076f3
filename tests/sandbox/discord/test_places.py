"""Direct messages, threads, hidden and read-only channels, files, through the real client."""

import io

import discord
import pytest

from picklebot.sandbox.discord import DiscordSandbox


async def test_direct_messages_go_both_ways(dc, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        said = dc.dm(ann).say(ann, "psst")
        heard = await bot.hear("message")
        assert (heard.content, heard.guild, heard.channel.id) == ("psst", None, dc.dm(ann).id)
        await heard.channel.send("yes?")
        assert (await dc.dm(ann).next_reply(said)).text == "yes?"


async def test_the_bot_opens_a_direct_message(dc, connect):
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        person = await bot.fetch_user(7)
        await person.send("first")
        opened = await person.create_dm()
        assert opened.id == dc.dm(ann).id
        assert [message.text for message in dc.dm(ann).messages] == ["first"]
        ann.dms_open = False
        with pytest.raises(discord.Forbidden) as refused:
            await person.send("anybody there?")
        assert refused.value.code == 50007
        with pytest.raises(discord.NotFound) as missing:
            await bot.fetch_user(99)
        assert missing.value.code == 10013


async def test_a_place_has_one_guild(dc):
    dc.guild(1, "Garden").channel(2, "general")
    with pytest.raises(ValueError, match="channel 2"):
        dc.guild(9, "Forest").channel(2, "general")


async def test_only_the_person_speaks_in_their_direct_messages(dc):
    with pytest.raises(ValueError, match="Bob is not in these direct messages"):
        dc.dm(dc.user(7, "Ann")).say(dc.user(8, "Bob"), "hello")


async def test_people_start_threads_and_speak_there(dc, connect):
    ann = dc.user(7, "Ann")
    general = dc.guild(1, "Garden").channel(2, "general")
    early = general.thread("early", ann)
    async with connect(dc) as bot:
        assert bot.get_channel(early.id).parent.id == 2
        thread = general.thread("late", ann, thread_id=55)
        await bot.hear("thread_create")
        said = thread.say(ann, "in here")
        heard = await bot.hear("message")
        assert isinstance(heard.channel, discord.Thread)
        assert (heard.channel.id, heard.channel.owner_id, heard.channel.parent_id) == (55, 7, 2)
        await heard.reply("here I am")
        assert (await thread.next_reply(said)).text == "here I am"
        thread.lock()
        with pytest.raises(discord.HTTPException) as refused:
            await heard.channel.send("too late")
        assert refused.value.code == 50083
    with pytest.raises(ValueError, match="text channel"):
        thread.thread("deeper", ann)


async def test_the_bot_starts_one_thread_on_a_message(dc, connect):
    ann = dc.user(7, "Ann")
    general = dc.guild(1, "Garden").channel(2, "general")
    async with connect(dc) as bot:
        said = general.say(ann, "long story")
        heard = await bot.hear("message")
        thread = await heard.create_thread(name="long story")
        assert thread.id == said.id
        assert said.thread is dc.channels[thread.id].row
        await thread.send("once upon a time")
        assert [message.text for message in dc.channels[thread.id].messages] == ["once upon a time"]
        with pytest.raises(discord.HTTPException) as refused:
            await heard.create_thread(name="again")
        assert refused.value.code == 160004
        alone = await heard.channel.create_thread(name="alone", type=discord.ChannelType.public_thread)
        assert alone.parent_id == 2


async def test_what_the_bot_may_not_see_or_say(dc, connect):
    guild, ann = dc.guild(1, "Garden"), dc.user(7, "Ann")
    cellar = guild.channel(3, "cellar", hidden=True)
    news = guild.channel(4, "news", read_only=True)
    async with connect(dc) as bot:
        cellar.say(ann, "unheard")
        news.say(ann, "heard")
        assert (await bot.hear("message")).content == "heard"
        assert [each.content for each in bot.all("message")] == ["heard"]
        me = bot.guilds[0].me
        assert not bot.get_channel(3).permissions_for(me).view_channel
        assert not bot.get_channel(4).permissions_for(me).send_messages
        for channel_id, code in ((3, 50001), (4, 50013)):
            with pytest.raises(discord.Forbidden) as refused:
                await bot.get_channel(channel_id).send("hello")
            assert refused.value.code == code
        with pytest.raises(discord.NotFound) as missing:
            await bot.fetch_channel(99)
        assert missing.value.code == 10003
        assert (await bot.fetch_channel(4)).name == "news"


async def test_files_go_both_ways(dc, connect):
    ann = dc.user(7, "Ann")
    general = dc.guild(1, "Garden").channel(2, "general")
    async with connect(dc) as bot:
        general.say(ann, "", files={"my notes.txt": b"buy milk"})
        heard = await bot.hear("message")
        (attachment,) = heard.attachments
        assert (attachment.filename, attachment.content_type, attachment.size) == (
            "my notes.txt",
            "text/plain",
            8,
        )
        assert await attachment.read() == b"buy milk"
        files = [
            discord.File(io.BytesIO(b"one"), "one.txt", description="the first"),
            discord.File(io.BytesIO(b"two"), "two.txt"),
        ]
        sent = await heard.reply("there", files=files)
        reply = general.messages[-1]
        assert reply.text == "there"
        assert [(each.filename, each.data) for each in reply.attachments] == [
            ("one.txt", b"one"),
            ("two.txt", b"two"),
        ]
        assert reply.attachments[0].description == "the first"
        call = await dc.wait_call("POST /channels/*/messages", where=lambda call: bool(call.filenames))
        assert call.filenames == ("one.txt", "two.txt")
        await sent.edit(attachments=[sent.attachments[1], discord.File(io.BytesIO(b"three"), "three.txt")])
        assert [each.filename for each in reply.attachments] == ["two.txt", "three.txt"]


async def test_a_file_that_is_too_big_or_gone(dc, connect, http):
    dc.guild(1, "Garden").channel(2, "general")
    async with connect(dc) as bot:
        big = discord.File(io.BytesIO(bytes(10 * 1024 * 1024 + 1)), "big.bin")
        with pytest.raises(discord.HTTPException) as refused:
            await bot.get_channel(2).send(file=big)
        assert (refused.value.status, refused.value.code) == (413, 40005)
    async with http.get(f"{dc.url}/attachments/2/123/gone.txt") as response:
        assert response.status == 404


async def test_a_second_sandbox_is_another_world(dc):
    async with DiscordSandbox.start() as other:
        assert other.url != dc.url
        dc.user(7, "Ann")
        assert [each.name for each in other.users] == ["picklebot"]


async def test_it_stays_on_loopback():
    with pytest.raises(ValueError, match="loopback only"):
        async with DiscordSandbox.start(host="0.0.0.0"):
            pass


async def test_a_busy_port_is_an_error(dc):
    with pytest.raises(OSError, match="in use"):
        async with DiscordSandbox.start(port=int(dc.url.rsplit(":", 1)[1])):
            pass
