"""The control API, as a page or another process uses it."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx
import pytest
from aiogram import Bot
from aiogram.types import BotCommand

from picklebot.sandbox.telegram import TelegramSandbox


@pytest.fixture
async def page(tg: TelegramSandbox) -> AsyncIterator[httpx.AsyncClient]:
    """A client at the control API's root."""
    async with httpx.AsyncClient(base_url=f"{tg.base_url}/sandbox/telegram", trust_env=False) as client:
        yield client


async def post(page: httpx.AsyncClient, path: str, **body: Any) -> Any:
    """Post and give the answer's JSON."""
    response = await page.post(path, json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_conversation_by_hand(page: httpx.AsyncClient, tg: TelegramSandbox, bot: Bot) -> None:
    await post(page, "/users", id=1, name="Ann", username="ann")
    await post(page, "/users", id=2, name="Robo", is_bot=True)
    chat = await post(page, "/chats", type="private", user=1)
    said = await post(page, "/chats/1/say", **{"from": 1, "text": "hi"})
    await post(page, "/chats/1/edit", message=said["message_id"], text="hello")
    await post(page, "/chats/1/say", **{"from": 1, "text": "again", "reply_to": said["message_id"]})
    assert len(await post(page, "/chats/1/paste", **{"from": 1, "text": "x" * 5_000})) == 2
    data = base64.b64encode(b"bytes").decode()
    await post(page, "/chats/1/file", **{"from": 1, "kind": "document", "data": data, "name": "a.txt"})
    await bot.set_my_commands([BotCommand(command="new", description="Begin anew")])
    updates = await bot.get_updates()
    assert updates[-1].message
    assert updates[-1].message.document
    held = await page.get(f"/files/{updates[-1].message.document.file_id}")
    assert (held.content, held.headers["content-type"]) == (b"bytes", "application/octet-stream")
    assert (await page.get("/files/nothing")).status_code == 404
    assert [update.event_type for update in updates] == ["message", "edited_message", *["message"] * 4]
    assert chat["messages"] == []
    state = (await page.get("/state")).json()
    assert state["commands"][0]["scope"] == {"type": "default"}
    shown = state["chats"][0]["messages"][0]
    assert (shown["text"], shown["from_bot"], len(shown["versions"])) == ("hello", False, 2)
    assert (state["token"], state["base_url"], state["bot"]["id"]) == (tg.token, tg.base_url, bot.id)


async def test_groups_channels_and_buttons(page: httpx.AsyncClient, bot: Bot) -> None:
    forum = -1001000000000005
    await post(page, "/users", id=1, name="Ann")
    await post(page, "/chats", type="group", id=forum, title="Forum", forum=True, members=[1])
    await post(page, "/chats", type="channel", id=-1001000000000009, title="News")
    thread = (await post(page, f"/chats/{forum}/topic", name="Plans"))["thread"]
    await post(page, f"/chats/{forum}/say", **{"from": 1, "text": "/new", "thread": thread})
    await post(page, f"/chats/{forum}/say", **{"from": -1001000000000009, "text": "/new"})
    assert [update.message.sender_chat is None for update in await bot.get_updates() if update.message] == [
        True,
        False,
    ]
    markup: Any = {"inline_keyboard": [[{"text": "Yes", "callback_data": "1"}]]}
    sent = await bot.send_message(forum, "Sure?", reply_markup=markup)
    body = {"from": 1, "message": sent.message_id, "label": "Yes"}
    assert (await post(page, f"/chats/{forum}/press", **body))["query"]
    await post(page, f"/chats/{forum}/admin")
    await post(page, f"/chats/{forum}/block", blocked=True)
    await post(page, f"/chats/{forum}/block", blocked=False)
    last = await bot.get_updates(offset=-4)
    assert [update.event_type for update in last] == ["callback_query", *["my_chat_member"] * 3]
    became = [update.my_chat_member.new_chat_member.status for update in last if update.my_chat_member]
    assert became == ["administrator", "left", "member"]


async def test_faults_limits_updates_and_reset(
    page: httpx.AsyncClient, tg: TelegramSandbox, bot: Bot
) -> None:
    await post(page, "/faults", method="getMe", times=2, retry_after=3)
    state = (await page.get("/state")).json()
    assert state["faults"] == [{"method": "getMe", "kind": "error", "code": 429, "left": 2}]
    await page.delete("/faults")
    await bot.get_me()
    assert [call["method"] for call in (await page.get("/calls")).json()] == ["getMe"]
    assert (await page.get("/calls", params={"after": tg.calls[-1].number})).json() == []
    await post(page, "/limits", enforced=True)
    assert (await page.get("/state")).json()["limits"] is True
    await post(page, "/limits", enforced=False)
    assert (await post(page, "/updates", poll_answer={"odd": True}))["update_id"] == tg.pending[0][
        "update_id"
    ]
    await post(page, "/reset")
    assert (await page.get("/state")).json()["pending_updates"] == 0


async def test_outage_by_hand(page: httpx.AsyncClient, tg: TelegramSandbox) -> None:
    await post(page, "/outage", seconds=0.05)
    journal = tg._world.journal
    await journal.until(
        lambda: [e for e in journal.events if e.kind == "outage" and e.fields["over"]] or None, 5
    )
    assert (await page.get("/state")).status_code == 200


async def test_events_are_streamed_from_a_number_on(
    page: httpx.AsyncClient, tg: TelegramSandbox, bot: Bot
) -> None:
    ann = tg.user(1, "Ann")
    chat = tg.private(ann)
    chat.say(ann, "before")
    since = (await page.get("/state")).json()["event"]
    kinds: list[str] = []
    with anyio.fail_after(5):
        async with page.stream("GET", "/events", params={"after": since}) as stream:
            assert stream.headers["content-type"] == "text/event-stream"
            chat.say(ann, "hello")
            await bot.send_chat_action(chat.id, "typing")
            await bot.send_message(chat.id, "hi")
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    kinds.append(json.loads(line.removeprefix("data: "))["kind"])
                if len(kinds) == 5:
                    break
    assert kinds == ["message", "action", "call", "message", "call"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "http://[broken"},
    ],
)
async def test_foreign_pages_are_refused(page: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await page.get("/state", headers=headers)).status_code == 403
    assert (await page.post("/reset", headers=headers)).status_code == 403


