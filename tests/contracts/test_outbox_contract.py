"""What is owed to chats, and which notices were given."""

from __future__ import annotations

from dataclasses import replace

from tests.storage.samples import NOON, after, make_parcel

from picklebot.model.parcel import Parcel, ParcelState
from picklebot.ports.storage import NoticeLog, Outbox
from picklebot.storage.database import Database
from picklebot.storage.notices import SqlNotices
from picklebot.storage.outbox import SqlOutbox

outbox: Outbox = SqlOutbox()
notices: NoticeLog = SqlNotices()


async def owed(database: Database) -> list[Parcel]:
    return list(await database.read(outbox.owed))


async def test_complete_parcels_are_owed_oldest_first(database: Database) -> None:
    late = make_parcel("a", "late", created_at=after(9))
    early, twin = make_parcel("z", "early"), make_parcel("b", "as early")
    for parcel in (late, early, twin, make_parcel("open")):
        await database.write(lambda tx, parcel=parcel: outbox.put(tx, parcel))
    assert await owed(database) == [early, twin, late]


async def test_what_arrived_or_never_can_is_owed_no_more(database: Database) -> None:
    for name, state in (("a", ParcelState.SENT), ("b", ParcelState.PARKED)):
        await database.write(lambda tx, name=name: outbox.put(tx, make_parcel(name, "text")))
        await database.write(lambda tx, name=name, state=state: outbox.settle(tx, name, state))
    assert await owed(database) == []


async def test_a_completed_parcel_keeps_what_was_posted(database: Database) -> None:
    parcel = make_parcel("a")
    await database.write(lambda tx: outbox.note_posted(tx, parcel, 0, "901"))
    assert await owed(database) == []
    await database.write(lambda tx: outbox.note_posted(tx, parcel, 1, "902"))
    complete = replace(parcel, text="all of it")
    await database.write(lambda tx: outbox.put(tx, complete))
    assert await owed(database) == [replace(complete, posted=("901", "902"))]
    assert await database.read(lambda tx: outbox.posted(tx, "a")) == ("901", "902")


async def test_a_part_that_was_posted_anew_has_the_newer_message(database: Database) -> None:
    parcel = make_parcel("a", "text")
    await database.write(lambda tx: outbox.put(tx, parcel))
    for message_id in ("901", "905"):
        await database.write(lambda tx, message_id=message_id: outbox.note_posted(tx, parcel, 0, message_id))
    assert await owed(database) == [replace(parcel, posted=("905",))]


async def test_a_note_does_not_take_a_text_back(database: Database) -> None:
    await database.write(lambda tx: outbox.put(tx, make_parcel("a", "text")))
    await database.write(lambda tx: outbox.note_posted(tx, make_parcel("a"), 0, "901"))
    assert [parcel.text for parcel in await owed(database)] == ["text"]


async def test_a_parcel_may_come_with_what_was_posted(database: Database) -> None:
    parcel = make_parcel("a", "text", posted=("1", "2"))
    await database.write(lambda tx: outbox.put(tx, parcel))
    assert await owed(database) == [parcel]


async def test_nothing_is_posted_of_an_unknown_parcel(database: Database) -> None:
    assert await database.read(lambda tx: outbox.posted(tx, "a")) == ()


async def test_a_notice_is_due_once_in_its_time(database: Database) -> None:
    async def due(subject: str, seconds: float) -> bool:
        return await database.write(lambda tx: notices.due(tx, subject, after(seconds), 60))

    assert after(0) == NOON
    assert [await due("a", at) for at in (0, 59, 60, 61, 130)] == [True, False, True, False, True]
    assert await due("b", 61)


async def test_the_text_of_a_parcel_outlives_its_delivery(database: Database) -> None:
    async def text() -> str | None:
        return await database.read(lambda tx: outbox.text(tx, "a"))

    assert await text() is None
    await database.write(lambda tx: outbox.note_posted(tx, make_parcel("a"), 0, "901"))
    assert await text() is None
    await database.write(lambda tx: outbox.put(tx, make_parcel("a", "all of it")))
    await database.write(lambda tx: outbox.settle(tx, "a", ParcelState.SENT))
    assert await text() == "all of it"
