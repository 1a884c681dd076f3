"""What reaches the bot, and what the platform keeps from it."""

from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import Message

from picklebot.sandbox.telegram import FileKind, SandboxUser, TelegramSandbox


async def heard(bot: Bot) -> list[Message]:
    """Take the messages that wait, and confirm them."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return [message for update in updates if (message := update.message or update.channel_post)]


async def texts(bot: Bot) -> list[str | None]:
    """Take the texts that wait."""
    return [message.text for message in await heard(bot)]


async def test_privacy_mode_keeps_mentions_away(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    group = tg.group(-1001000000000005, "Team", members=[ann])
    for text in ("chatter", "@pickle_bot hello", "/new@pickle_bot", "/new@other_bot", "/new", "see /new"):
        group.say(ann, text)
    assert await texts(bot) == ["/new@pickle_bot", "/new"]
    sent = await bot.send_message(group.id, "done")
    said = await group.wait_for(lambda message: message.id == sent.message_id)
    group.say(ann, "thanks", reply_to=said)
    assert await texts(bot) == ["thanks"]


async def test_bare_command_goes_to_who_spoke_last(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    other = tg.user(77, "Other", "other_bot", is_bot=True)
    group = tg.group(-5, "Team", members=[ann, other])
    group.say(ann, "/first")
    assert await texts(bot) == []
    await bot.send_message(group.id, "mine")
    group.say(ann, "/second")
    assert await texts(bot) == ["/second"]
    group.say(other, "/first")
    group.say(ann, "/third")
    assert await texts(bot) == []


async def test_administrator_hears_all_but_other_bots(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    other = tg.user(77, "Other", "other_bot", is_bot=True)
    group = tg.group(-5, "Team", members=[ann, other])
    group.make_admin()
    group.say(ann, "chatter")
    group.say(other, "noise")
    assert await texts(bot) == ["chatter"]


async def test_without_privacy_mode_all_is_heard(connect: Any, ann: SandboxUser) -> None:
    async with TelegramSandbox.start(privacy=False) as tg:
        bot = connect(tg)
        assert (await bot.get_me()).can_read_all_group_messages
        tg.group(-5, "Team", members=[ann]).say(ann, "chatter")
        assert await texts(bot) == ["chatter"]


async def test_bot_that_left_hears_nothing(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    group = tg.group(-5, "Team", members=[ann])
    group.block()
    group.say(ann, "/new")
    assert await texts(bot) == []


async def test_anonymous_admin_and_channel_speak_as_sender_chat(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    group = tg.group(-1001000000000005, "Team", members=[ann])
    channel = tg.channel(-1001000000000009, "News")
    group.say(group, "/new")
    group.say(channel, "/new")
    channel.say(channel, "headline")
    anonymous, spoken, post = await heard(bot)
    assert anonymous.from_user
    assert anonymous.from_user.username == "GroupAnonymousBot"
    assert anonymous.sender_chat
    assert anonymous.sender_chat.id == group.id
    assert spoken.sender_chat
    assert spoken.sender_chat.id == channel.id
    assert (post.chat.type, post.from_user, post.text) == ("channel", None, "headline")


async def test_forum_topics(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    forum = tg.group(-1001000000000005, "Forum", forum=True, members=[ann])
    plans = forum.topic("Plans")
    forum.say(ann, "/new", thread=plans)
    forum.say(ann, "/new")
    topical, general = await heard(bot)
    assert (topical.message_thread_id, topical.is_topic_message) == (plans, True)
    assert (general.message_thread_id, general.is_topic_message) == (None, None)
    sent = await bot.send_message(forum.id, "in plans", message_thread_id=plans)
    assert (sent.message_thread_id, sent.is_topic_message) == (plans, True)
    for missing in (1, 404):
        with pytest.raises(TelegramBadRequest, match="message thread not found"):
            await bot.send_message(forum.id, "x", message_thread_id=missing)
    await bot.send_chat_action(forum.id, "typing", message_thread_id=1)
    forum.close_topic(plans)
    with pytest.raises(TelegramBadRequest, match="TOPIC_CLOSED"):
        await bot.send_message(forum.id, "x", message_thread_id=plans)
    with pytest.raises(ValueError, match="no topic 404"):
        forum.say(ann, "x", thread=404)


async def test_reply_chain_of_a_plain_supergroup_has_a_thread_but_no_topic(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    group = tg.group(-1001000000000005, "Team", members=[ann])
    root = group.say(ann, "/new")
    group.say(ann, "/status", reply_to=root)
    _, chained = await heard(bot)
    assert (chained.message_thread_id, chained.is_topic_message) == (root.id, None)


async def test_private_topics(connect: Any, ann: SandboxUser) -> None:
    async with TelegramSandbox.start(topics=True) as tg:
        bot = connect(tg)
        assert (await bot.get_me()).has_topics_enabled
        chat = tg.private(ann)
        chat.say(ann, "hello", thread=chat.topic("Work"))
        (message,) = await heard(bot)
        assert message.is_topic_message


async def test_topics_need_a_place(tg: TelegramSandbox, ann: SandboxUser) -> None:
    with pytest.raises(ValueError, match="no topics"):
        tg.private(ann).topic("x")
    with pytest.raises(ValueError, match="group ids are negative"):
        tg.group(-5, "x", forum=True)
    with pytest.raises(ValueError, match="there already"):
        [tg.group(-6, "x") for _ in range(2)]
    with pytest.raises(ValueError, match="only a group"):
        tg.private(ann).upgrade()


async def test_apps_cut_long_pastes(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    chat = tg.private(ann)
    text = "🥒" * 30_000 + " " * 5_000
    chat.paste(ann, text)
    parts = [message.text or "" for message in await heard(bot)]
    assert "".join(parts).strip() == text.strip()
    assert len(parts) == 15
    for wrong in ("", " ", "x" * 4097):
        with pytest.raises(ValueError, match="1 to 4096"):
            chat.say(ann, wrong)


async def test_user_edits(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    chat = tg.private(ann)
    chat.edit(chat.say(ann, "frist"), "first")
    edited = (await bot.get_updates())[-1].edited_message
    assert edited
    assert edited.text == "first"
    sent = await bot.send_message(chat.id, "mine")
    said = await chat.wait_for(lambda message: message.id == sent.message_id)
    with pytest.raises(ValueError, match="not there"):
        chat.edit(said, "yours")


@pytest.mark.parametrize("kind", list(FileKind))
async def test_people_send_files(tg: TelegramSandbox, bot: Bot, ann: SandboxUser, kind: FileKind) -> None:
    chat = tg.private(ann)
    caption = "" if kind is FileKind.STICKER else "look /here"
    chat.send_file(ann, kind, b"content", caption=caption)
    (message,) = await heard(bot)
    assert message.content_type == kind
    assert (message.caption or "") == caption
    with pytest.raises(ValueError, match="no caption"):
        chat.send_file(ann, "sticker", b"x", caption="x")
    held = getattr(message, kind)
    file = await bot.get_file((held[-1] if kind is FileKind.PHOTO else held).file_id)
    assert file.file_path
    loaded = await bot.download_file(file.file_path)
    assert loaded
    assert loaded.read() == b"content"


async def test_album_comes_as_one_update_a_photo(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    chat = tg.private(ann)
    for number in range(3):
        chat.send_file(ann, "photo", bytes([number + 1]), album="9")
    assert [message.media_group_id for message in await heard(bot)] == ["9"] * 3


async def test_in_the_mode_for_it_other_bots_are_heard(ann: SandboxUser) -> None:
    async with TelegramSandbox.start(bot_to_bot=True) as tg:
        robot = tg.user(8, "Robot", "robot", is_bot=True)
        group = tg.group(-1000000000987, "Picklers", members=[ann, robot])
        group.say(robot, "beep")
        group.say(robot, "/ask@pickle_bot beep")
        assert [update["message"]["text"] for update in tg.pending] == ["/ask@pickle_bot beep"]


async def test_a_forward_says_where_it_comes_from(tg: TelegramSandbox, bot: Bot) -> None:
    ann, bob = tg.user(1, "Ann"), tg.user(2, "Bob")
    group, channel, chat = (
        tg.group(-5, "Kitchen", members=[ann, bob]),
        tg.channel(-6, "News"),
        tg.private(ann),
    )
    group.make_admin()
    said = [
        group.say(bob, "from a person"),
        group.say(group, "from an admin"),
        channel.say(channel, "from a channel"),
        group.send_file(bob, "document", b"x", name="a.txt", caption="a file"),
    ]
    for message in said:
        chat.pass_on(ann, message)
    comment, hidden = chat.pass_on(ann, said[0], comment="so?", hidden=True)
    chat.pass_on(ann, hidden)
    assert comment.id < hidden.id
    updates = [it.message for it in await bot.get_updates() if it.message and it.message.chat.id == 1]
    origins = [it.forward_origin.type if it and it.forward_origin else None for it in updates]
    assert origins == ["user", "chat", "channel", "user", None, "hidden_user", "hidden_user"]
    assert updates[3]
    assert updates[3].document
    assert updates[3].caption == "a file"
