"""Edits and deletions, and files, through the real client."""

import pytest
from tests.platforms.discord.kit import listening

from picklebot.errors import FileError
from picklebot.model.attachments import line
from picklebot.model.change import Edited, Withdrawn
from picklebot.model.message import Attachment


async def test_what_is_edited_or_deleted_is_told(dc, adapter, intake, ann, general):
    async with listening(adapter, intake):
        asked = general.say(ann, "helo", mentions_bot=True)
        await intake.wait(lambda bus: bus.texts == ["helo"])
        general.edit(asked, f"{dc.bot.mention} hello")
        general.delete(asked)
        direct = dc.dm(ann)
        direct.delete(direct.say(ann, "secret"))
        await intake.wait(lambda bus: len(bus.changes) == 3)
    edited, *gone = sorted(intake.changes, key=lambda it: isinstance(it, Withdrawn))
    assert isinstance(edited, Edited)
    assert (edited.message.text, edited.message.message_id) == ("hello", str(asked.id))
    marks = {(it.platform, it.bot_id, it.chat_id, it.message_id) for it in gone}
    taken = {(m.address.platform, m.address.bot_id, m.address.chat_id, m.message_id) for m in intake.messages}
    assert marks == taken


async def test_a_file_is_fetched_from_its_address(dc, adapter, intake, ann):
    async with listening(adapter, intake):
        dc.dm(ann).say(ann, "", files={"plan.txt": b"dill"})
        await intake.wait(lambda bus: len(bus.messages) == 1)
        [file] = intake.messages[0].attachments
        assert line(file).startswith("[document plan.txt")
        assert await adapter.files.fetch(file, 10) == b"dill"
        for wrong, most in (
            (file, 3),
            (Attachment("document", file.file_id.rsplit("/", 2)[0] + "/9/plan.txt"), 10),
        ):
            with pytest.raises(FileError) as caught:
                await adapter.files.fetch(wrong, most)
            assert not caught.value.retryable
