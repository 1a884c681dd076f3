"""The gateway through the real client: resume, replay, new sessions, intents, closing codes."""

import anyio
import discord
import pytest

from picklebot.sandbox.discord import DiscordSandbox


async def test_ready_tells_who_and_where(dc, connect):
    dc.guild(1, "Garden", members=[dc.user(7, "Ann")]).channel(2, "general")
    async with connect(dc) as bot:
        assert bot.user.id == dc.bot.id
        assert [guild.name for guild in bot.guilds] == ["Garden"]
        assert bot.get_channel(2).permissions_for(bot.guilds[0].me).send_messages
        assert bot.application_flags.gateway_message_content_limited
        assert dc.gateway.identifies == 1
        await dc.gateway.wait_connected()
    await dc.gateway.wait_disconnected()


async def test_what_comes_later_is_told_too(dc, connect):
    async with connect(dc) as bot:
        guild = dc.guild(1, "Garden")
        guild.channel(2, "general")
        await bot.hear("guild_channel_create")
        assert bot.get_channel(2).guild.name == "Garden"


@pytest.mark.parametrize("code", [4000, 1000, 4009, None])
async def test_a_lost_connection_is_resumed_and_nothing_is_missed(dc, connect, code):
    general = dc.guild(1, "Garden").channel(2, "general")
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        general.say(ann, "before")
        await bot.hear("message")
        dc.gateway.disconnect(code)
        general.say(ann, "while away")
        await bot.hear("resumed")
        general.say(ann, "after")
        await bot.hear("message", count=3)
        assert [each.content for each in bot.all("message")] == ["before", "while away", "after"]
        assert (dc.gateway.identifies, dc.gateway.resumes) == (1, 1)


async def test_a_request_to_reconnect_is_resumed(dc, connect):
    async with connect(dc) as bot:
        dc.gateway.reconnect()
        await bot.hear("resumed")
        assert (dc.gateway.identifies, dc.gateway.resumes) == (1, 1)


async def test_after_an_invalid_session_nothing_is_replayed(dc, connect):
    general = dc.guild(1, "Garden").channel(2, "general")
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        dc.gateway.invalidate()
        general.say(ann, "lost to the gateway")
        await bot.hear("ready", count=2)
        general.say(ann, "told")
        await bot.hear("message")
        assert [each.content for each in bot.all("message")] == ["told"]
        history = [each.content async for each in bot.get_channel(2).history(oldest_first=True)]
        assert history == ["lost to the gateway", "told"]
        assert dc.gateway.identifies == 2


async def test_more_than_can_be_replayed_needs_a_new_session(dc, connect):
    general = dc.guild(1, "Garden").channel(2, "general")
    ann = dc.user(7, "Ann")
    async with connect(dc) as bot:
        dc.gateway.disconnect(None)
        await dc.gateway.wait_disconnected()
        for number in range(1001):
            general.say(ann, str(number))
        await bot.hear("ready", count=2)
        assert dc.gateway.resumes == 0


async def test_a_client_that_closes_gives_its_session_up(dc, connect):
    async with connect(dc):
        pass
    async with connect(dc):
        pass
    assert dc.gateway.identifies == 2
    assert dc.gateway.resumes == 0


async def test_an_outage_keeps_the_world_and_the_port(dc, connect):
    general = dc.guild(1, "Garden").channel(2, "general")
    ann, url = dc.user(7, "Ann"), dc.api_base_url
    async with connect(dc) as bot:
        channel = bot.get_channel(2)
        async with dc.outage():
            assert not dc.gateway.connected
            with pytest.raises((OSError, discord.HTTPException)):
                await channel.send("nobody hears")
            general.say(ann, "during the outage")
        assert dc.api_base_url == url
        assert (await bot.hear("message")).content == "during the outage"
        await channel.send("back")
        assert general.messages[-1].text == "back"


async def test_the_heartbeat_is_answered(aim, connect):
    async with DiscordSandbox.start(heartbeat=0.5) as dc, connect(dc) as bot:
        assert bot.latency < 1
        dc.gateway.inject("UNKNOWN_EVENT", {"odd": True})
        await bot.hear("socket_event_type", lambda event: event == "UNKNOWN_EVENT")


async def test_a_heartbeat_is_not_answered_before_its_client_has_noted_it(http):
    """discord.py would otherwise warn with each that its websocket is a whole heartbeat behind."""
    async with DiscordSandbox.start() as dc, http.ws_connect(dc.gateway_url) as socket:
        await socket.receive_json()
        await socket.send_json({"op": 1, "d": None})
        sent = anyio.current_time()
        assert (await socket.receive_json())["op"] == 11
        assert 0.02 < anyio.current_time() - sent < 5


