"""The page's endpoints."""

import json
from typing import Any

import anyio
import httpx
import pytest
from tests.api.conftest import Site, until

from picklebot.api.sse import EventStream
from picklebot.platforms.web.hub import ReplyHub


async def say(site: Site, text: str, message_id: str = "m1") -> httpx.Response:
    return await site.client.post("/web/messages", json={"text": text, "message_id": message_id})


async def events(site: Site, last: str = "final") -> list[tuple[str, dict[str, Any]]]:
    """What the stream says, up to the first event named `last`."""
    found: list[tuple[str, dict[str, Any]]] = []
    async with site.client.stream("GET", "/web/events") as stream:
        name = ""
        async for line in stream.aiter_lines():
            kind, _, value = line.partition(": ")
            if kind == "event":
                name = value
            elif kind == "data":
                found.append((name, json.loads(value)))
                if name == last:
                    break
    return found


async def test_a_visit_sets_no_cookie_and_the_history_does(site: Site) -> None:
    visit = await site.client.get("/")
    assert visit.headers["content-type"].startswith("text/html")
    assert "set-cookie" not in visit.headers
    answer = await site.client.get("/web/history")
    assert answer.json() == {"session": None, "title": "", "agent": "", "messages": []}
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=31536000"} <= set(cookie.split("; "))
    assert len(site.client.cookies["picklebot_speaker"]) == 22
    assert "set-cookie" not in (await site.client.get("/web/history")).headers


@pytest.mark.requirement("S0.12")
async def test_a_message_is_taken_and_its_answer_streams(site: Site) -> None:
    await site.client.get("/web/history")
    found: list[tuple[str, dict[str, Any]]] = []
    taken = httpx.Response(0)
    async with anyio.create_task_group() as group:

        async def follow() -> None:
            found.extend(await events(site))

        group.start_soon(follow)
        await until(lambda: site.gateway.hub._readers)
        taken = await say(site, "hello")
    assert taken.status_code == 202
    assert taken.json()["receipt"] == "accepted"
    assert [name for name, _ in found[:3]] == ["hello", "start", "delta"]
    said = {"text": "You said: hello", "files": [], "turn": taken.json()["turn"], "reply_to": "m1"}
    assert found[-1] == ("final", said)
    history = (await site.client.get("/web/history")).json()
    assert [row["text"] for row in history["messages"]] == ["hello", "You said: hello"]
    assert {row["turn"] for row in history["messages"]} == {taken.json()["turn"]}


async def test_a_message_posted_again_is_the_same_message(site: Site) -> None:
    await site.client.get("/web/history")
    first = (await say(site, "wait once")).json()
    second = (await say(site, "wait once")).json()
    assert (second["receipt"], second["turn"]) == ("duplicate", first["turn"])
    assert site.gateway.accepted == ["wait once"]


async def test_who_comes_in_the_middle_sees_the_text_so_far(site: Site) -> None:
    await site.client.get("/web/history")
    await say(site, "wait for me")
    await until(lambda: site.gateway.hub._live)
    found = await events(site, last="delta")
    assert [name for name, _ in found] == ["hello", "start", "delta"]
    assert found[-1][1]["text"] == "You said: "


async def test_speakers_do_not_hear_each_other(site: Site) -> None:
    await site.client.get("/web/history")
    await say(site, "for me alone")
    site.client.cookies.clear()
    other = await site.client.get("/web/history")
    assert other.json()["messages"] == []
    # The same id from another speaker is another message.
    assert (await say(site, "mine", "m1")).json()["receipt"] == "accepted"


async def test_without_the_cookie_there_is_nobody(site: Site) -> None:
    for cookie in (None, "short", "x" * 23, "../../../../etc/passwd"):
        site.client.cookies.clear()
        if cookie:
            site.client.cookies["picklebot_speaker"] = cookie
        for answer in (await say(site, "hello"), await site.client.get("/web/events")):
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_speaker")


async def test_bad_messages_and_full_sessions_say_what_is_wrong(site: Site) -> None:
    await site.client.get("/web/history")
    assert (await say(site, "  ")).json() == {
        "error": {"code": "invalid", "message": "text: write something first."}
    }
    assert (await say(site, "x" * 100_001)).status_code == 413
    site.gateway.full = True
    assert (await say(site, "hello")).status_code == 429
    site.gateway.full, site.gateway.database.broken = False, True
    assert (await say(site, "hello")).status_code == 503


async def test_a_command_is_carried_out_and_answered(site: Site) -> None:
    await site.client.get("/web/history")
    await say(site, "hello", "m1")
    before = (await site.client.get("/web/history")).json()["session"]
    assert (await say(site, "/new", "m2")).json()["receipt"] == "handled"
    assert (await site.client.get("/web/history")).json()["session"] != before


async def test_what_is_not_configured_is_listed_with_its_key(site: Site) -> None:
    listed = (await site.client.get("/web/status")).json()["unconfigured"]
    assert listed[0] == {"name": "Telegram", "key": "messagebus.telegram.bot_token"}


async def test_silence_is_filled_with_heartbeats() -> None:
    hub, sent = ReplyHub(), list[bytes]()
    subscription = hub.subscribe("chat")

    async def send(message: dict[str, object]) -> None:
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        sent.append(body)
        if len(sent) == 4:
            hub.close()

    stream = EventStream(subscription, lambda item: b"", heartbeat=0.01)
    with anyio.fail_after(5):
        await stream({"type": "http", "asgi": {"spec_version": "2.4"}}, None, send)  # type: ignore[arg-type]
    assert sent[1] == b": still here\n\n"
    assert hub._readers == {}
