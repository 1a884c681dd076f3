"""Drafts on Telegram: shown by the real aiogram, stopped in the sandbox."""

from dataclasses import replace

import anyio
import pytest
from aiogram import Bot
from tests.platforms.telegram.kit import Notes, RecordingIntake, listening, options_for, parcel_to

from picklebot.model import words
from picklebot.model.events import Final, TextDelta
from picklebot.model.message import Command
from picklebot.model.parcel import Parcel
from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.frontend import TelegramFrontend
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox

LONG_ENOUGH = "This is long enough to be shown, "


async def render(frontend: TelegramFrontend, parcel: Parcel, stream: ReplyStream) -> None:
    with anyio.fail_after(10):
        await frontend.render(parcel, stream, Notes())


@pytest.mark.requirement("S0.12")
async def test_a_draft_grows_and_the_whole_answer_rings(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    chat, stream = tg.private(ann, started=True), ReplyStream()
    frontend = TelegramFrontend(bot, options_for(tg, drafts=True))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(render, frontend, parcel_to(chat), stream)
        await tg.wait_call("sendMessageDraft")
        stream.push(TextDelta("It is **so"))
        await tg.wait_call("sendMessageDraft", where=lambda call: "so" in call.params.get("text", ""))
        stream.push(Final("It is **so**."))
    assert [message.text for message in chat.messages] == ["It is so."]
    first, last = chat.drafts[0], chat.drafts[-1]
    assert (first.text, last.text) == ("", "It is so")
    assert [entity["type"] for entity in last.entities] == ["bold"]
    assert {(draft.id, draft.stoppable) for draft in chat.drafts} == {(first.id, True)}
    assert not [call for call in tg.calls if call.method in ("editMessageText", "sendChatAction")]
    sent = await tg.wait_call("sendMessage")
    assert "disable_notification" not in sent.params


async def test_in_groups_and_where_it_is_refused_the_answer_is_edited(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    frontend = TelegramFrontend(bot, options_for(tg, drafts=True))
    tg.fault("sendMessageDraft", code=400, description="Bad Request: TEXTDRAFT_PEER_INVALID")
    for chat in (tg.group(-1001000000001, "Friends", members=[ann]), tg.private(ann, started=True)):
        stream = ReplyStream()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(render, frontend, parcel_to(chat), stream)
            stream.push(TextDelta(LONG_ENOUGH))
            await chat.wait_for(lambda message: message.text == LONG_ENOUGH.strip())
            stream.push(Final(f"{LONG_ENOUGH}and all"))
        assert [message.text for message in chat.replies] == [f"{LONG_ENOUGH}and all"]
    assert chat.drafts == []


async def test_what_has_begun_as_a_message_goes_on_as_one(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    chat, notes = tg.private(ann, started=True), Notes()
    frontend = TelegramFrontend(bot, options_for(tg, drafts=True))
    await frontend.render(replace(parcel_to(chat), text="first"), ReplyStream.of(Final("first")), notes)
    await frontend.render(replace(parcel_to(chat), posted=notes.ids), ReplyStream.of(Final("second")), notes)
    assert [message.text for message in chat.messages] == ["second"]
    assert chat.drafts == []


async def test_who_stops_a_draft_says_stop_and_is_told_nothing(
    tg: TelegramSandbox, bot: Bot, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    chat = tg.private(ann, started=True)
    await bot.send_message_draft(chat.id, 7, text="so far", can_stop=True)
    await bot.send_message_draft(chat.id, 8, text="so far")
    async with listening(adapter, intake):
        chat.stop(7)
        with pytest.raises(ValueError, match="8"):
            chat.stop(8)
        await tg.wait_confirmed()
    [message] = intake.messages
    assert message.command == Command("stop", words.QUIETLY)
    assert (message.sender.user_id, message.address.chat_id) == ("1001", str(chat.id))
    assert message.message_id == f"stopped:{message.update_id}"
