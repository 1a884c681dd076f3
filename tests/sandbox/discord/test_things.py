"""Roles, forums, stickers, polls, voice messages and what the portal allows: through the real client and by hand."""

import base64
import json

import discord
import pytest
from discord.http import handle_message_parameters

from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.discord.things import Poll


@pytest.fixture
def control(dc, http):
    """Call the control API; the JSON of an answer that went well, or the status and the error."""

    async def ask(path, body=None):
        url = f"{dc.url}/sandbox/discord{path}"
        async with http.request("GET" if body is None else "POST", url, json=body) as response:
            answer = json.loads(await response.text())
            return answer if response.status == 200 else (response.status, answer["error"])

    return ask


@pytest.fixture
async def garden(control):
    await control("/users", {"id": "7", "name": "Ann", "locale": "de"})
    await control("/guilds", {"id": "1", "name": "Garden", "members": ["7"]})
    await control("/channels", {"guild": "1", "id": "2", "name": "general"})


async def test_a_member_wears_roles_that_come_along(dc, garden, control, connect):
    async with connect(dc) as bot:
        await control("/roles", {"guild": "1", "id": "50", "name": "Gardeners"})
        await bot.hear("guild_role_create", lambda role: role.name == "Gardeners")
        assert await control("/members", {"guild": "1", "user": "7", "roles": ["50"]}) == {"ok": True}
        await control("/channels/2/say", {"from": "7", "text": "hi"})
        heard = await bot.hear("message")
        assert [role.name for role in heard.author.roles] == ["@everyone", "Gardeners"]
        status, told = await control("/members", {"guild": "1", "user": "7", "roles": ["51"]})
        assert (status, told) == (400, "Garden has no roles [51]: make them first")
        assert (await control("/members", {"guild": "9", "user": "7", "roles": []}))[0] == 404
    state = await control("/state")
    [guild] = state["guilds"]
    assert guild["roles"] == [{"id": "50", "name": "Gardeners"}]
    assert guild["worn"] == {"7": ["50"]}
    assert [user["locale"] for user in state["users"]] == ["en-US", "de"]


async def test_a_forum_holds_posts_and_no_messages(dc, garden, control, connect):
    async with connect(dc) as bot:
        await control("/channels", {"guild": "1", "id": "3", "name": "recipes", "forum": True})
        post = {"parent": "3", "name": "Dill?", "from": "7", "text": "how much?"}
        opened = await control("/channels", post)
        heard = await bot.hear("message")
        assert (heard.content, heard.id, heard.channel.name) == ("how much?", int(opened["id"]), "Dill?")
        forum = bot.get_channel(3)
        assert isinstance(forum, discord.ForumChannel)
        assert [thread.id for thread in forum.threads] == [heard.channel.id]
        await heard.channel.send("a lot")
        body = handle_message_parameters("x")
        for call in (bot.http.logs_from(3, 5), bot.http.send_message(3, params=body)):
            with pytest.raises(discord.HTTPException) as refused:
                await call
            assert refused.value.code == 50024
    assert [each.text for each in dc.channels[heard.channel.id].messages] == ["how much?", "a lot"]
    async with connect(dc) as bot:
        assert [thread.name for thread in bot.get_channel(3).threads] == ["Dill?"]
    with pytest.raises(ValueError, match="posts begin in a forum"):
        dc.channels[2].post("x", dc.user(7, "Ann"), "x")


