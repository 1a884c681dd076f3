"""What a chat shows before an answer begins, and how whoever waited long is called."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from tests.replies.memory_surface import MemorySurface

from picklebot.errors import DeliveryDelayedError, DeliveryError, DeliveryImpossibleError, StorageError
from picklebot.model import words
from picklebot.model.events import Failed, Final, TextDelta, ToolFinished, ToolStarted
from picklebot.model.message import Address
from picklebot.model.parcel import CALL, STATUS, Parcel
from picklebot.model.rate import Rate, Rates
from picklebot.replies import status, stopping
from picklebot.replies.budget import Allowance, Budget, Unlimited, Urgency
from picklebot.replies.edits import EditedReply
from picklebot.replies.stream import ReplyStream
from picklebot.testing.notes import MemoryNotes

LOOKING = ToolStarted("1", "search", "searching")
FOUND = ToolFinished("1", "search", ok=True)
ANSWER = "An answer that is long enough to be begun."


@dataclass
class Scene:
    """A reply that is being written."""

    surface: MemorySurface
    stream: ReplyStream
    notes: MemoryNotes

    @property
    def shown(self) -> list[str]:
        return list(self.surface.messages.values())

    async def until(self, *shown: str) -> None:
        """Wait until the chat shows exactly this."""
        while self.shown != list(shown):
            await self.surface.changed.wait()


def parcel(*, age: float = 0.0, asker: str = "") -> Parcel:
    return Parcel(
        "p", "s", Address("memory", "bot", "1"), datetime.now(UTC) - timedelta(seconds=age), asker=asker
    )


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool is told of at once; that the model is silent is told when a test wants it."""
    monkeypatch.setattr(status, "PATIENCE", 0.0)


@asynccontextmanager
async def scene(
    of: Parcel | None = None,
    *,
    surface: MemorySurface | None = None,
    allowance: Allowance | None = None,
    placeholder: str | None = None,
) -> AsyncGenerator[Scene]:
    it = Scene(surface or MemorySurface(size=1_000), ReplyStream(), MemoryNotes())
    reply = EditedReply(
        it.surface,
        of or parcel(),
        it.notes,
        allowance=allowance or Unlimited(),
        placeholder=placeholder,
        silence=60.0,
    )
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(reply.show, it.stream)
            yield it


@pytest.mark.requirement("S0.12")
async def test_a_tool_is_told_of_by_one_silent_line_that_goes_when_the_answer_starts() -> None:
    async with scene() as it:
        it.stream.push(LOOKING)
        await it.until("searching …")
        assert it.notes.posted == {STATUS: "1"}
        it.stream.push(ToolStarted("2", "read", "reading"))
        it.stream.push(FOUND)
        await it.until("reading …")
        it.stream.push(ToolFinished("2", "read", ok=True))
        await it.until("thinking …")
        it.stream.push(TextDelta(ANSWER))
        await it.until(ANSWER)
        it.stream.push(Final(ANSWER))
    assert it.surface.log == [
        "post silently searching …",
        "edit 1 reading …",
        "edit 1 thinking …",
        f"post {ANSWER}",
        "remove 1",
    ]


@pytest.mark.requirement("S0.12")
async def test_a_long_silence_is_told_of_and_a_short_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene() as it:
        await anyio.wait_all_tasks_blocked()
        it.stream.push(Final(ANSWER))
    assert it.surface.log == [f"post {ANSWER}"]
    monkeypatch.setattr(status, "SILENCE", 0.0)
    async with scene() as it:
        await it.until("thinking …")
        it.stream.push(Final("Short."))
    assert it.surface.log == ["post silently thinking …", "post Short.", "remove 1"]
    assert not it.notes.complete, "the line was still to be taken away"


async def test_a_quick_tool_is_not_worth_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "PATIENCE", 60.0)
    async with scene() as it:
        it.stream.push(LOOKING)
        await anyio.wait_all_tasks_blocked()
        it.stream.push(FOUND)
        it.stream.push(Final(ANSWER))
    assert it.surface.log == [f"post {ANSWER}"]


async def test_once_the_answer_has_begun_a_tool_is_a_line_in_it() -> None:
    async with scene() as it:
        it.stream.push(TextDelta(ANSWER))
        await it.until(ANSWER)
        it.stream.push(LOOKING)
        await it.until(f"{ANSWER}\n\nsearching …")
        it.stream.push(Final(ANSWER))
    assert it.shown == [ANSWER]
    assert STATUS not in it.notes.posted


async def test_a_placeholder_is_where_a_tool_is_told_of() -> None:
    async with scene(placeholder="…") as it:
        it.stream.push(LOOKING)
        await it.until("searching …")
        it.stream.push(Final(ANSWER))
    assert it.surface.log == ["post …", "edit 1 searching …", f"edit 1 {ANSWER}"]


async def test_what_an_earlier_process_left_standing_goes_at_once() -> None:
    surface = MemorySurface(size=1_000)
    surface.messages["7"] = "searching …"
    async with scene(replace(parcel(), status="7"), surface=surface) as it:
        await it.until()
        it.stream.push(Final(ANSWER))
    assert it.shown == [ANSWER]
    assert it.notes.complete


async def test_a_line_that_must_wait_to_go_holds_no_answer_and_goes_in_the_end() -> None:
    surface = MemorySurface(size=1_000)
    surface.messages["7"] = "searching …"
    surface.troubles = [DeliveryDelayedError("wait", seconds=0.0)]
    async with scene(replace(parcel(), status="7"), surface=surface) as it:
        it.stream.push(Final(ANSWER))
    assert it.shown == [ANSWER]


