"""What goes wrong on request, and rate limits as Discord counts them."""

from collections.abc import Mapping

import aiohttp
import anyio
import discord
import pytest

from picklebot.sandbox.discord import DiscordSandbox, Fault

SEND = "POST /channels/*/messages"


@pytest.fixture
def garden(dc):
    return dc.guild(1, "Garden").channel(2, "general")


async def test_a_429_is_waited_for_by_the_client(dc, garden, connect):
    async with connect(dc) as bot:
        dc.fault(SEND, times=2, status=429, retry_after=0.05)
        await bot.get_channel(2).send("patience")
        assert [call.status for call in dc.calls_of(SEND)] == [429, 429, 200]
        assert [message.text for message in garden.messages] == ["patience"]


async def test_an_error_is_answered_as_told(dc, garden, connect):
    async with connect(dc) as bot:
        dc.fault("POST /channels/2/messages", status=403, code=50013, message="Missing Permissions")
        with pytest.raises(discord.Forbidden, match="Missing Permissions") as refused:
            await bot.get_channel(2).send("no")
        assert refused.value.code == 50013
        await bot.get_channel(2).send("yes")
        assert [message.text for message in garden.messages] == ["yes"]


@pytest.mark.parametrize(("drop", "delivered"), [("before", []), ("after", ["hello"])])
async def test_a_dropped_call_was_done_or_not(dc, garden, connect, drop, delivered):
    async with connect(dc) as bot:
        dc.fault(SEND, drop=drop)
        with pytest.raises(aiohttp.ClientError):
            await bot.get_channel(2).send("hello", nonce="n1")
        assert [message.text for message in garden.messages] == delivered
        await bot.get_channel(2).send("hello", nonce="n1")
        assert [message.text for message in garden.messages] == ["hello"]
        assert [call.status for call in dc.calls_of(SEND)] == [0, 200]


async def test_a_delayed_call_is_late_and_done(dc, garden, connect):
    async with connect(dc) as bot:
        dc.fault(SEND, delay=0.05)
        begun = anyio.current_time()
        await bot.get_channel(2).send("slow")
        assert anyio.current_time() - begun >= 0.05
        assert garden.messages[-1].text == "slow"


async def test_faults_wait_are_seen_and_are_forgotten(dc, garden, connect):
    async with connect(dc) as bot:
        dc.fault("PATCH *", times=3, status=500)
        dc.fault(SEND, status=404, code=10003)
        assert [(fault.route, times) for fault, times in dc.faults] == [("PATCH *", 3), (SEND, 1)]
        with pytest.raises(discord.NotFound):
            await bot.get_channel(2).send("x")
        assert [(fault.route, times) for fault, times in dc.faults] == [("PATCH *", 3)]
        dc.clear_faults()
        assert dc.faults == ()


@pytest.mark.parametrize(
    "wrong",
    [{}, {"status": 429}, {"status": 500, "drop": "before"}],
)
def test_what_is_no_fault(wrong):
    with pytest.raises(ValueError, match=r"fault|retry_after"):
        Fault("*", **wrong)


async def test_a_fault_for_no_call_is_no_fault(dc):
    with pytest.raises(ValueError, match="times"):
        dc.fault("*", times=0, status=500)


async def test_limits_are_enforced_with_the_headers_of_discord(http):
    async with DiscordSandbox.start(enforce_limits=True) as dc:
        dc.guild(1, "Garden").channel(2, "general")
        dc.guild(1, "Garden").channel(3, "other")
        headers = {"Authorization": f"Bot {dc.token}"}

        async def send(channel):
            url = f"{dc.api_base_url}/channels/{channel}/messages"
            async with http.post(url, json={"content": "x"}, headers=headers) as response:
                return response.status, response.headers, await response.json()

        seen = [await send(2) for _ in range(6)]
        assert [status for status, _, _ in seen] == [200] * 5 + [429]
        assert [int(each["X-RateLimit-Remaining"]) for _, each, _ in seen] == [4, 3, 2, 1, 0, 0]
        _, limited, body = seen[-1]
        assert limited["Content-Type"] == "application/json"
        assert (limited["Via"], limited["X-RateLimit-Scope"]) == ("1.1 google", "user")
        assert 0 < body["retry_after"] <= 5
        assert body["global"] is False
        assert (await send(3))[0] == 200
        dc.advance(5.1)
        assert (await send(2))[0] == 200


async def test_fifty_calls_a_second_are_the_most(http):
    async with DiscordSandbox.start(enforce_limits=True) as dc:
        headers = {"Authorization": f"Bot {dc.token}"}
        statuses: list[int] = []
        last: Mapping[str, str] = {}
        for number in range(51):
            dc.user(number + 1, "x")
            async with http.get(f"{dc.api_base_url}/channels/{number}", headers=headers) as response:
                statuses.append(response.status)
                last = response.headers
        assert statuses == [404] * 50 + [429]
        assert (last["X-RateLimit-Global"], last["X-RateLimit-Scope"]) == ("true", "global")


async def test_a_client_that_reads_the_headers_is_never_refused(connect):
    async with DiscordSandbox.start(enforce_limits=True) as dc:
        dc.guild(1, "Garden").channel(2, "general")
        async with connect(dc) as bot:
            message = await bot.get_channel(2).send("x")
            for emoji in ("👍", "🎉", "🌱"):
                await message.add_reaction(emoji)
        assert {call.status for call in dc.calls} <= {200, 204}


async def test_many_calls_run_at_once_when_limits_are_off(dc, garden, connect):
    async with connect(dc) as bot:
        async with anyio.create_task_group() as tasks:
            for number in range(40):
                tasks.start_soon(bot.get_channel(2).send, str(number))
        assert len(garden.messages) == 40


async def test_odd_requests_get_discords_words(dc, http):
    headers = {"Authorization": f"Bot {dc.token}"}
    base = dc.api_base_url

    async def ask(method, path, **kwargs):
        async with http.request(method, base + path, headers=headers, **kwargs) as response:
            return response.status, (await response.json())["code"]

    dc.guild(1, "Garden").channel(2, "general")
    assert await ask("GET", "/nothing/here") == (404, 0)
    assert await ask("GET", "/channels/abc") == (400, 50035)
    assert await ask("POST", "/channels/2/messages", data="{", skip_auto_headers=["Content-Type"]) == (
        400,
        50109,
    )
    assert await ask("POST", "/channels/2/messages", json=[]) == (400, 50035)
    assert await ask("POST", "/channels/2/messages", json={"content": 5}) == (400, 50035)
    assert await ask("GET", "/channels/2/messages?limit=101") == (400, 50035)
    wrong = {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}
    assert await ask("POST", "/channels/2/messages", json=wrong) == (400, 50035)
    components = [{"type": 1, "components": [{"type": 2, "custom_id": "x" * 101}]}]
    assert await ask("POST", "/channels/2/messages", json={"content": "x", "components": components}) == (
        400,
        50035,
    )
    async with http.get(base + "/users/@me") as response:
        assert response.status == 401
    async with http.get(base + "/gateway") as response:
        assert await response.json() == {"url": dc.gateway_url}
