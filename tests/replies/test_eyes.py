"""👀 from when a message was taken until it is answered, whatever becomes of them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from picklebot.errors import DeliveryDelayedError, DeliveryError, DeliveryImpossibleError
from picklebot.model.events import Final
from picklebot.model.message import Address, ChatKind
from picklebot.model.parcel import Parcel
from picklebot.replies import eyes as module
from picklebot.replies.eyes import Eyes, Seen
from picklebot.replies.stream import ReplyStream
from picklebot.testing.frontend import RecordingFrontend
from picklebot.testing.notes import MemoryNotes

ASKED = Address("memory", "bot", "-9", ChatKind.GROUP, reply_to="1")


@dataclass
class Board:
    """What is shown, by a platform that may refuse; while `gate` is unset it does not answer."""

    shown: list[tuple[str | None, bool]] = field(default_factory=list[tuple[str | None, bool]])
    refusal: DeliveryError | None = None
    gate: anyio.Event = field(default_factory=anyio.Event)
    changed: anyio.Event = field(default_factory=anyio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def show(self, address: Address, wanted: bool) -> None:
        self.shown.append((address.reply_to, wanted))
        self.changed.set()
        self.changed = anyio.Event()
        await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal

    async def wait(self, count: int) -> list[tuple[str | None, bool]]:
        with anyio.fail_after(10):
            while len(self.shown) < count:
                await self.changed.wait()
        return self.shown


@asynccontextmanager
async def watching(board: Board, eyes: Eyes | None = None) -> AsyncGenerator[Eyes]:
    eyes = eyes or Eyes(board.show)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(eyes.run)
        yield eyes
        tasks.cancel_scope.cancel()


async def test_eyes_open_and_close_in_order() -> None:
    board = Board()
    async with watching(board) as eyes:
        eyes.open(ASKED)
        await board.wait(1)
        eyes.close(ASKED)
        assert await board.wait(2) == [("1", True), ("1", False)]


async def test_a_private_chat_and_a_slash_command_have_none() -> None:
    board = Board()
    async with watching(board) as eyes:
        eyes.open(replace(ASKED, chat_kind=ChatKind.PRIVATE))
        eyes.open(replace(ASKED, reply_to=None))
        eyes.close(ASKED, datetime.now(UTC))
        eyes.open(replace(ASKED, reply_to="2"))
        assert await board.wait(1) == [("2", True)]


async def test_what_was_answered_before_anybody_saw_it_is_not_shown() -> None:
    board = Board()
    board.gate = anyio.Event()
    other = replace(ASKED, reply_to="2")
    async with watching(board) as eyes:
        eyes.open(ASKED)
        await board.wait(1)
        eyes.open(other)
        eyes.close(other)
        eyes.close(ASKED)
        board.gate.set()
        assert await board.wait(2) == [("1", True), ("1", False)]


async def test_what_an_earlier_process_opened_is_closed() -> None:
    board = Board()
    async with watching(board) as eyes:
        eyes.close(ASKED, datetime.now(UTC) - timedelta(minutes=1))
        assert await board.wait(1) == [("1", False)]


async def test_a_chat_that_refuses_is_left_alone_for_a_while() -> None:
    board, now = Board(refusal=DeliveryImpossibleError("no reactions here")), [0.0]
    async with watching(board, Eyes(board.show, now=lambda: now[0])) as eyes:
        eyes.open(ASKED)
        await board.wait(1)
        await anyio.wait_all_tasks_blocked()
        eyes.open(replace(ASKED, reply_to="2"))
        now[0] = module.LEFT_ALONE
        eyes.open(replace(ASKED, reply_to="3"))
        assert await board.wait(2) == [("1", True), ("3", True)]


async def test_a_message_that_is_gone_before_its_eyes_close_is_no_refusal_of_its_chat() -> None:
    board = Board()
    async with watching(board) as eyes:
        eyes.open(ASKED)
        await board.wait(1)
        await anyio.wait_all_tasks_blocked()
        board.refusal = DeliveryImpossibleError("message not found")
        eyes.close(ASKED)
        await board.wait(2)
        await anyio.wait_all_tasks_blocked()
        eyes.open(replace(ASKED, reply_to="2"))
        assert (await board.wait(3))[-1] == ("2", True)


async def test_trouble_is_no_reason_to_leave_a_chat_alone() -> None:
    board = Board(refusal=DeliveryDelayedError("later", seconds=1))
    async with watching(board) as eyes:
        eyes.open(ASKED)
        await board.wait(1)
        eyes.open(replace(ASKED, reply_to="2"))
        await board.wait(2)


async def test_a_platform_that_does_not_answer_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    board = Board()
    board.gate = anyio.Event()
    async with watching(board) as eyes:
        for number in range(3):
            eyes.open(replace(ASKED, reply_to=str(number)))
        await board.wait(3)


async def test_both_memories_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    monkeypatch.setattr(module, "MOST_OPEN", 1)
    board = Board()
    eyes = Eyes(board.show)
    for number in range(3):
        eyes.open(replace(ASKED, reply_to=str(number)))
    async with watching(board, eyes):
        assert await board.wait(2) == [("0", True), ("1", True)]
        await anyio.wait_all_tasks_blocked()
        eyes.close(replace(ASKED, reply_to="0"))
        eyes.close(replace(ASKED, reply_to="1"))
        assert await board.wait(3) == [("0", True), ("1", True), ("1", False)]


async def test_what_is_to_be_closed_is_closed_before_the_end() -> None:
    board = Board()
    async with watching(board) as eyes:
        eyes.open(ASKED)
        await board.wait(1)
        eyes.close(ASKED)
    assert board.shown == [("1", True), ("1", False)]


async def test_an_answer_closes_them_and_a_notice_does_not() -> None:
    board, frontend = Board(), RecordingFrontend()
    async with watching(board) as eyes:
        seen = Seen(frontend, eyes)
        answer = Parcel("p", "s", ASKED, datetime.now(UTC), "text", asked_at=datetime.now(UTC))
        eyes.open(ASKED)
        await board.wait(1)
        notice = replace(answer, id="n", session_id="")
        await seen.render(notice, ReplyStream.of(Final("notice")), MemoryNotes())
        await seen.render(answer, ReplyStream.of(Final("answer")), MemoryNotes())
        assert await board.wait(2) == [("1", True), ("1", False)]
    assert [each.text for each in frontend.shown] == ["notice", "answer"]
