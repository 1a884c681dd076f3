"""What the page's own server serves, and to whom."""

import httpx
import pytest

from picklebot.sandbox.playground import Playground


async def test_the_page_may_reach_the_two_sandboxes_and_nothing_else(
    playground: Playground, http: httpx.AsyncClient
) -> None:
    answer = await http.get(playground.page_url)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    reached = f"{playground.telegram.base_url} {playground.discord.url}"
    assert f"connect-src 'self' {reached};" in policy
    assert "unsafe" not in policy
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


async def test_the_page_learns_where_the_two_are(playground: Playground, http: httpx.AsyncClient) -> None:
    assert (await http.get(f"{playground.page_url}worlds.json")).json() == {
        "telegram": playground.telegram.base_url,
        "discord": playground.discord.url,
        "config": playground.config,
    }


@pytest.mark.parametrize("path", ["nothing.js", "server.py", "..%2fserver.py", "%2e%2e/server.py", "a%00.js"])
async def test_only_the_parts_of_the_page_are_served(
    path: str, playground: Playground, http: httpx.AsyncClient
) -> None:
    assert (await http.get(f"{playground.page_url}{path}")).status_code == 404


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}], ids=["host", "origin"]
)
async def test_foreigners_are_refused(
    headers: dict[str, str], playground: Playground, http: httpx.AsyncClient
) -> None:
    assert (await http.get(playground.page_url, headers=headers)).status_code == 403


async def test_every_part_is_asked_for_by_name(playground: Playground, http: httpx.AsyncClient) -> None:
    """No build step and nothing from elsewhere: each import names a file that is there."""
    waiting, seen = ["app.js"], set[str]()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        text = (await http.get(f"{playground.page_url}{name}")).raise_for_status().text
        assert "innerHTML" not in text
        assert "eval(" not in text
        imported = [
            line.split('"/')[1].split('"')[0] for line in text.splitlines() if line.startswith("import ")
        ]
        waiting += [each for each in imported if each not in seen]
    assert len(seen) > 10


async def test_a_page_that_is_closed_leaves_no_trace(
    playground: Playground, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    telegram, discord = playground.telegram, playground.discord
    for url in (f"{telegram.base_url}/sandbox/telegram/events", f"{discord.url}/sandbox/discord/events"):
        async with http.stream("GET", url) as answer:
            assert answer.status_code == 200
    for text in ("one", "two"):
        telegram.chats[1001].say(telegram.users[0], text)
        discord.channels[3101].say(discord.users[1], text)
        await http.get(playground.page_url)
    assert caplog.records == []
