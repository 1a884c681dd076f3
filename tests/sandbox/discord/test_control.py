"""The control API, as a page or another process uses it."""

import base64
import json

import aiohttp
import anyio
import discord
import pytest


@pytest.fixture
def control(dc, http):
    """Call the control API; the status and the JSON."""

    async def ask(path, body=None, method=None, headers=None):
        url = f"{dc.url}/sandbox/discord{path}"
        verb = method or ("GET" if body is None else "POST")
        async with http.request(verb, url, json=body, headers=headers) as response:
            return response.status, json.loads(await response.text())

    return ask


@pytest.fixture
async def garden(control):
    await control("/users", {"id": "7", "name": "Ann"})
    await control("/guilds", {"id": "1", "name": "Garden", "members": ["7"]})
    await control("/channels", {"guild": "1", "id": "2", "name": "general"})


async def test_people_are_played_and_the_state_is_read(dc, garden, control, connect):
    async with connect(dc) as bot:
        files = {"a.txt": base64.b64encode(b"a").decode()}
        status, said = await control(
            "/channels/2/say", {"from": "7", "text": "hi", "mentions_bot": True, "files": files}
        )
        assert status == 200
        heard = await bot.hear("message")
        assert str(heard.id) == said["id"]
        await heard.reply("hello")
        await control("/channels/2/edit", {"message": said["id"], "text": "hi there"})
        await control("/channels/2/react", {"from": "7", "message": said["id"], "emoji": "👍"})
        await control("/channels/2/type", {"from": "7"})
        _, state = await control("/state")
        (channel,) = state["channels"]
        assert [message["content"] for message in channel["messages"]] == ["hi there", "hello"]
        assert [version["text"] for version in channel["messages"][0]["versions"]][-1] == "hi there"
        assert channel["messages"][1]["from_bot"]
        assert channel["messages"][1]["pinged"]["users"] == ["7"]
        assert (state["token"], state["api_base_url"], state["gateway_url"]) == (
            dc.token,
            dc.api_base_url,
            dc.gateway_url,
        )
        assert state["gateway"] == {"connected": True, "identifies": 1, "resumes": 0}
        _, calls = await control("/calls?after=0")
        assert "POST /channels/{channel}/messages" in [call["route"] for call in calls]
        await control("/channels/2/delete", {"message": said["id"]})
        await control("/reset", {})
        assert dc.channels[2].messages == []
        _, direct = await control("/channels", {"dm": "7"})
        _, thread = await control("/channels", {"parent": "2", "name": "aside", "from": "7"})
        assert set(dc.channels) == {2, int(direct["id"]), int(thread["id"])}


async def test_a_form_is_shown_and_submitted(dc, garden, control, connect):
    async with connect(dc) as bot:
        command = {"name": "new", "description": "begin"}
        await bot.http.bulk_upsert_global_commands(bot.application_id, [command])
        _, used = await control("/channels/2/slash", {"from": "7", "command": "new"})
        modal = discord.ui.Modal(title="Begin")
        modal.add_item(discord.ui.TextInput(label="With what", custom_id="what"))
        await (await bot.hear("interaction")).response.send_modal(modal)
        _, became = await control(f"/interactions/{used['interaction']}")
        assert became["form"]["title"] == "Begin"
        submit = f"/interactions/{used['interaction']}/submit"
        assert (await control(submit, {"values": {"what": ""}}))[0] == 400
        status, submitted = await control(submit, {"values": {"what": "dill"}})
        assert status == 200
        heard = await bot.hear("interaction", count=2)
        assert str(heard.id) == submitted["interaction"]
        await heard.response.send_message("begun")
        _, became = await control(f"/interactions/{used['interaction']}")
        assert became["form"] is None


async def test_commands_and_buttons_are_used(dc, garden, control, connect):
    async with connect(dc) as bot:
        await bot.http.bulk_upsert_global_commands(
            bot.application_id, [{"name": "new", "description": "begin"}]
        )
        status, used = await control("/channels/2/slash", {"from": "7", "command": "new"})
        assert status == 200
        await (await bot.hear("interaction")).response.send_message("begun")
        _, became = await control(f"/interactions/{used['interaction']}")
        assert became == {
            "acknowledged": True,
            "failed": False,
            "messages": [str(dc.channels[2].messages[0].id)],
            "form": None,
            "choices": [],
        }
        components = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "ok", "custom_id": "ok"}]}]
        await bot.http.request(_send_route(), json={"content": "?", "components": components})
        shown = str(dc.channels[2].messages[-1].id)
        status, _ = await control("/channels/2/press", {"from": "7", "message": shown, "custom_id": "ok"})
        assert status == 200
        assert (await bot.hear("interaction", count=2)).data["custom_id"] == "ok"


def _send_route():
    from discord.http import Route

    return Route("POST", "/channels/{channel_id}/messages", channel_id=2)


async def test_faults_and_the_gateway_are_moved(dc, garden, control, connect):
    async with connect(dc) as bot:
        await control("/faults", {"route": "POST *", "times": 2, "status": 500})
        assert len(dc.faults) == 1
        await control("/faults", method="DELETE")
        assert dc.faults == ()
        await control("/gateway", {"do": "disconnect", "code": None})
        await bot.hear("resumed")
        await control("/gateway", {"do": "reconnect"})
        await bot.hear("resumed", count=2)
        await control("/gateway", {"do": "invalidate"})
        await bot.hear("ready", count=2)
        await control("/dispatch", {"event": "ODD", "data": {}})
        await bot.hear("socket_event_type", lambda event: event == "ODD")
        await control("/outage", {"seconds": 60})
        await dc.gateway.wait_disconnected()
        with pytest.raises(aiohttp.ClientError):
            await bot.get_channel(2).send("nobody hears")
        assert (await control("/state"))[1]["gateway"]["connected"] is False
        dc.advance(61)
        await bot.hear("resumed", count=3)


async def test_events_are_streamed(dc, garden, http):
    async with http.get(f"{dc.url}/sandbox/discord/events") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        dc.channels[2].say(dc.user(7, "Ann"), "live")
        with anyio.fail_after(5):
            line = await stream.content.readline()
    event = json.loads(line.removeprefix(b"data: "))
    assert (event["name"], event["data"]["content"]) == ("MESSAGE_CREATE", "live")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/channels/2/say", {"from": "99", "text": "x"}, 404),
        ("/channels/99/say", {"from": "7", "text": "x"}, 404),
        ("/channels/2/edit", {"message": "5", "text": "x"}, 404),
        ("/channels/2/say", {"text": "x"}, 400),
        ("/channels/2/slash", {"from": "7", "command": "none"}, 400),
        ("/channels", {"guild": "9", "id": "3", "name": "x"}, 404),
        ("/faults", {"route": "*"}, 400),
        ("/faults", {"colour": "red"}, 400),
        ("/gateway", {"do": "dance"}, 400),
        ("/users", [], 400),
    ],
)
async def test_wrong_requests_are_explained(garden, control, path, body, status):
    answered, explained = await control(path, body)
    assert answered == status
    assert explained["error"]


async def test_an_interaction_that_is_not_there(control):
    assert (await control("/interactions/5"))[0] == 404


async def test_foreign_hosts_and_origins_are_refused(dc, http):
    url = f"{dc.url}/sandbox/discord/state"
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        async with http.get(url, headers=headers) as response:
            assert response.status == 403
    page = "http://localhost:8080"
    async with http.get(url, headers={"Origin": page}) as response:
        assert response.status == 200
        assert response.headers["Access-Control-Allow-Origin"] == page
    async with http.options(url, headers={"Origin": page}) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Headers"] == "Content-Type"
