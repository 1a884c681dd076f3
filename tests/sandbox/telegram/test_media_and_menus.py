"""Files that the bot sends, buttons, and the menu of commands."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramEntityTooLarge
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
)

from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox
from picklebot.sandbox.telegram.files import FileKind, FileStore


@pytest.fixture
def chat(tg: TelegramSandbox, ann: SandboxUser) -> SandboxChat:
    """Ann's private chat, begun."""
    return tg.private(ann, started=True)


def keyboard(data: str) -> InlineKeyboardMarkup:
    """Give one row with one button."""
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data=data)]])


async def test_document_round_trip(bot: Bot, chat: SandboxChat, tg: TelegramSandbox) -> None:
    file = BufferedInputFile("gurke 🥒".encode(), filename="notes.txt")
    sent = await bot.send_document(chat.id, file, caption="<b>notes</b>", parse_mode="HTML")
    assert sent.document
    assert (sent.document.file_name, sent.caption) == ("notes.txt", "notes")
    loaded = await bot.download(sent.document)
    assert loaded
    assert loaded.read().decode() == "gurke 🥒"
    again = await bot.send_document(chat.id, sent.document.file_id)
    assert again.document
    assert again.document.file_unique_id == sent.document.file_unique_id
    assert tg.calls[0].params["caption"] == "<b>notes</b>"
    assert "notes.txt (10 bytes)" in tg.calls[0].params.values()


async def test_photo_has_sizes(bot: Bot, chat: SandboxChat) -> None:
    sent = await bot.send_photo(chat.id, BufferedInputFile(b"jpeg", filename="p.jpg"), caption="c" * 1024)
    assert sent.photo
    assert len(sent.photo) == 2
    with pytest.raises(TelegramBadRequest, match="no text in the message"):
        await bot.edit_message_text("x", chat_id=chat.id, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="caption is too long"):
        await bot.send_photo(chat.id, sent.photo[0].file_id, caption="c" * 1025)


async def test_files_that_are_refused(bot: Bot, chat: SandboxChat, ann: SandboxUser) -> None:
    with pytest.raises(TelegramBadRequest, match="wrong file identifier"):
        await bot.send_document(chat.id, "https://example.org/file.txt")
    with pytest.raises(TelegramBadRequest, match="non-empty"):
        await bot.send_document(chat.id, BufferedInputFile(b"", filename="e.txt"))
    with pytest.raises(TelegramBadRequest, match="wrong file_id"):
        await bot.get_file("nothing")
    with pytest.raises(TelegramEntityTooLarge):
        await bot.send_photo(chat.id, BufferedInputFile(bytes(11 * 2**20), filename="big.jpg"))
    big = chat.send_file(ann, "document", bytes(21 * 2**20))
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await bot.get_file(big.media["document"]["file_id"])


def test_file_store_is_bounded() -> None:
    store = FileStore()
    files = [store.add(FileKind.DOCUMENT, f"{number}.tx/t", "text/plain", b"x") for number in range(1_100)]
    assert store.find(files[0].id) is None
    assert store.at(files[-1].path) is files[-1]
    assert files[-1].path.endswith(".bin")
    big = [store.add(FileKind.DOCUMENT, "b", "x/y", bytes(100 * 2**20)) for _ in range(3)]
    assert store.find(big[0].id) is None
    assert store.find(big[2].id)


async def test_button_is_pressed_and_answered(bot: Bot, chat: SandboxChat, ann: SandboxUser) -> None:
    sent = await bot.send_message(chat.id, "Sure?", reply_markup=keyboard("h:1"))
    asked = await chat.next_reply()
    query_id = chat.press(ann, asked, "Yes")
    query = (await bot.get_updates())[-1].callback_query
    assert query
    assert (query.id, query.data, query.from_user.id) == (query_id, "h:1", ann.id)
    assert query.message
    assert query.message.message_id == sent.message_id
    await bot.answer_callback_query(query.id, text="Done")
    assert (await chat.wait_answer(query_id))["text"] == "Done"
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query("404")
    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await bot.answer_callback_query(query.id, text="x" * 201)


async def test_edit_without_keyboard_removes_it(bot: Bot, chat: SandboxChat, ann: SandboxUser) -> None:
    sent = await bot.send_message(chat.id, "Sure?", reply_markup=keyboard("h:1"))
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text(
            "Sure?", chat_id=chat.id, message_id=sent.message_id, reply_markup=keyboard("h:1")
        )
    await bot.edit_message_text("Sure?", chat_id=chat.id, message_id=sent.message_id)
    assert chat.messages[0].buttons == {}
    with pytest.raises(ValueError, match="no button"):
        chat.press(ann, chat.messages[0], "Yes")


async def test_button_data_has_64_bytes(bot: Bot, chat: SandboxChat) -> None:
    await bot.send_message(chat.id, "x", reply_markup=keyboard("x" * 64))
    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        await bot.send_message(chat.id, "x", reply_markup=keyboard("🥒" * 17))
    for wrong in ([[{"text": "no action"}]], [[{"callback_data": "no text"}]]):
        rows = InlineKeyboardMarkup.model_construct(inline_keyboard=wrong)
        with pytest.raises(TelegramBadRequest, match="inline keyboard button"):
            await bot.send_message(chat.id, "x", reply_markup=rows)


async def test_commands_by_scope_and_language(bot: Bot) -> None:
    commands = [BotCommand(command="new", description="Begin anew")]
    groups = BotCommandScopeAllGroupChats()
    await bot.set_my_commands(commands)
    await bot.set_my_commands(commands * 2, scope=groups, language_code="de")
    assert [command.command for command in await bot.get_my_commands()] == ["new"]
    assert len(await bot.get_my_commands(scope=groups, language_code="de")) == 2
    assert await bot.get_my_commands(scope=groups) == []
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == []


@pytest.mark.parametrize(
    ("command", "description", "reason"),
    [
        ("New", "x", "COMMAND_INVALID"),
        ("a" * 33, "x", "COMMAND_INVALID"),
        ("new", "x" * 257, "DESCRIPTION_INVALID"),
    ],
)
async def test_commands_that_are_refused(bot: Bot, command: str, description: str, reason: str) -> None:
    with pytest.raises(TelegramBadRequest, match=reason):
        await bot.set_my_commands([BotCommand(command=command, description=description)])
    with pytest.raises(TelegramBadRequest, match="TOO_MUCH"):
        await bot.set_my_commands([BotCommand(command=f"c{n}", description="x") for n in range(101)])
