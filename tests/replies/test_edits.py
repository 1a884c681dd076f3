"""A reply shown by edits, on a chat that is kept in memory."""

from datetime import UTC, datetime

import anyio
import pytest
from tests.replies.memory_surface import MemorySurface

from picklebot.errors import DeliveryDelayedError, DeliveryError, DeliveryImpossibleError
from picklebot.model.events import Final, ReplyEvent, TextDelta
from picklebot.model.message import Address
from picklebot.model.parcel import Parcel
from picklebot.replies.edits import EditedReply
from picklebot.replies.stream import ReplyStream
from picklebot.testing.notes import MemoryNotes


def parcel(*posted: str) -> Parcel:
    return Parcel("p", "s", Address("memory", "bot", "chat"), datetime.now(UTC), posted=posted)


async def show(
    surface: MemorySurface, *events: ReplyEvent, posted: tuple[str, ...] = (), silence: float = 0.0
) -> MemoryNotes:
    notes, stream = MemoryNotes(), ReplyStream()
    for event in events:
        stream.push(event)
    with anyio.fail_after(5):
        await EditedReply(surface, parcel(*posted), notes, silence=silence).show(stream)
    return notes


async def test_typing_comes_before_anything_else() -> None:
    surface = MemorySurface()
    notes = await show(surface, Final("hello"))
    assert surface.log == ["typing", "post hello"]
    assert notes.posted == {0: "1"}


async def test_an_answer_that_is_there_at_once_needs_no_sign_of_typing() -> None:
    surface = MemorySurface()
    await show(surface, TextDelta("hel"), Final("hello"), silence=10.0)
    assert surface.log == ["post hello"]


@pytest.mark.requirement("S0.12")
async def test_one_message_is_sent_when_it_has_something_to_say_and_edited_to_its_end() -> None:
    surface, stream, notes = MemorySurface(size=1000), ReplyStream(), MemoryNotes()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(EditedReply(surface, parcel(), notes, silence=0.0).show, stream)
        await anyio.wait_all_tasks_blocked()
        assert surface.log == ["typing"]
        stream.push(TextDelta("Too short."))
        await anyio.wait_all_tasks_blocked()
        assert surface.log == ["typing"]
        stream.push(TextDelta(" But now there is something to say,"))
        await anyio.wait_all_tasks_blocked()
        assert list(surface.messages.values()) == ["Too short. But now there is something to say,"]
        stream.push(TextDelta(" and more of it."))
        await anyio.wait_all_tasks_blocked()
        stream.push(Final("Too short. But now there is something to say, and more of it. The end."))
    assert list(surface.messages.values()) == [
        "Too short. But now there is something to say, and more of it. The end."
    ]
    assert [line.split()[0] for line in surface.log] == ["typing", "post", "edit", "edit"]


async def test_a_long_answer_goes_on_in_further_messages() -> None:
    surface = MemorySurface()
    notes = await show(surface, Final("0123456789abcdefghijXYZ"))
    assert list(surface.messages.values()) == ["0123456789", "abcdefghij", "XYZ"]
    assert notes.posted == {0: "1", 1: "2", 2: "3"}


async def test_what_a_crash_left_posted_is_edited_and_what_is_too_much_removed() -> None:
    surface = MemorySurface()
    surface.messages = {"1": "old", "2": "older"}
    await show(surface, Final("new"), posted=("1", "2"))
    assert surface.messages == {"1": "new"}


async def test_a_message_that_is_gone_is_posted_anew() -> None:
    surface = MemorySurface()
    surface.messages = {"1": "somebody else's"}
    notes = await show(surface, Final("new"), posted=("9",))
    assert surface.messages == {"1": "somebody else's", "2": "new"}
    assert notes.posted == {0: "2"}


async def test_a_preview_that_must_wait_is_dropped_and_the_final_text_is_not() -> None:
    surface = MemorySurface(size=1000)
    surface.troubles = [None, DeliveryDelayedError("slow down", seconds=0.0)]
    stream, notes = ReplyStream(), MemoryNotes()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(EditedReply(surface, parcel(), notes, silence=0.0).show, stream)
        stream.push(TextDelta("x" * 40))
        await anyio.wait_all_tasks_blocked()
        stream.push(Final("y" * 40))
    assert list(surface.messages.values()) == ["y" * 40]


async def test_trouble_with_the_final_text_is_the_callers() -> None:
    surface = MemorySurface()
    surface.troubles = [None, DeliveryImpossibleError("blocked")]
    with pytest.raises(DeliveryImpossibleError):
        await show(surface, Final("hello"))


async def test_a_typing_sign_that_fails_is_let_go() -> None:
    surface = MemorySurface()
    surface.troubles = [DeliveryError("no")]
    await show(surface, Final("hello"))
    assert list(surface.messages.values()) == ["hello"]


async def test_a_part_that_looks_the_same_is_not_touched() -> None:
    surface, stream = MemorySurface(), ReplyStream()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(EditedReply(surface, parcel(), MemoryNotes(), silence=0.0).show, stream)
        stream.push(TextDelta("0123456789" * 3 + "abc"))
        await anyio.wait_all_tasks_blocked()
        stream.push(Final("0123456789" * 3 + "abcdef"))
    assert [line for line in surface.log if line.startswith("edit")] == ["edit 4 abcdef"]


class CountedAsks:
    """A stream, and how often it was asked for its next event."""

    def __init__(self, stream: ReplyStream) -> None:
        self._stream = stream
        self.count = 0

    def __aiter__(self) -> "CountedAsks":
        return self

    async def __anext__(self) -> ReplyEvent:
        self.count += 1
        return await anext(self._stream)


async def test_a_text_that_is_too_short_to_be_shown_is_waited_for_and_not_asked_after() -> None:
    surface, stream, notes = MemorySurface(), ReplyStream(), MemoryNotes()
    asks = CountedAsks(stream)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(EditedReply(surface, parcel(), notes, silence=0.0).show, asks)
        stream.push(TextDelta("Well,"))
        for _ in range(100):
            await anyio.lowlevel.checkpoint()
        stream.push(Final("Well, yes."))
    assert asks.count == 2


async def test_an_answer_of_many_messages_comes_as_a_file_too() -> None:
    surface = MemorySurface()
    notes = await show(surface, Final("x" * 51))
    assert surface.log[-2:] == ["post silently x", "attach answer.md"]
    assert len(notes.posted) == 6
    refused = MemorySurface()
    refused.troubles.extend([None] * 7)
    refused.troubles.append(DeliveryImpossibleError("no files here"))
    await show(refused, Final("x" * 51))
    assert "".join(refused.messages.values()) == "x" * 51
