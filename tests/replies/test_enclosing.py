"""The files of an answer, on a chat that is kept in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import anyio
import pytest
from tests.replies.memory_surface import MemorySurface

from picklebot.errors import DeliveryDelayedError, DeliveryError, DeliveryImpossibleError
from picklebot.model import words
from picklebot.model.enclosure import Enclosure
from picklebot.model.events import Final, TextDelta
from picklebot.model.message import Address
from picklebot.model.parcel import FILES, Parcel
from picklebot.replies.edits import EditedReply
from picklebot.replies.enclosing import MOST_TRIES
from picklebot.replies.stream import ReplyStream
from picklebot.testing.notes import MemoryNotes

pytestmark = pytest.mark.requirement("S3.3")

PLAN, MAP = Enclosure("notes/plan.md", 3), Enclosure("map.txt", 3)
BEGUN = replace(PLAN, begun=True)


class Scene:
    """A chat, and an answer with files on its way there."""

    def __init__(self) -> None:
        self.surface = MemorySurface(size=1_000)
        self.notes = MemoryNotes(files={"notes/plan.md": b"abc", "map.txt": b"def"})

    async def show(self, *files: Enclosure, text: str = "hello", posted: tuple[str, ...] = ()) -> list[str]:
        """What is done to show it."""
        self.surface.log.clear()
        address = Address("memory", "bot", "chat")
        parcel = Parcel("p", "s1", address, datetime.now(UTC), posted=posted)
        with anyio.fail_after(5):
            reply = EditedReply(self.surface, parcel, self.notes)
            await reply.show(ReplyStream.of(Final(text, files=files)))
        return self.surface.log


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_files_come_after_the_text_each_noted(scene: Scene) -> None:
    assert await scene.show(PLAN, MAP) == ["post hello", "attach plan.md", "attach map.txt"]
    assert scene.notes.posted == {0: "1", FILES: "a file", FILES - 1: "a file"}
    assert not scene.notes.complete, "what ends the parcel is that all of it has arrived"


async def test_an_answer_without_files_is_complete_with_its_last_message(scene: Scene) -> None:
    assert await scene.show() == ["post hello"]
    assert scene.notes.complete
    assert scene.notes.under_way == set()


async def test_an_answer_without_words_says_that_there_is_a_file(scene: Scene) -> None:
    assert await scene.show(PLAN, text=" ") == [f"post {words.ONLY_FILES}", "attach plan.md"]


async def test_what_has_arrived_is_not_sent_again_and_the_text_is_left_alone(scene: Scene) -> None:
    scene.surface.messages["1"] = "hello"
    arrived = replace(PLAN, begun=True, arrived=True)
    assert await scene.show(arrived, MAP, posted=("1",)) == ["attach map.txt"]


async def test_the_whole_of_a_long_answer_comes_last(scene: Scene) -> None:
    scene.surface.size = 1
    assert (await scene.show(PLAN, text="abcdefg"))[-2:] == ["attach plan.md", "attach answer.md"]


async def test_what_must_wait_is_the_deliverys_and_known_as_not_sent(scene: Scene) -> None:
    scene.surface.troubles = [None, DeliveryDelayedError("slow down", seconds=1.0)]
    with pytest.raises(DeliveryDelayedError):
        await scene.show(PLAN)
    assert (scene.notes.under_way, scene.notes.uncertain) == (set(), set())


async def test_what_may_have_been_sent_is_in_doubt(scene: Scene) -> None:
    scene.surface.troubles = [None, DeliveryDelayedError("lost", seconds=1.0, maybe_done=True)]
    with pytest.raises(DeliveryDelayedError):
        await scene.show(PLAN)
    assert scene.notes.uncertain == {FILES}


@pytest.mark.parametrize("trouble", [DeliveryError("no"), DeliveryImpossibleError("too large")])
async def test_a_file_that_is_refused_becomes_a_line(scene: Scene, trouble: DeliveryError) -> None:
    scene.surface.troubles = [None, trouble]
    refused = words.FILE_REFUSED.format(name="plan.md", size="3 bytes")
    place = words.FILE_PLACE.format(place="s1/notes/plan.md")
    assert await scene.show(PLAN, MAP) == [
        "post hello",
        "attach plan.md",
        f"post silently {refused} {place}",
        "attach map.txt",
    ]
    assert scene.notes.posted.keys() == {0, FILES, FILES - 1}


async def test_a_file_whose_end_nobody_ever_knows_is_given_up(scene: Scene) -> None:
    scene.surface.messages["1"] = "hello"
    again = replace(BEGUN, interrupted=MOST_TRIES - 1)
    assert await scene.show(again, posted=("1",)) == ["attach plan.md"]
    often = replace(BEGUN, interrupted=MOST_TRIES)
    [line] = await scene.show(often, posted=("1",))
    assert "plan.md (3 bytes) could not be sent here" in line


async def test_a_file_that_is_gone_becomes_a_line(scene: Scene) -> None:
    scene.notes.files.clear()
    assert await scene.show(PLAN) == [
        "post hello",
        f"post silently {words.FILE_GONE.format(name='plan.md')}",
    ]


@pytest.mark.parametrize("public_url", ["", "https://bot.example/files"])
async def test_what_is_too_large_is_offered_in_another_way(scene: Scene, public_url: str) -> None:
    scene.notes.public_url = public_url
    scene.notes.files["notes/plan.md"] = b"x" * 2_048
    _, line = await scene.show(PLAN)
    assert line.startswith("post silently 📎 plan.md (2.0 kB) is too large for this chat.")
    offered = "https://bot.example/files/notes/plan.md" if public_url else "data/results: s1/notes/plan.md"
    assert line.endswith(offered)


async def test_where_nothing_can_be_said_a_file_holds_nobody_up(scene: Scene) -> None:
    scene.surface.troubles = [None, DeliveryError("no files"), DeliveryImpossibleError("no words")]
    await scene.show(PLAN, MAP)
    assert scene.notes.posted[FILES] == ""
    assert scene.surface.log[-1] == "attach map.txt"


async def test_a_disk_that_fails_while_a_file_is_sent_is_a_refusal(scene: Scene) -> None:
    scene.surface.troubles = [None, OSError("input/output error")]  # type: ignore[list-item]
    assert "could not be sent here" in (await scene.show(PLAN))[-1]


async def test_files_come_when_the_message_that_grew_is_at_its_end(scene: Scene) -> None:
    stream, parcel = ReplyStream(), Parcel("p", "s1", Address("memory", "bot", "chat"), datetime.now(UTC))
    beginning = "This is long enough to be shown now. "
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(EditedReply(scene.surface, parcel, scene.notes).show, stream)
        stream.push(TextDelta(beginning))
        await anyio.wait_all_tasks_blocked()
        stream.push(Final(f"{beginning}The end.", files=(PLAN,)))
    assert scene.surface.log == [
        f"post {beginning}",
        f"edit 1 {beginning}The end.",
        "attach plan.md",
    ]
