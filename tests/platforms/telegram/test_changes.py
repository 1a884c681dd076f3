"""Edits, and files, through the real client."""

import pytest
from aiogram import Bot
from tests.platforms.telegram.kit import listening

from picklebot.errors import FileError
from picklebot.model.change import Edited
from picklebot.model.message import Attachment, Quote
from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.files import TelegramFiles
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox
from picklebot.testing.intake import RecordingIntake


async def test_an_edit_is_no_message(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    async with listening(adapter, intake):
        chat = tg.private(ann)
        said = chat.say(ann, "helo")
        chat.edit(said, "hello")
        chat.edit(said, "/new")
        chat.say(ann, "end", reply_to=said)
        await intake.wait(lambda bus: bus.texts == ["helo", "end"])
    [edited] = intake.changes
    assert isinstance(edited, Edited)
    assert (edited.message.text, edited.message.message_id) == ("hello", intake.messages[0].message_id)
    assert intake.messages[1].quotes == (Quote("Ann", "/new"),)


async def test_a_file_is_fetched_unless_it_is_too_large(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    media = tg.private(ann).send_file(ann, "document", b"dill" * 100).media["document"]
    files, file = TelegramFiles(bot), Attachment("document", media["file_id"])
    assert await files.fetch(file, 400) == b"dill" * 100
    for wrong, most in ((file, 399), (Attachment("document", "unknown"), 400)):
        with pytest.raises(FileError) as caught:
            await files.fetch(wrong, most)
        assert not caught.value.retryable


async def test_a_server_that_is_away_is_asked_again_later(bot: Bot, tg: TelegramSandbox) -> None:
    bot.session.api = bot.session.api.from_base("http://127.0.0.1:9")
    with pytest.raises(FileError) as caught:
        await TelegramFiles(bot).fetch(Attachment("document", "f"), 1)
    assert caught.value.retryable
    assert tg.token not in str(caught.value)