async def test_stickers_polls_and_voice_messages(dc, garden, control, connect):
    async with connect(dc) as bot:
        await control("/channels/2/say", {"from": "7", "sticker": "Pickle"})
        assert [each.name for each in (await bot.hear("message")).stickers] == ["Pickle"]
        poll = {"question": "Dill?", "answers": ["yes", "no"]}
        await control("/channels/2/say", {"from": "7", "poll": poll})
        heard = await bot.hear("message", count=2)
        assert (heard.poll.question, [each.text for each in heard.poll.answers]) == ("Dill?", ["yes", "no"])
        voice = {"note.ogg": base64.b64encode(b"ogg").decode()}
        await control("/channels/2/say", {"from": "7", "files": voice, "voice": True})
        heard = await bot.hear("message", count=3)
        assert heard.flags.voice
        assert heard.attachments[0].is_voice_message()
        for wrong in ({"text": "with words", "files": voice}, {"files": {}}):
            status, told = await control("/channels/2/say", {"from": "7", "voice": True, **wrong})
            assert (status, told) == (400, "a voice message is one file without a text")
        status, told = await control(
            "/channels/2/say", {"from": "7", "poll": {"question": "?", "answers": []}}
        )
        assert (status, told) == (400, "a poll has a question and 1 to 10 answers")


async def test_a_poll_is_content(aim, connect):
    async with DiscordSandbox.start() as dc:
        ann = dc.user(7, "Ann")
        channel = dc.guild(1, "Garden", members=[ann]).channel(2, "general")
        async with connect(dc, content=False) as bot:
            channel.say(ann, "", poll=Poll("Dill?", ("yes",)))
            assert (await bot.hear("message")).poll is None


async def test_what_may_follow_a_command_is_asked_by_hand(dc, garden, control, connect):
    option = {"type": 3, "name": "name", "description": "which", "autocomplete": True}
    command = {"name": "resume", "description": "go back", "options": [option]}
    async with connect(dc) as bot:
        await bot.http.bulk_upsert_global_commands(bot.application_id, [command])
        asked = {"from": "7", "command": "resume", "option": "name", "typed": "ro"}
        begun = await control("/channels/2/complete", asked)
        typing = await bot.hear("interaction")
        assert typing.data["options"][0]["value"] == "ro"
        await typing.response.autocomplete([discord.app_commands.Choice(name="Roses", value="s1")])
        became = await control(f"/interactions/{begun['interaction']}")
        assert became["choices"] == [{"name": "Roses", "value": "s1"}]
        status, told = await control("/channels/2/complete", {**asked, "option": "colour"})
        assert (status, told) == (400, "/resume completes no option 'colour'")


async def test_people_close_their_messages_and_threads_are_locked(dc, garden, control, connect):
    async with connect(dc) as bot:
        direct = (await control("/channels", {"dm": "7"}))["id"]
        person = await bot.fetch_user(7)
        await control(f"/channels/{direct}/close", {"closed": True})
        with pytest.raises(discord.Forbidden) as refused:
            await person.send("anybody there?")
        assert refused.value.code == 50007
        await control(f"/channels/{direct}/close", {"closed": False})
        await person.send("now?")
        thread = (await control("/channels", {"parent": "2", "name": "aside", "from": "7"}))["id"]
        await control(f"/channels/{thread}/close", {"closed": True})
        with pytest.raises(discord.HTTPException) as refused:
            await (await bot.fetch_channel(int(thread))).send("x")
        assert refused.value.code == 50083
        await control(f"/channels/{thread}/close", {"closed": False})
        await (await bot.fetch_channel(int(thread))).send("x")
        assert await control("/channels/2/close", {"closed": True}) == (400, "only threads are locked")


async def test_the_portal_refuses_the_content_intent_while_the_bot_runs(dc, garden, control, connect):
    async def until_refused() -> None:
        async with connect(dc) as bot:
            await control("/gateway", {"do": "refuse_content"})
            await bot.hear("never")

    with pytest.raises(ExceptionGroup) as ended:
        await until_refused()
    assert ended.group_contains(discord.PrivilegedIntentsRequired)
    state = await control("/state")
    assert state["bot"]["message_content"] is False
    async with connect(dc, content=False) as bot:
        assert not (await bot.application_info()).flags.gateway_message_content_limited
    await control("/gateway", {"do": "approve_content"})
    async with connect(dc) as bot:
        assert (await bot.application_info()).flags.gateway_message_content_limited