async def test_loopback_page_of_another_port_may_read(page: httpx.AsyncClient) -> None:
    origin = {"Origin": "http://127.0.0.1:9999"}
    asked = await page.options("/users", headers=origin | {"Access-Control-Request-Method": "POST"})
    assert asked.status_code == 204
    for answer in (asked, await page.get("/state", headers=origin)):
        assert answer.headers["Access-Control-Allow-Origin"] == origin["Origin"]


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/chats", {"type": "void"}, "type is private"),
        ("/chats", {"type": "private", "user": 404}, "there is no user 404"),
        ("/users", {"id": 1}, "missing field 'name'"),
        ("/chats/1/edit", {"message": 9, "text": "x"}, "there is no message 9"),
        ("/users", [], "JSON object"),
        ("/faults", {"method": "x", "surprise": 1}, "surprise"),
    ],
)
async def test_wrong_requests_say_why(
    page: httpx.AsyncClient, tg: TelegramSandbox, path: str, body: object, told: str
) -> None:
    tg.private(tg.user(1, "Ann"))
    response = await page.post(path, json=body)
    assert response.status_code == 400
    assert told in response.json()["error"]


async def test_unknown_chats_and_verbs_are_404(page: httpx.AsyncClient, tg: TelegramSandbox) -> None:
    tg.private(tg.user(1, "Ann"))
    for path in ("/chats/404/say", "/chats/1/dance"):
        response = await page.post(path, json={})
        assert (response.status_code, response.json()["error"]) == (404, "no such chat or verb")
