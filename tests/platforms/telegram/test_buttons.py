"""Buttons: shown by the real aiogram, pressed in the sandbox, and always answered."""

import json
from dataclasses import replace

import pytest
from aiogram import Bot
from tests.platforms.telegram.kit import Notes, RecordingIntake, listening, options_for, parcel_to

from picklebot.errors import StorageError
from picklebot.model import words
from picklebot.model.choice import Button
from picklebot.model.events import Final
from picklebot.model.message import Command
from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.callback import parse_callback
from picklebot.platforms.telegram.frontend import TelegramFrontend
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.telegram import SandboxChat, SandboxMessage, SandboxUser, TelegramSandbox

BUTTONS = ((Button("Yes", "handle-yes"), Button("No", "handle-no")), (Button("Später 🕰", "handle-later"),))


async def ask(tg: TelegramSandbox, bot: Bot, chat: SandboxChat) -> SandboxMessage:
    """Let the bot ask something with buttons."""
    parcel = replace(parcel_to(chat), buttons=BUTTONS)
    await TelegramFrontend(bot, options_for(tg)).render(parcel, ReplyStream.of(Final("Shall I?")), Notes())
    [message] = chat.messages
    return message


async def test_a_press_reaches_the_bus_and_its_note_the_one_who_pressed(
    tg: TelegramSandbox, bot: Bot, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    chat = tg.private(ann, started=True)
    message = await ask(tg, bot, chat)
    assert list(message.buttons) == ["Yes", "No", "Später 🕰"]
    intake.note = "x" * 300
    async with listening(adapter, intake):
        query = chat.press(ann, message, "Später 🕰")
        answer = await chat.wait_answer(query)
        await tg.wait_confirmed()
    [press] = intake.presses
    assert (press.handle, press.message_id, press.sender.user_id) == ("handle-later", str(message.id), "1001")
    assert press.address == replace(parcel_to(chat).address, reply_to=None, language="en")
    assert answer["text"] == "x" * 200


async def test_what_was_chosen_takes_the_place_of_the_buttons(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    chat = tg.private(ann, started=True)
    message = await ask(tg, bot, chat)
    answer = replace(parcel_to(chat), id="p2", posted=(str(message.id),))
    await TelegramFrontend(bot, options_for(tg)).render(answer, ReplyStream.of(Final("It is done.")), Notes())
    [shown] = chat.messages
    assert (shown.text, shown.buttons) == ("It is done.", {})


async def test_a_message_that_asks_for_something_opens_the_reply_to_it(
    tg: TelegramSandbox, bot: Bot, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    chat = tg.private(ann, started=True)
    text = f"Our conversation is called: x\n{words.ASKS['title']}"
    await TelegramFrontend(bot, options_for(tg)).render(parcel_to(chat), ReplyStream.of(Final(text)), Notes())
    sent = await tg.wait_call("sendMessage")
    assert json.loads(sent.params["reply_markup"]) == {
        "force_reply": True,
        "selective": True,
        "input_field_placeholder": words.FORMS["title"][1],
    }
    async with listening(adapter, intake):
        chat.say(ann, "Gherkins", reply_to=chat.messages[-1])
        await intake.wait(lambda bus: len(bus.messages) == 1)
    assert intake.messages[0].command == Command("title", "Gherkins")


async def test_buttons_stand_under_the_last_message_of_a_long_answer(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    chat = tg.private(ann, started=True)
    parcel = replace(parcel_to(chat), buttons=BUTTONS)
    text = "word " * 1_500
    await TelegramFrontend(bot, options_for(tg)).render(parcel, ReplyStream.of(Final(text)), Notes())
    assert [bool(message.buttons) for message in chat.messages] == [False, True]


async def test_a_press_that_cannot_be_kept_is_offered_again(
    tg: TelegramSandbox, bot: Bot, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    chat = tg.private(ann, started=True)
    message = await ask(tg, bot, chat)
    intake.troubles = [StorageError("the disk is full; make room")]
    async with listening(adapter, intake):
        chat.press(ann, message, "Yes")
        await intake.wait(lambda bus: len(bus.presses) == 1)
        await tg.wait_confirmed()
    assert intake.asked == 2


async def test_a_press_whose_answer_telegram_refuses_is_done_all_the_same(
    tg: TelegramSandbox, bot: Bot, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    chat = tg.private(ann, started=True)
    message = await ask(tg, bot, chat)
    tg.fault("answerCallbackQuery", code=400, description="Bad Request: query is too old")
    async with listening(adapter, intake):
        chat.press(ann, message, "Yes")
        chat.say(ann, "go on")
        await intake.wait(lambda bus: bus.texts == ["go on"] and len(bus.presses) == 1)
        await tg.wait_call("answerCallbackQuery")
        assert adapter.health().state == "up"


@pytest.mark.parametrize("missing", ["message", "data"])
def test_a_button_of_which_nothing_is_known_is_answered_too(missing: str) -> None:
    query = {
        "id": "77",
        "from": {"id": 1, "first_name": "A"},
        "message": {"message_id": 5, "chat": {"id": 1, "type": "private"}, "date": 0},
        "data": "handle",
    }
    del query[missing]
    callback = parse_callback({"update_id": 9, "callback_query": query}, BotIdentity("1", "bot", False))
    assert (callback.query_id, callback.press) == ("77", None)
