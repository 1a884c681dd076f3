"""A reply that is written in a draft, and becomes a message when it is complete."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import anyio
import pytest
from tests.replies.memory_surface import MemorySurface

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model.events import Final, TextDelta, ToolStarted
from picklebot.model.message import Address
from picklebot.model.parcel import Parcel
from picklebot.replies import drafts
from picklebot.replies.drafts import Draft
from picklebot.replies.edits import EditedReply
from picklebot.replies.stream import ReplyStream
from picklebot.testing.notes import MemoryNotes

ANSWER = "An answer that is long enough to be begun."


@dataclass
class Screen:
    """Where drafts are seen; `troubles` are raised by the next ones."""

    seen: list[str] = field(default_factory=list[str])
    troubles: list[DeliveryError] = field(default_factory=list[DeliveryError])
    changed: anyio.Event = field(default_factory=anyio.Event)

    async def send(self, text: str) -> None:
        self.seen.append(text)
        self.changed.set()
        self.changed = anyio.Event()
        if self.troubles:
            raise self.troubles.pop(0)

    async def until(self, count: int) -> None:
        while len(self.seen) < count:
            await self.changed.wait()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "SILENCE", 0.0)


async def show(surface: MemorySurface, screen: Screen, stream: ReplyStream) -> None:
    parcel = Parcel("p", "s", Address("memory", "bot", "1"), datetime.now(UTC))
    draft = Draft(screen.send, pace=0.0)
    with anyio.fail_after(10):
        await EditedReply(surface, parcel, MemoryNotes(), draft=draft).show(stream)


@pytest.mark.requirement("S0.12")
async def test_a_draft_shows_it_all_and_a_message_what_is_complete() -> None:
    surface, screen, stream = MemorySurface(size=1_000), Screen(), ReplyStream()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(show, surface, screen, stream)
        await screen.until(1)
        stream.push(ToolStarted("1", "search", "searching"))
        await screen.until(2)
        stream.push(TextDelta("Few words"))
        await screen.until(3)
        stream.push(Final("Few words."))
    assert screen.seen == ["", "searching …", "Few words\n\nsearching …"]
    assert surface.log == ["post Few words."]


async def test_a_draft_that_does_not_change_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "RENEWED", 0.0)
    surface, screen, stream = MemorySurface(size=1_000), Screen(), ReplyStream()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(show, surface, screen, stream)
        await screen.until(5)
        stream.push(Final(ANSWER))
    assert set(screen.seen) == {""}


async def test_where_drafts_are_refused_the_answer_is_edited_for_that_turn() -> None:
    surface, stream = MemorySurface(size=1_000), ReplyStream()
    screen = Screen(troubles=[DeliveryDelayedError("wait", seconds=0.0), DeliveryError("no drafts here")])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(show, surface, screen, stream)
        await screen.until(1)
        stream.push(TextDelta(ANSWER))
        await screen.until(2)
        while surface.messages != {"1": ANSWER}:
            await surface.changed.wait()
        stream.push(Final(f"{ANSWER} And more."))
    assert surface.messages == {"1": f"{ANSWER} And more."}
    assert len(screen.seen) == 2


async def test_an_answer_that_is_there_at_once_needs_no_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "SILENCE", 60.0)
    surface, screen = MemorySurface(size=1_000), Screen()
    await show(surface, screen, ReplyStream.of(Final(ANSWER)))
    assert (screen.seen, surface.log) == ([], [f"post {ANSWER}"])
