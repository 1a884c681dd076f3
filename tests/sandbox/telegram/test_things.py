"""What people send besides words and pictures, as real aiogram reads it, and what happens to chats and the bot."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiogram import Bot
from aiogram.types import Message

from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox

PLACE = {"latitude": 52.5, "longitude": 13.25}


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


async def heard(bot: Bot) -> Message:
    """What the bot was told last."""
    [*_, update] = await bot.get_updates(offset=-1)
    assert update.message
    return update.message


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        ({"kind": "location", **PLACE}, ("latitude", 52.5)),
        ({"kind": "venue", **PLACE, "title": "Zoo", "address": "Gate 1"}, ("address", "Gate 1")),
        ({"kind": "contact", "phone_number": "+49 1", "first_name": "Jörg"}, ("first_name", "Jörg")),
        ({"kind": "poll", "question": "Dill?", "options": ["yes", "no"]}, ("question", "Dill?")),
        ({"kind": "checklist", "title": "Jars", "tasks": ["wash"]}, ("title", "Jars")),
        ({"kind": "dice", "emoji": "🎯", "value": 6}, ("value", 6)),
        ({"kind": "game", "title": "Snake"}, ("title", "Snake")),
        ({"kind": "invoice", "title": "Jar"}, ("total_amount", 100)),
        ({"kind": "story"}, ("id", 1)),
    ],
)
async def test_every_kind_is_told_as_documented(
    page: httpx.AsyncClient, tg: TelegramSandbox, bot: Bot, thing: dict[str, Any], told: tuple[str, Any]
) -> None:
    tg.private(tg.user(1, "Ann"))
    sent = await post(page, "/chats/1/send", **{"from": 1, **thing})
    message = await heard(bot)
    name, value = told
    assert getattr(getattr(message, thing["kind"]), name) == value
    assert (message.message_id, message.text) == (sent["message_id"], None)


async def test_a_dice_falls_as_it_likes(tg: TelegramSandbox, ann: SandboxUser) -> None:
    chat = tg.private(ann)
    seen = {chat.send(ann, "dice").media["dice"]["value"] for _ in range(200)}
    assert seen == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"kind": "wish"}, "kind is one of checklist, contact"),
        ({"kind": "location", "latitude": 91, "longitude": 0}, "latitude"),
        ({"kind": "location", "latitude": "north", "longitude": 0}, "north"),
        ({"kind": "contact", "first_name": "Ann"}, "missing field 'phone_number'"),
        ({"kind": "poll", "question": " ", "options": ["a"]}, "question is empty"),
        ({"kind": "poll", "question": "?", "options": []}, "1 to 12 options"),
        ({"kind": "poll", "question": "?", "options": "ab"}, "options is a list"),
        ({"kind": "dice", "emoji": "🥒"}, "a dice is one of"),
        ({"kind": "dice", "value": 7}, "shows 1 to 6"),
    ],
)
async def test_what_the_apps_do_not_send_is_refused(
    page: httpx.AsyncClient, tg: TelegramSandbox, body: dict[str, Any], told: str
) -> None:
    tg.private(tg.user(1, "Ann"))
    response = await page.post("/chats/1/send", json={"from": 1, **body})
    assert response.status_code == 400
    assert told in response.json()["error"]


async def test_an_album_of_films_and_a_sticker_with_its_emoji(
    page: httpx.AsyncClient, tg: TelegramSandbox, bot: Bot
) -> None:
    tg.private(tg.user(1, "Ann"))
    data = base64.b64encode(b"bytes").decode()
    first = await post(page, "/chats/1/file", **{"from": 1, "kind": "photo", "data": data, "album": "a"})
    film = {"kind": "video", "name": "dill.webm", "mime": "video/webm", "album": "a"}
    await post(page, "/chats/1/file", **{"from": 1, "data": data, "reply_to": first["message_id"], **film})
    message = await heard(bot)
    assert message.video
    assert (message.video.mime_type, message.video.file_name) == ("video/webm", "dill.webm")
    assert (message.media_group_id, message.reply_to_message is not None) == ("a", True)
    await post(page, "/chats/1/file", **{"from": 1, "kind": "audio", "name": "song.mp3", "data": data})
    message = await heard(bot)
    assert message.audio
    assert message.audio.mime_type == "audio/mpeg"
    await post(page, "/chats/1/file", **{"from": 1, "kind": "sticker", "emoji": "🎃", "data": data})
    message = await heard(bot)
    assert message.sticker
    assert message.sticker.emoji == "🎃"


async def test_a_reply_quotes_some_of_the_words(
    page: httpx.AsyncClient, tg: TelegramSandbox, bot: Bot
) -> None:
    tg.private(tg.user(1, "Ann"))
    said = await post(page, "/chats/1/say", **{"from": 1, "text": "🥒 pickles and dill"})
    reply = {"from": 1, "text": "why?", "reply_to": said["message_id"]}
    await post(page, "/chats/1/say", **reply, quote="dill")
    message = await heard(bot)
    assert message.quote
    assert (message.quote.text, message.quote.position, message.quote.is_manual) == ("dill", 15, True)
    refused = await page.post("/chats/1/say", json={**reply, "quote": "mint"})
    assert "a quote is some of the words" in refused.json()["error"]


async def test_people_join_and_topics_close(page: httpx.AsyncClient, tg: TelegramSandbox, bot: Bot) -> None:
    forum = tg.group(-1000000000005, "Forum", forum=True)
    await post(page, "/users", id=7, name="Robo", is_bot=True)
    await post(page, f"/chats/{forum.id}/join", user=7)
    await post(page, f"/chats/{forum.id}/join", user=7)
    [update] = await bot.get_updates()
    assert update.message
    assert update.message.new_chat_members
    assert [user.id for user in update.message.new_chat_members] == [7]
    thread = (await post(page, f"/chats/{forum.id}/topic", name="Plans"))["thread"]
    await post(page, f"/chats/{forum.id}/close", thread=thread, closed=True)
    message = await heard(bot)
    assert message.forum_topic_closed
    assert message.message_thread_id == thread
    [chat] = (await page.get("/state")).json()["chats"]
    assert (chat["closed_topics"], [member["id"] for member in chat["members"]]) == ([thread], [7])
    await post(page, f"/chats/{forum.id}/close", thread=thread, closed=False)
    assert (await heard(bot)).forum_topic_reopened
    refused = await page.post(f"/chats/{forum.id}/close", json={"thread": 99, "closed": True})
    assert "there is no topic 99" in refused.json()["error"]
    tg.private(tg.user(1, "Ann"))
    refused = await page.post("/chats/1/join", json={"user": 7})
    assert "only groups are joined" in refused.json()["error"]


async def test_botfather_is_told_otherwise(page: httpx.AsyncClient, tg: TelegramSandbox, bot: Bot) -> None:
    ann = tg.user(1, "Ann")
    robo = tg.user(7, "Robo", is_bot=True)
    group = tg.group(-5, "Team", members=[ann, robo])
    group.say(ann, "unheard")
    told = await post(page, "/bot", privacy=False, bot_to_bot=True)
    assert told == {"privacy": False, "topics": False, "bot_to_bot": True}
    group.say(robo, "beep")
    assert (await heard(bot)).text == "beep"
    assert (await bot.get_me()).can_read_all_group_messages
    assert (await page.post("/chats/1/topic", json={"name": "Plans"})).status_code == 404
    tg.private(ann)
    assert (await page.post("/chats/1/topic", json={"name": "Plans"})).status_code == 400
    await post(page, "/bot", topics=True)
    thread = (await post(page, "/chats/1/topic", name="Plans"))["thread"]
    await post(page, "/chats/1/say", **{"from": 1, "text": "hi", "thread": thread})
    message = await heard(bot)
    assert (message.message_thread_id, message.is_topic_message) == (thread, True)
    state = (await page.get("/state")).json()
    assert [state["bot"][name] for name in ("privacy", "topics", "bot_to_bot")] == [False, True, True]


async def test_nobody_speaks_as_a_chat_that_is_not_there(
    page: httpx.AsyncClient, tg: TelegramSandbox
) -> None:
    group = tg.group(-5, "Team")
    refused = await page.post(f"/chats/{group.id}/say", json={"from": -6, "text": "x"})
    assert refused.json()["error"] == "there is no chat -6 to speak as"
    await post(page, "/chats/-5/admin")
    await post(page, "/chats/-5/admin", admin=False)
    assert (await page.get("/state")).json()["chats"][0]["bot_admin"] is False