async def test_a_silent_client_is_closed(http):
    async with DiscordSandbox.start(heartbeat=0.05) as dc, http.ws_connect(dc.gateway_url) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.receive()
        assert socket.close_code == 4009


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json", 4002),
        ("[]", 4002),
        ('{"op": 99}', 4001),
        ('{"op": 3, "d": {}}', 4003),
        ('{"op": 2, "d": {"token": "wrong"}}', 4004),
        ('{"op": 6, "d": {"token": "wrong"}}', 4004),
        ('{"op": 2, "d": {"intents": "many"}}', 4002),
    ],
)
async def test_bad_frames_close_with_their_reason(dc, http, frame, code):
    async with http.ws_connect(dc.gateway_url) as socket:
        await socket.receive_json()
        await socket.send_str(frame)
        await socket.receive()
        assert socket.close_code == code


async def test_a_second_identify_is_refused(dc, http):
    async with http.ws_connect(dc.gateway_url) as socket:
        await socket.receive_json()
        for _ in range(2):
            await socket.send_json({"op": 2, "d": {"token": dc.token, "intents": 1}})
        while not socket.closed:
            await socket.receive()
        assert socket.close_code == 4005


async def test_a_wrong_token_is_refused_by_rest_and_gateway(dc, aim):
    aim(dc)
    async with discord.Client(intents=discord.Intents.default()) as client:
        with pytest.raises(discord.LoginFailure):
            await client.login("wrong")
    assert dc.gateway.identifies == 0


async def test_an_unapproved_privileged_intent_is_fatal(aim):
    async with DiscordSandbox.start(message_content=False) as dc:
        aim(dc)
        intents = discord.Intents.default()
        intents.message_content = True
        async with discord.Client(intents=intents) as client:
            with pytest.raises(discord.PrivilegedIntentsRequired), anyio.fail_after(5):
                await client.start(dc.token)


@pytest.mark.parametrize("approved", [True, False])
async def test_without_the_content_intent_texts_are_withheld(aim, connect, approved):
    async with DiscordSandbox.start(message_content=approved) as dc:
        ann = dc.user(7, "Ann")
        general = dc.guild(1, "Garden").channel(2, "general")
        async with connect(dc, content=False) as bot:
            secret = general.say(ann, "secret", files={"a.txt": b"a"})
            heard = await bot.hear("message")
            assert (heard.content, heard.attachments) == ("", [])
            general.say(ann, "for you", mentions_bot=True)
            assert "for you" in (await bot.hear("message", count=2)).content
            dc.dm(ann).say(ann, "between us")
            assert (await bot.hear("message", count=3)).content == "between us"
            own = await bot.get_channel(2).send("mine")
            assert (await bot.hear("message", count=4)).content == "mine"
            general.say(ann, "to that", reply_to=general.messages[-1])
            assert (await bot.hear("message", count=5)).content == "to that"
            assert own.content == "mine"
            fetched = await bot.get_channel(2).fetch_message(secret.id)
            assert fetched.content == ("secret" if approved else "")


async def test_members_are_listed_only_with_their_intent(connect):
    async with DiscordSandbox.start(members=True) as dc:
        dc.guild(1, "Garden", members=[dc.user(7, "Ann"), dc.user(8, "Bob")]).channel(2, "general")
        async with connect(dc, members=True) as bot:
            assert {member.name for member in bot.guilds[0].members} == {"picklebot", "Ann", "Bob"}
            assert [member.name for member in await bot.guilds[0].query_members("b")] == ["Bob"]
        async with connect(dc) as bot:
            assert [member.name for member in bot.guilds[0].members] == ["picklebot"]


async def test_identifies_are_counted_and_run_out(http, aim, connect):
    async with DiscordSandbox.start(identifies=1) as dc:
        async with connect(dc) as bot:
            answer = await bot.http.get_bot_gateway()
            assert answer[0] == 1
        headers = {"Authorization": f"Bot {dc.token}"}
        async with http.get(f"{dc.api_base_url}/gateway/bot", headers=headers) as response:
            limit = (await response.json())["session_start_limit"]
        assert (limit["total"], limit["remaining"], limit["max_concurrency"]) == (1, 0, 1)
        assert 0 < limit["reset_after"] <= 86_400_000
        client = discord.Client(intents=discord.Intents.default())
        async with client:
            with pytest.raises(discord.ConnectionClosed) as closed, anyio.fail_after(5):
                await client.start(dc.token)
            assert closed.value.code == 4004
        dc.advance(86_401)
        async with connect(dc):
            assert dc.gateway.identifies == 3


async def test_an_odd_event_lies_between_two_good_ones(dc, connect):
    general = dc.guild(1, "Garden").channel(2, "general")
    async with connect(dc) as bot:
        general.say(dc.user(7, "Ann"), "one")
        dc.gateway.inject("SOMETHING_NEW", {"guild_id": "x", "list": [None]})
        general.say(dc.user(7, "Ann"), "two")
        await bot.hear("message", count=2)
        assert [each.content for each in bot.all("message")] == ["one", "two"]
