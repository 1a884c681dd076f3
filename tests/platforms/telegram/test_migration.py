"""A group that becomes a supergroup, as Telegram tells it."""

from dataclasses import replace

import pytest
from aiogram import Bot
from tests.platforms.telegram.kit import Notes, RecordingIntake, listening, options_for, parcel_to

from picklebot.model.events import Final
from picklebot.model.moved import Moved
from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.frontend import TelegramFrontend
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.migration import parse_move
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox

BOT = BotIdentity("123456", "pickle_bot", hears_all=False)


async def test_a_move_is_told_in_both_chats_between_what_is_said(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    group = tg.group(-987, "Picklers", members=[ann])
    async with listening(adapter, intake):
        group.say(ann, "/ask before")
        upgraded = group.upgrade()
        upgraded.say(ann, "/ask after")
        await intake.wait(lambda bus: len(bus.messages) == 2 and len(bus.moves) == 2)
        await tg.wait_confirmed()
    assert {(move.before, move.after) for move in intake.moves} == {("-987", str(upgraded.id))}
    assert {move.bot_id for move in intake.moves} == {"123456"}


def test_an_odd_move_is_refused_and_nothing_else_is_one() -> None:
    chat = {"id": -5, "type": "group"}
    moved = {"update_id": 1, "message": {"chat": chat, "migrate_to_chat_id": -1005}}
    assert parse_move(moved, BOT) == Moved("1", "telegram", "123456", "-5", "-1005")
    assert parse_move({"update_id": 1, "message": {"chat": chat, "text": "hello"}}, BOT) is None
    assert parse_move({"update_id": 1, "channel_post": {}}, BOT) is None
    with pytest.raises(ValueError, match="invalid literal"):
        parse_move({"update_id": 1, "message": {"chat": chat, "migrate_to_chat_id": "there"}}, BOT)


async def test_what_was_begun_in_the_old_chat_is_posted_anew_in_the_new_one(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    group = tg.group(-987, "Picklers", members=[ann])
    frontend, notes = TelegramFrontend(bot, options_for(tg)), Notes()
    await frontend.render(parcel_to(group), ReplyStream.of(Final("begun")), notes)
    upgraded = group.upgrade()
    # The number of what was begun is, by chance, that of another message of the bot.
    [begun] = [message for message in group.replies if message.text == "begun"]
    while (await bot.send_message(upgraded.id, "another")).message_id < begun.id:
        pass
    parcel = parcel_to(group)
    posted = type(parcel)(
        parcel.id, parcel.session_id, parcel.address, parcel.created_at, posted=(str(begun.id),)
    )
    await frontend.render(posted, ReplyStream.of(Final("whole")), notes)
    assert upgraded.replies[-1].text == "whole"
    assert all(message.text == "another" for message in upgraded.replies[:-1])


async def test_no_part_of_a_long_answer_takes_the_place_of_what_stands_in_the_new_chat(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    group = tg.group(-987, "Picklers", members=[ann])
    frontend, long = TelegramFrontend(bot, options_for(tg)), "word " * 1_500
    await frontend.render(parcel_to(group), ReplyStream.of(Final(long)), Notes())
    upgraded = group.upgrade()
    begun = [message for message in group.replies if message.text.startswith("word")]
    while (await bot.send_message(upgraded.id, "another")).message_id < begun[-1].id:
        pass
    before = len(upgraded.replies)
    posted = replace(parcel_to(group), posted=tuple(str(message.id) for message in begun))
    await frontend.render(posted, ReplyStream.of(Final(f"more {long}")), Notes())
    assert {message.text for message in upgraded.replies[:before]} == {"another"}
    assert [message.text[:4] for message in upgraded.replies[before:]] == ["more", "word"]
    await frontend.render(posted, ReplyStream.of(Final("short")), Notes())
    assert [message.text for message in upgraded.replies[:before]] == ["another"] * before
