"""Files of an answer, through the real REST client."""

from __future__ import annotations

from dataclasses import replace

import anyio
import httpx
import pytest
from tests.platforms.discord.kit import Notes, listening, options_for, parcel_to

from picklebot.errors import DeliveryDelayedError
from picklebot.model.enclosure import Enclosure
from picklebot.model.events import Final
from picklebot.model.parcel import FILES
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.platforms.discord.surface import SUPPRESS_NOTIFICATIONS
from picklebot.replies.stream import ReplyStream
from picklebot.testing.memory import DictMemory

pytestmark = pytest.mark.requirement("S3.3")

PLAN, PICTURE = Enclosure("notes/plän.md", 6), Enclosure("SPOILER_a.png", 5)
MESSAGES = "POST /channels/*/messages"


@pytest.fixture
async def frontend(adapter, intake):
    async with listening(adapter, intake):
        yield adapter.frontend


@pytest.fixture
def notes() -> Notes:
    return Notes(files={PLAN.path: b"# Dill", PICTURE.path: b"\x89PNG\0"})


async def show(frontend, parcel, notes: Notes, *files: Enclosure) -> None:
    with anyio.fail_after(20):
        await frontend.render(parcel, ReplyStream.of(Final("Here.", files=files)), notes)


async def fetched(attachment) -> bytes:
    """The file as somebody in the chat gets it."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(attachment.url)).content


async def test_files_come_as_attachments_silently_after_the_answer(dc, frontend, ann, notes):
    await show(frontend, parcel_to(dc.dm(ann)), notes, PLAN, PICTURE)
    text, *others = dc.dm(ann).messages
    assert (text.text, text.attachments) == ("Here.", ())
    files = [file for message in others for file in message.attachments]
    assert [file.filename for file in files] == ["plän.md", "a.png"]
    assert [await fetched(file) for file in files] == [b"# Dill", b"\x89PNG\0"]
    assert all(message.flags & SUPPRESS_NOTIFICATIONS for message in others)
    assert notes.posted == {0: str(text.id), FILES: str(others[0].id), FILES - 1: str(others[1].id)}


async def test_files_come_where_the_answer_stands_and_ping_nobody(dc, frontend, ann, general, notes):
    asked = general.say(ann, "plan", mentions_bot=True)
    await show(frontend, parcel_to(general, reply_to=asked), notes, PLAN)
    [_, text, file] = general.messages
    assert (text.reply_to, file.reply_to) == (asked.id, None)
    assert file.pinged.users == ()


@pytest.mark.requirement("P17")
@pytest.mark.parametrize("refusal", [(413, 40005), (403, 50013), (400, 50035), (400, 20009)])
async def test_a_refused_file_is_a_line_and_the_next_one_comes(dc, frontend, general, notes, refusal):
    parcel = parcel_to(general)
    await show(frontend, parcel, Notes())
    dc.fault(MESSAGES, status=refusal[0], code=refusal[1])
    stands = replace(parcel, posted=(str(general.messages[0].id),), text="Here.")
    await show(frontend, stands, notes, replace(PLAN, begun=True), PICTURE)
    text, line, file = general.messages
    assert text.text == "Here."
    assert line.text.startswith("📎 plän.md (6 bytes) could not be sent here. ")
    assert line.flags & SUPPRESS_NOTIFICATIONS
    assert line.reply_to is None
    assert [it.filename for it in file.attachments] == ["a.png"]


@pytest.mark.requirement("P4")
async def test_a_lost_answer_repeats_no_file(dc, frontend, general, notes):
    parcel = parcel_to(general)
    await show(frontend, parcel, notes)
    posted = replace(parcel, posted=notes.ids, text="Here.")
    dc.fault(MESSAGES, drop="after")
    with pytest.raises(DeliveryDelayedError) as caught:
        await show(frontend, posted, notes, PLAN)
    assert caught.value.maybe_done
    await show(frontend, posted, notes, replace(PLAN, begun=True, interrupted=1))
    assert [it.filename for message in general.messages for it in message.attachments] == ["plän.md"]


async def test_what_discord_would_not_take_is_not_even_tried(dc, intake, general, notes):
    notes.public_url = "https://bot.example/files"
    adapter = DiscordAdapter(options_for(dc, largest_file=5), DictMemory())
    async with listening(adapter, intake):
        await show(adapter.frontend, parcel_to(general), notes, PLAN, PICTURE)
    _, line, file = general.messages
    assert line.text.endswith("fetch it for seven days: https://bot.example/files/notes/plän.md")
    assert [it.filename for it in file.attachments] == ["a.png"]