@pytest.mark.parametrize(
    "trouble",
    [
        DeliveryDelayedError("lost", seconds=0.0, maybe_done=True),
        DeliveryImpossibleError("no right to"),
        DeliveryError("not here"),
    ],
)
async def test_a_line_that_is_refused_is_let_go(trouble: DeliveryError) -> None:
    surface = MemorySurface(size=1_000)
    surface.troubles = [trouble]
    async with scene(surface=surface) as it:
        it.stream.push(LOOKING)
        await anyio.wait_all_tasks_blocked()
        it.stream.push(Final(ANSWER))
    assert it.surface.log == ["post silently searching …", f"post {ANSWER}"]


@pytest.mark.requirement("P15")
async def test_a_line_takes_nothing_from_the_answer_when_little_may_be_said() -> None:
    little, much = Rate(1, 3_600.0, 2), Rate(1_000, 1.0, 1_000)
    allowance = Budget(Rates(little, little, much)).of("1", private=True)
    async with allowance.spend(Urgency.FINAL):
        pass
    async with scene(allowance=allowance) as it:
        it.stream.push(LOOKING)
        await anyio.wait_all_tasks_blocked()
        it.stream.push(Final(ANSWER))
    assert it.surface.log == [f"post {ANSWER}"]


@pytest.mark.requirement("S0.12")
async def test_who_waited_for_over_a_minute_is_called_once_the_answer_is_complete() -> None:
    async with scene(parcel(age=61)) as it:
        it.stream.push(TextDelta(ANSWER))
        await it.until(ANSWER)
        it.stream.push(Final(f"{ANSWER} And more."))
    assert it.surface.log[-1] == f"post for the asker {words.CALLED}"
    assert it.notes.posted[CALL] == "2"
    assert it.notes.complete


async def test_an_answer_that_rings_by_itself_needs_no_call() -> None:
    async with scene(parcel(age=61)) as it:
        it.stream.push(Failed("x", "It did not work."))
    assert it.surface.log == ["post for the asker It did not work."]
    assert it.notes.complete


@pytest.mark.parametrize(("age", "end"), [(50, Final("All.")), (61, Final("All.", stopped=True))])
async def test_who_is_still_there_is_not_called(age: float, end: Final) -> None:
    async with scene(parcel(age=age)) as it:
        it.stream.push(TextDelta(ANSWER))
        await it.until(ANSWER)
        it.stream.push(end)
    assert it.surface.log[-1] == "edit 1 All."


async def test_a_call_is_owed_until_it_was_made() -> None:
    owed = replace(parcel(), text=ANSWER, posted=("1",), calls=True)
    surface = MemorySurface(size=1_000)
    surface.messages["1"] = ANSWER
    surface.troubles = [None, DeliveryDelayedError("wait", seconds=0.0)]
    notes = MemoryNotes()
    with pytest.raises(DeliveryDelayedError):
        await EditedReply(surface, owed, notes).show(ReplyStream.of(Final(ANSWER)))
    assert not notes.under_way
    await EditedReply(surface, owed, notes).show(ReplyStream.of(Final(ANSWER)))
    assert list(surface.messages.values()) == [ANSWER, words.CALLED]


async def test_a_call_in_doubt_is_not_made_again() -> None:
    owed = replace(parcel(), text=ANSWER, posted=("1",), calls=True)
    surface, notes = MemorySurface(size=1_000), MemoryNotes()
    surface.messages["1"] = ANSWER
    surface.troubles = [None, DeliveryDelayedError("lost", seconds=0.0, maybe_done=True)]
    await EditedReply(surface, owed, notes).show(ReplyStream.of(Final(ANSWER)))
    assert notes.uncertain == {CALL}


@pytest.mark.requirement("S0.12")
async def test_a_turn_may_be_ended_by_a_button_as_long_as_it_runs() -> None:
    async with scene(parcel(asker="123")) as it:
        it.stream.push(LOOKING)
        await it.until("searching … [Stop]")
        [[stop]] = it.notes.offered
        assert (stop.command.name, stop.command.args, stop.aside) == ("stop", "p", True)
        it.stream.push(TextDelta(ANSWER))
        await it.until(f"{ANSWER}\n\nsearching … [Stop]")
        it.stream.push(Final(ANSWER))
    assert it.shown == [ANSWER]


async def test_an_answer_that_grows_for_long_gets_the_button_though_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stopping, "PATIENCE", 0.05)
    async with scene(parcel(asker="123")) as it:
        it.stream.push(TextDelta(ANSWER))
        await it.until(ANSWER)
        await it.until(f"{ANSWER} [Stop]")
        it.stream.push(Final(ANSWER))
    assert it.surface.log == [f"post {ANSWER}", f"edit 1 {ANSWER} [Stop]", f"edit 1 {ANSWER}"]


async def test_a_placeholder_that_stands_for_long_gets_the_button(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "PATIENCE", 0.05)
    async with scene(parcel(asker="123"), placeholder="…") as it:
        await it.until("…")
        await it.until("thinking … [Stop]")
        it.stream.push(TextDelta("Few words"))
        it.stream.push(Final("Few words."))
    assert it.shown == ["Few words."]


async def test_what_nobody_asked_for_nobody_can_end() -> None:
    async with scene(parcel()) as it:
        it.stream.push(LOOKING)
        await it.until("searching …")
        it.stream.push(Final(ANSWER))
    assert it.notes.offered == ()


async def test_a_button_that_cannot_be_kept_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def offer(_: object, __: object) -> None:
        raise StorageError("full")

    monkeypatch.setattr(MemoryNotes, "offer", offer)
    async with scene(parcel(asker="123")) as it:
        it.stream.push(LOOKING)
        await it.until("searching …")
        it.stream.push(Final(ANSWER))
    assert it.shown == [ANSWER]
