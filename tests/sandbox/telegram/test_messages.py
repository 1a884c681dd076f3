"""What the bot says and changes."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.types import MessageEntity, ReactionTypeEmoji, ReplyParameters

from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox


@pytest.fixture
def chat(tg: TelegramSandbox, ann: SandboxUser) -> SandboxChat:
    """Ann's private chat, begun."""
    return tg.private(ann, started=True)


async def test_send_and_edit_keep_every_version(bot: Bot, chat: SandboxChat) -> None:
    sent = await bot.send_message(chat.id, "thinking")
    edited = await bot.edit_message_text(
        chat_id=chat.id, message_id=sent.message_id, text="<b>done</b>", parse_mode="HTML"
    )
    assert not isinstance(edited, bool)
    assert edited.edit_date
    (seen,) = chat.messages
    assert seen.from_bot
    assert [version.text for version in seen.versions] == ["thinking", "done"]
    assert seen.entities == ({"type": "bold", "offset": 0, "length": 4},)
    assert seen.edited_at is not None
    assert seen.edited_at >= seen.at


async def test_edit_refusals(bot: Bot, chat: SandboxChat, ann: SandboxUser) -> None:
    sent = await bot.send_message(chat.id, "same")
    mine = chat.say(ann, "mine")
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("same ", chat_id=chat.id, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("x", chat_id=chat.id, message_id=999)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("x", chat_id=chat.id, message_id=mine.id)
    with pytest.raises(TelegramBadRequest, match="message text is empty"):
        await bot.edit_message_text(" ", chat_id=chat.id, message_id=sent.message_id)


async def test_4096_units_after_parsing(bot: Bot, chat: SandboxChat) -> None:
    await bot.send_message(chat.id, "🥒" * 2048)
    await bot.send_message(chat.id, f"<b>{'a' * 4096}</b>", parse_mode="HTML")
    with pytest.raises(TelegramBadRequest, match="message is too long"):
        await bot.send_message(chat.id, "🥒" * 2048 + "x")
    with pytest.raises(TelegramBadRequest, match="message text is empty"):
        await bot.send_message(chat.id, "<b> </b>", parse_mode="HTML")


async def test_broken_html_and_entities_are_refused(bot: Bot, chat: SandboxChat) -> None:
    for broken in ("<b>open", "<h1>x</h1>", "1 < 2"):
        with pytest.raises(TelegramBadRequest, match="can't parse entities"):
            await bot.send_message(chat.id, broken, parse_mode="HTML")
    for offset, length in ((0, 9), (1, 1), (0, 1)):
        with pytest.raises(TelegramBadRequest, match=r"(?i)entit"):
            await bot.send_message(
                chat.id, "🥒", entities=[MessageEntity(type="bold", offset=offset, length=length)]
            )
    with pytest.raises(TelegramBadRequest, match="unsupported parse_mode"):
        await bot.send_message(chat.id, "*x*", parse_mode="MarkdownV2")
    assert chat.messages == []
    sent = await bot.send_message(chat.id, "🥒", entities=[MessageEntity(type="bold", offset=0, length=2)])
    assert sent.entities


async def test_replies(bot: Bot, chat: SandboxChat, ann: SandboxUser) -> None:
    asked = chat.say(ann, "why?")
    sent = await bot.send_message(chat.id, "because", reply_parameters=ReplyParameters(message_id=asked.id))
    assert sent.reply_to_message
    assert sent.reply_to_message.text == "why?"
    gone = ReplyParameters(message_id=404)
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(chat.id, "x", reply_parameters=gone)
    gone = ReplyParameters(message_id=404, allow_sending_without_reply=True)
    assert (await bot.send_message(chat.id, "x", reply_parameters=gone)).reply_to_message is None


async def test_delete(bot: Bot, chat: SandboxChat, tg: TelegramSandbox, ann: SandboxUser) -> None:
    sent = await bot.send_message(chat.id, "stray")
    await bot.delete_message(chat.id, sent.message_id)
    assert chat.messages == []
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(chat.id, sent.message_id)
    group = tg.group(-5, "Team", members=[ann])
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await bot.delete_message(group.id, group.say(ann, "mine").id)


async def test_drafts_and_actions(bot: Bot, chat: SandboxChat, tg: TelegramSandbox) -> None:
    await bot.send_chat_action(chat.id, "typing")
    await bot.send_message_draft(chat.id, 7, text="")
    await bot.send_message_draft(chat.id, 7, text="<b>so</b> far", parse_mode="HTML")
    assert [action.action for action in chat.actions] == ["typing"]
    assert [(draft.id, draft.text) for draft in chat.drafts] == [(7, ""), (7, "so far")]
    assert chat.messages == []
    with pytest.raises(TelegramBadRequest, match="private chats only"):
        await bot.send_message_draft(tg.group(-5, "Team").id, 1, text="x")
    with pytest.raises(TelegramBadRequest, match="non-zero"):
        await bot.send_message_draft(chat.id, 0, text="x")
    with pytest.raises(TelegramBadRequest, match="wrong parameter action"):
        await bot.send_chat_action(chat.id, "dancing")


async def test_bot_cannot_open_a_chat(bot: Bot, tg: TelegramSandbox) -> None:
    bob = tg.user(2, "Bob")
    chat = tg.private(bob)
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation"):
        await bot.send_message(bob.id, "hello?")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(404, "hello?")
    chat.say(bob, "/start")
    await bot.send_message(bob.id, "hello")


async def test_blocked_bot(bot: Bot, chat: SandboxChat, tg: TelegramSandbox, ann: SandboxUser) -> None:
    chat.block()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(chat.id, "still there?")
    with pytest.raises(ValueError, match="unblock"):
        chat.say(ann, "hm")
    chat.unblock()
    await bot.send_message(chat.id, "hello again")
    group = tg.group(-5, "Team", members=[ann])
    group.block()
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the group chat"):
        await bot.send_message(group.id, "x")
    changes = [update.my_chat_member for update in await bot.get_updates()]
    assert [change.new_chat_member.status for change in changes if change] == ["kicked", "member", "left"]


async def test_upgraded_group(bot: Bot, tg: TelegramSandbox, ann: SandboxUser) -> None:
    group = tg.group(-5, "Team", members=[ann])
    moved = group.upgrade()
    with pytest.raises(TelegramMigrateToChat) as refused:
        await bot.send_message(group.id, "x")
    assert refused.value.migrate_to_chat_id == moved.id
    await bot.send_message(moved.id, "x")
    services = [update.message for update in await bot.get_updates() if update.message]
    assert services[0].migrate_to_chat_id == moved.id
    assert services[1].migrate_from_chat_id == group.id


async def test_waiting_for_what_the_bot_says(bot: Bot, chat: SandboxChat, ann: SandboxUser) -> None:
    await bot.send_message(chat.id, "before")
    asked = chat.say(ann, "now")
    await bot.send_message(chat.id, "after")
    assert (await chat.next_reply(after=asked)).text == "after"
    with pytest.raises(TimeoutError):
        await chat.wait_for(lambda message: message.text == "never", timeout=0.01)


async def test_history_and_versions_are_bounded(bot: Bot, chat: SandboxChat, ann: SandboxUser) -> None:
    first = chat.say(ann, "0")
    message = first
    for number in range(1, 600):
        message = chat.edit(message, str(number))
    assert len(message.versions) == 100
    assert (message.versions[0].text, message.versions[-1].text) == ("0", "599")
    for number in range(1_100):
        chat.say(ann, str(number))
    assert len(chat.messages) == 1_000


async def test_a_reaction_is_put_and_taken_away(bot: Bot, chat: SandboxChat, ann: SandboxUser) -> None:
    said = chat.say(ann, "hello")
    eyes, pickle = ReactionTypeEmoji(emoji="👀"), ReactionTypeEmoji(emoji="🥒")
    assert await bot.set_message_reaction(chat.id, said.id, [eyes])
    assert [message.reactions for message in chat.messages] == [("👀",)]
    assert await bot.set_message_reaction(chat.id, said.id, [])
    assert [message.reactions for message in chat.messages] == [()]
    with pytest.raises(TelegramBadRequest, match="REACTION_INVALID"):
        await bot.set_message_reaction(chat.id, said.id, [pickle])
    with pytest.raises(TelegramBadRequest, match="REACTIONS_TOO_MANY"):
        await bot.set_message_reaction(chat.id, said.id, [eyes, eyes])
    with pytest.raises(TelegramBadRequest, match="message to react not found"):
        await bot.set_message_reaction(chat.id, 999, [eyes])
