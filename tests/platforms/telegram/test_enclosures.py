"""Files of an answer, through the real aiogram."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import httpx
import pytest
from aiogram import Bot
from tests.platforms.telegram.kit import Notes, options_for, parcel_to

from picklebot.errors import DeliveryDelayedError
from picklebot.model.enclosure import Enclosure
from picklebot.model.events import Final
from picklebot.model.parcel import FILES, Parcel
from picklebot.platforms.telegram.frontend import TelegramFrontend
from picklebot.platforms.telegram.options import LARGEST, LARGEST_ELSEWHERE, TelegramOptions
from picklebot.platforms.telegram.settings import TelegramSettings
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox

pytestmark = pytest.mark.requirement("S3.3")

PLAN, PICTURE = Enclosure("notes/plän.md", 6), Enclosure("a.png", 5)


@pytest.fixture
def chat(tg: TelegramSandbox, ann: SandboxUser) -> SandboxChat:
    """Ann's private chat, which the bot may write to."""
    return tg.private(ann, started=True)


@pytest.fixture
def notes() -> Notes:
    return Notes(files={PLAN.path: b"# Dill", PICTURE.path: b"\x89PNG\0"})


async def show(frontend: TelegramFrontend, parcel: Parcel, notes: Notes, *files: Enclosure) -> None:
    with anyio.fail_after(20):
        await frontend.render(parcel, ReplyStream.of(Final("Here.", files=files)), notes)


async def fetched(tg: TelegramSandbox, media: dict[str, Any]) -> bytes:
    """The file as somebody in the chat gets it."""
    path = f"{tg.base_url}/bot{tg.token}/getFile"
    async with httpx.AsyncClient(trust_env=False) as client:
        place = (await client.post(path, json={"file_id": media["file_id"]})).json()["result"]["file_path"]
        return (await client.get(f"{tg.base_url}/file/bot{tg.token}/{place}")).content


async def test_files_come_as_documents_silently_after_the_answer(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat, notes: Notes
) -> None:
    await show(TelegramFrontend(bot, options_for(tg)), parcel_to(chat), notes, PLAN, PICTURE)
    text, *files = chat.replies
    assert text.text == "Here."
    documents = [it.media["document"] for it in files]
    assert [it["file_name"] for it in documents] == ["plän.md", "a.png"]
    assert [await fetched(tg, it) for it in documents] == [b"# Dill", b"\x89PNG\0"]
    sends = [call.params for call in tg.calls if call.method == "sendDocument"]
    assert [params["disable_notification"] for params in sends] == ["true", "true"]
    assert notes.posted == {0: str(text.id), FILES: str(files[0].id), FILES - 1: str(files[1].id)}


async def test_files_come_where_the_answer_stands(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser, notes: Notes
) -> None:
    forum = tg.group(-1001000000001, "Friends", members=[ann], forum=True)
    topic = forum.topic("Dill")
    question = forum.say(ann, "/ask x", thread=topic)
    parcel = parcel_to(forum, thread=topic, reply_to=question)
    await show(TelegramFrontend(bot, options_for(tg)), parcel, notes, PLAN)
    text, file = forum.replies
    assert (text.thread, text.reply_to) == (topic, question.id)
    assert (file.thread, file.reply_to) == (topic, None)


@pytest.mark.parametrize(
    "refusal",
    [
        (413, "Request Entity Too Large"),
        (400, "Bad Request: file must be non-empty"),
        (400, "Bad Request: not enough rights to send documents to the chat"),
        (403, "Forbidden: bot is not allowed to send documents"),
    ],
)
@pytest.mark.requirement("P17")
async def test_a_refused_file_is_a_line_and_the_next_one_comes(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat, notes: Notes, refusal: tuple[int, str]
) -> None:
    tg.fault("sendDocument", code=refusal[0], description=refusal[1])
    await show(TelegramFrontend(bot, options_for(tg)), parcel_to(chat), notes, PLAN, PICTURE)
    text, line, file = chat.replies
    assert text.text == "Here."
    assert line.text.startswith("📎 plän.md (6 bytes) could not be sent here. ")
    assert "s1/notes/plän.md" in line.text
    assert file.media["document"]["file_name"] == "a.png"


async def test_a_group_that_became_another_one_gets_its_file_there(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser, notes: Notes
) -> None:
    group = tg.group(-1001000000001, "Friends", members=[ann])
    tg.fault("sendDocument", migrate_to_chat_id=-1001000000002)
    there = tg.group(-1001000000002, "Friends", members=[ann])
    await show(TelegramFrontend(bot, options_for(tg)), parcel_to(group), notes, PLAN)
    assert [it.media["document"]["file_name"] for it in there.replies] == ["plän.md"]


@pytest.mark.requirement("P4")
async def test_a_lost_answer_repeats_one_file_and_no_text(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat, notes: Notes
) -> None:
    frontend, parcel = TelegramFrontend(bot, options_for(tg)), parcel_to(chat)
    tg.fault("sendDocument", kind="deliver_then_drop")
    with pytest.raises(DeliveryDelayedError) as caught:
        await show(frontend, parcel, notes, PLAN, PICTURE)
    assert caught.value.maybe_done
    assert notes.uncertain == {FILES}
    again = replace(parcel, posted=notes.ids, text="Here.")
    await show(frontend, again, notes, replace(PLAN, begun=True, interrupted=1), PICTURE)
    names = [it.media["document"]["file_name"] for it in chat.replies if it.media]
    assert names == ["plän.md", "plän.md", "a.png"]
    assert [call.method for call in tg.calls].count("editMessageText") == 0


async def test_what_telegram_would_not_take_is_not_even_tried(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat, notes: Notes
) -> None:
    notes.public_url = "https://bot.example/files"
    frontend = TelegramFrontend(bot, options_for(tg, largest_file=5))
    await show(frontend, parcel_to(chat), notes, PLAN, PICTURE)
    _, line, file = chat.replies
    assert line.text == (
        "📎 plän.md (6 bytes) is too large for this chat. "
        "Whoever has this link can fetch it for seven days: https://bot.example/files/notes/plän.md"
    )
    assert file.media["document"]["file_name"] == "a.png"
    assert [call.method for call in tg.calls].count("sendDocument") == 1


@pytest.mark.parametrize(
    ("api_base_url", "largest"), [(None, LARGEST), ("http://localhost:8081", LARGEST_ELSEWHERE)]
)
def test_a_server_of_ones_own_takes_more(api_base_url: str | None, largest: int) -> None:
    settings = TelegramSettings.model_validate({"bot_token": f"1:{'x' * 35}", "api_base_url": api_base_url})
    assert TelegramOptions.of(settings).largest_file == largest
