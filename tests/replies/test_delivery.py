"""Delivery: late replies, outages, and whom they hold."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from sqlalchemy import select
from tests.figures import Figure

from picklebot.errors import DeliveryDelayedError
from picklebot.model.events import Final, ReplyEvent, TextDelta
from picklebot.model.message import Address
from picklebot.model.parcel import Parcel, ParcelState
from picklebot.ports.platform import Frontend, PartNotes
from picklebot.replies import chats, delivery
from picklebot.replies.delivery import Delivery
from picklebot.storage.database import Database
from picklebot.storage.outbox import SqlOutbox
from picklebot.storage.tables import outbox as table
from picklebot.testing.frontend import RecordingFrontend

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
outbox = SqlOutbox()


@dataclass
class Clock:
    """Stands still unless a test moves it."""

    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time


@dataclass
class Post:
    """A delivery on a database, with a platform that is the memory of the test."""

    database: Database
    delivery: Delivery
    frontend: RecordingFrontend

    async def owe(self, parcel: Parcel) -> None:
        await self.database.write(lambda tx: self.delivery.owe(tx, parcel))

    async def states(self) -> list[str]:
        return list(
            await self.database.read(
                lambda tx: (
                    tx.connection.execute(select(table.c.state).order_by(table.c.number)).scalars().all()
                )
            )
        )

    async def settled(self) -> None:
        with anyio.fail_after(20):
            while True:
                await self.delivery.flush()
                if not await self.database.read(outbox.owed_chats):
                    return
                await anyio.sleep(0.002)  # the end of a chat's pause


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chats, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(chats, "LONGEST_PAUSE", 0.002)


@asynccontextmanager
async def posting(
    path: Path,
    frontend: RecordingFrontend,
    clock: Clock | None = None,
    others: dict[str, Frontend] | None = None,
) -> AsyncGenerator[Post]:
    async with Database.open(f"sqlite:///{path}") as database:
        delivery = Delivery(database, outbox, {"memory": frontend, **(others or {})}, now=clock or Clock())
        async with anyio.create_task_group() as tasks:
            await tasks.start(delivery.run)
            yield Post(database, delivery, frontend)
            tasks.cancel_scope.cancel()


def parcel(name: str, chat: str = "1", *, session: str | None = None, text: str | None = None) -> Parcel:
    address = Address("memory", "bot", chat)
    return Parcel(name, f"s{chat}" if session is None else session, address, NOON, text or f"text of {name}")


@dataclass
class Outage:
    """Refuses to deliver to some chats, or to all, while it lasts."""

    chats: set[str] | None = None
    over: bool = False
    tries: list[str] = field(default_factory=list[str])

    def __call__(self, parcel: Parcel) -> Exception | None:
        if self.over or (self.chats is not None and parcel.address.chat_id not in self.chats):
            return None
        self.tries.append(parcel.address.chat_id)
        return DeliveryDelayedError("down", seconds=0.0)


@pytest.mark.requirement("P5")
async def test_a_reply_that_is_an_hour_late_becomes_a_line_and_fresher_ones_are_all_sent(
    tmp_path: Path, figure: Figure
) -> None:
    down = Outage()
    async with posting(tmp_path / "d.db", RecordingFrontend(down)) as post:
        for number in range(5):
            await post.owe(parcel(f"old {number}"))
        await post.owe(replace(parcel("fresh"), created_at=NOON + timedelta(minutes=90)))
        await post.owe(parcel("elsewhere", "2"))
    later = Clock(NOON + timedelta(hours=2))
    async with posting(tmp_path / "d.db", RecordingFrontend(), later) as post:
        await post.settled()
        shown = post.frontend.shown
        here = [it.text for it in shown if it.parcel.address.chat_id == "1"]
        figure("P5", "stale answers shown, of 6 owed for two hours", sum("text of old" in it for it in here))
        assert all("2 hours ago" in text and "text of" not in text for text in here[:3])
        assert here[3:] == ["text of fresh"]
        assert [it.parcel.id for it in shown if it.parcel.address.chat_id == "2"] == ["elsewhere"]
        assert await post.states() == [*[ParcelState.EXPIRED] * 5, ParcelState.SENT, ParcelState.EXPIRED]
        assert post.frontend.closed == ["old 3", "old 4"]  # nothing is said of these


@pytest.mark.requirement("P5")
async def test_a_reply_that_has_begun_to_show_is_brought_to_its_end_however_late(tmp_path: Path) -> None:
    begun = parcel("begun")
    async with Database.open(f"sqlite:///{tmp_path}/d.db") as database:
        await database.write(lambda tx: outbox.put(tx, begun))
        await database.write(lambda tx: outbox.note_posted(tx, begun, 0, "9"))
    async with posting(tmp_path / "d.db", RecordingFrontend(), Clock(NOON + timedelta(hours=9))) as post:
        await post.settled()
        [shown] = post.frontend.shown
        assert (shown.text, shown.parcel.posted) == ("text of begun", ("9",))


@pytest.mark.requirement("P5")
async def test_an_answer_to_an_old_message_opens_with_its_age(tmp_path: Path) -> None:
    async with posting(tmp_path / "d.db", RecordingFrontend()) as post:
        waited = replace(parcel("waited"), asked_at=NOON - timedelta(hours=3))
        stream = post.delivery.open(replace(waited, text=None))
        stream.push(TextDelta("text"))
        await post.database.write(lambda tx: outbox.put(tx, waited))
        stream.push(Final("text of waited"))
        await post.owe(replace(waited, id="notice", session_id=""))
        shown = {it.parcel.id: it.text for it in await post.frontend.wait(2)}
        assert shown["waited"] == "(You wrote this 3 hours ago.)\n\ntext of waited"
        assert shown["notice"].startswith("(You wrote this 3 hours ago.)")
        assert await post.database.read(lambda tx: outbox.text(tx, "waited")) == "text of waited"


@pytest.mark.requirement("P2")
@pytest.mark.usefixtures("short_pauses")
async def test_one_chats_outage_holds_nobody_else_and_loses_nothing(tmp_path: Path) -> None:
    down = Outage({"1"})
    async with posting(tmp_path / "d.db", RecordingFrontend(down)) as post:
        for number in range(40):
            await post.owe(parcel(f"p{number}", "1", session=f"s{number % 3}"))
            await post.owe(parcel(f"q{number}", "2"))
        shown = [it.parcel.id for it in await post.frontend.wait(40)]
        assert shown == [f"q{number}" for number in range(40)]
        assert down.tries
        down.over = True
        await post.settled()
        assert [it.parcel.id for it in post.frontend.shown[40:]] == [f"p{number}" for number in range(40)]


@pytest.mark.usefixtures("short_pauses")
async def test_a_platform_that_is_down_costs_a_note_for_each_chat_and_not_for_each_parcel(
    tmp_path: Path,
) -> None:
    down, healthy = Outage(), RecordingFrontend()
    async with posting(tmp_path / "d.db", RecordingFrontend(down), others={"up": healthy}) as post:
        async with anyio.create_task_group() as tasks:
            for number in range(600):
                tasks.start_soon(post.owe, parcel(f"p{number:03}", str(number % 300)))
        up = replace(parcel("up"), address=Address("up", "bot", "1"))
        await post.owe(up)
        await healthy.wait(1)
        assert len(post.delivery._chats) <= 301
        down.over = True
        await post.settled()
        assert len(post.frontend.shown) == 600
        assert len(post.delivery._chats) == 0


@pytest.mark.usefixtures("short_pauses")
async def test_a_chat_that_fails_pauses_as_a_whole(tmp_path: Path) -> None:
    """Not each of its parcels for itself."""
    down = Outage()
    async with posting(tmp_path / "d.db", RecordingFrontend(down)) as post:
        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(post.owe, parcel(f"p{number}", session=f"s{number}"))
        first = {it.id for it in post.frontend.rendering}
        down.over = True
        await post.settled()
        assert len(first) <= 1


async def test_a_reply_is_shown_while_it_is_written_beside_another_session_of_its_chat(
    tmp_path: Path,
) -> None:
    async with posting(tmp_path / "d.db", RecordingFrontend()) as post:
        slow = post.delivery.open(replace(parcel("slow", session="a"), text=None))
        quick = post.delivery.open(replace(parcel("quick", session="b"), text=None))
        await post.frontend.wait_rendering(2)
        for stream, name in ((quick, "quick"), (slow, "slow")):
            done = parcel(name, session=name[0])
            await post.database.write(lambda tx, done=done: outbox.put(tx, done))
            stream.push(Final(f"text of {name}"))
        assert [it.parcel.id for it in await post.frontend.wait(2)] == ["quick", "slow"]


async def test_what_does_not_fit_beside_others_is_delivered_when_it_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MOST_LIVE", 1)
    async with posting(tmp_path / "d.db", RecordingFrontend()) as post:
        first = post.delivery.open(replace(parcel("first", "1"), text=None))
        await post.frontend.wait_rendering(1)
        second, third = (
            post.delivery.open(replace(parcel(name, name), text=None)) for name in ("second", "third")
        )
        await post.database.write(lambda tx: outbox.put(tx, parcel("second", "second")))
        second.push(Final("text of second"))
        assert [it.parcel.id for it in await post.frontend.wait(1)] == ["second"]
        first.abandon()
        await post.frontend.wait_rendering(3)
        third.abandon()
        with anyio.fail_after(5):
            await post.delivery.flush()


async def test_a_reply_that_was_left_and_is_begun_again_goes_on_in_its_message(tmp_path: Path) -> None:
    class Noting(RecordingFrontend):
        async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:
            if not parcel.posted:
                await notes.note_sending(0)
                await notes.note_posted(0, "9")
            await super().render(parcel, events, notes)

    async with posting(tmp_path / "d.db", Noting()) as post:
        again = parcel("again")
        first = post.delivery.open(replace(again, text=None))
        await post.frontend.wait_rendering(1)
        first.abandon()
        second = post.delivery.open(replace(again, text=None))
        await post.database.write(lambda tx: outbox.put(tx, again))
        second.push(Final("text of again"))
        [shown] = await post.frontend.wait(1)
        assert shown.parcel.posted == ("9",)
