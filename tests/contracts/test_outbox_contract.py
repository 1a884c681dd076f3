"""What is owed to chats, and which notices were given."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from tests.storage.samples import NOON, after, make_address, make_parcel

from picklebot.model.choice import Button
from picklebot.model.enclosure import Enclosure
from picklebot.model.parcel import CALL, FILES, STATUS, Parcel, ParcelState
from picklebot.ports.storage import NoticeLog, Outbox
from picklebot.storage import tables
from picklebot.storage.database import Database
from picklebot.storage.notices import SqlNotices
from picklebot.storage.outbox import SqlOutbox

outbox: Outbox = SqlOutbox()
notices: NoticeLog = SqlNotices()
CHAT = make_parcel("x").chat


async def owed(database: Database, chat: str = CHAT) -> list[Parcel]:
    return list(await database.read(lambda tx: outbox.owed(tx, chat, 100)))


async def parts(database: Database, parcel: Parcel) -> Parcel:
    return await database.read(lambda tx: outbox.parts(tx, parcel))


async def states(database: Database) -> list[str]:
    table = tables.outbox
    work = select(table.c.state).order_by(table.c.number)
    return list(await database.read(lambda tx: tx.connection.execute(work).scalars().all()))


async def test_complete_parcels_are_owed_in_the_order_in_which_they_came(database: Database) -> None:
    """Whatever the clock says, which may jump."""
    late = make_parcel("a", "late", created_at=after(9), asked_at=NOON)
    early, twin = make_parcel("z", "early"), make_parcel("b", "as early")
    for parcel in (late, early, twin, make_parcel("open")):
        await database.write(lambda tx, parcel=parcel: outbox.put(tx, parcel))
    assert await owed(database) == [late, early, twin]
    assert len(await database.read(lambda tx: outbox.owed(tx, CHAT, 2))) == 2


@pytest.mark.requirement("P9")
@pytest.mark.requirement("S0.11")
async def test_what_was_begun_before_has_its_place_by_its_end(database: Database) -> None:
    """A line that a message waits makes its parcel long before those of the answers that come first."""
    waited, first = make_parcel("a"), make_parcel("b", "first")
    await database.write(lambda tx: outbox.note_posted(tx, waited, STATUS, "900"))
    await database.write(lambda tx: outbox.note_sending(tx, make_parcel("c"), 0))
    for parcel in (
        first,
        replace(waited, text="second"),
        make_parcel("c", "third"),
        make_parcel("d", "last"),
    ):
        await database.write(lambda tx, parcel=parcel: outbox.put(tx, parcel))
    assert [parcel.text for parcel in await owed(database)] == ["first", "second", "third", "last"]


async def test_buttons_stay_with_what_is_owed(database: Database) -> None:
    buttons = ((Button("Yes", "h1"), Button("Später 🕰", "h2")), (Button("No", "h3"),))
    asking = make_parcel("a", "Shall I?", buttons=buttons)
    await database.write(lambda tx: outbox.put(tx, asking))
    assert await owed(database) == [asking]


async def test_each_chat_is_owed_its_own(database: Database) -> None:
    here, there = make_parcel("a", "here"), make_parcel("b", "there", address=make_address("77"))
    for parcel in (there, here):
        await database.write(lambda tx, parcel=parcel: outbox.put(tx, parcel))
    assert await database.read(outbox.owed_chats) == [there.chat, here.chat]
    assert await owed(database, there.chat) == [there]


@pytest.mark.parametrize("end", [ParcelState.SENT, ParcelState.PARKED, ParcelState.EXPIRED])
async def test_what_came_to_an_end_is_owed_no_more(database: Database, end: ParcelState) -> None:
    await database.write(lambda tx: outbox.put(tx, make_parcel("a", "text")))
    await database.write(lambda tx: outbox.settle(tx, make_parcel("a"), end, NOON))
    assert await owed(database) == []
    assert await database.read(outbox.owed_chats) == []
    assert await states(database) == [end]


async def test_a_completed_parcel_keeps_what_was_posted(database: Database) -> None:
    parcel = make_parcel("a")
    await database.write(lambda tx: outbox.note_sending(tx, parcel, 0))
    await database.write(lambda tx: outbox.note_posted(tx, parcel, 0, "901"))
    assert await owed(database) == []
    await database.write(lambda tx: outbox.note_posted(tx, parcel, 1, "902"))
    complete = replace(parcel, text="all of it", created_at=after(5), asked_at=NOON)
    await database.write(lambda tx: outbox.put(tx, complete))
    assert await owed(database) == [replace(complete, posted=("901", "902"))]


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


@pytest.mark.requirement("S0.12")
async def test_the_message_that_stands_for_a_reply_is_known_and_is_no_part_of_it(database: Database) -> None:
    parcel = make_parcel("a")
    for message_id in ("900", "905"):
        await database.write(
            lambda tx, message_id=message_id: outbox.note_posted(tx, parcel, STATUS, message_id)
        )
    await database.write(lambda tx: outbox.note_posted(tx, parcel, 0, "907"))
    assert await database.read(lambda tx: outbox.has(tx, "a"))
    assert await parts(database, parcel) == replace(parcel, posted=("907",), status="905")


async def test_what_stands_for_a_reply_may_come_to_show_it(database: Database) -> None:
    parcel = make_parcel("a")
    await database.write(lambda tx: outbox.note_posted(tx, parcel, STATUS, "900"))
    await database.write(lambda tx: outbox.adopt(tx, parcel))
    assert await parts(database, parcel) == replace(parcel, posted=("900",))
    begun = make_parcel("b")
    await database.write(lambda tx: outbox.note_posted(tx, begun, STATUS, "901"))
    await database.write(lambda tx: outbox.note_posted(tx, begun, 0, "902"))
    for each in (begun, make_parcel("c")):
        await database.write(lambda tx, each=each: outbox.adopt(tx, each))
    assert await parts(database, begun) == replace(begun, posted=("902",), status="901")


@pytest.mark.requirement("S0.12")
async def test_a_call_is_owed_until_one_was_begun(database: Database) -> None:
    parcel = make_parcel("a", "text", calls=True)
    await database.write(lambda tx: outbox.put(tx, parcel))
    assert await owed(database) == [parcel]
    await database.write(lambda tx: outbox.note_sending(tx, parcel, CALL))
    assert await owed(database) == [replace(parcel, calls=False)]
    await database.write(lambda tx: outbox.note_not_sent(tx, "a", CALL))
    assert await owed(database) == [parcel]
    await database.write(lambda tx: outbox.note_sending(tx, parcel, CALL))
    await database.write(outbox.recover)
    assert await owed(database) == [replace(parcel, calls=False)]
    await database.write(lambda tx: outbox.put(tx, parcel))
    assert await owed(database) == [replace(parcel, calls=False)]


@pytest.mark.requirement("S3.3")
async def test_files_are_owed_with_their_answer_and_each_until_it_arrived(database: Database) -> None:
    files = (Enclosure("notes/ü.md", 5), Enclosure("b", 10**10))
    await database.write(lambda tx: outbox.note_posted(tx, make_parcel("a"), 0, "901"))
    parcel = make_parcel("a", "text", files=files)
    await database.write(lambda tx: outbox.put(tx, parcel))
    assert await owed(database) == [replace(parcel, posted=("901",))]
    for note in (outbox.note_sending, outbox.note_sending):
        await database.write(lambda tx, note=note: note(tx, parcel, FILES))
    first = replace(files[0], begun=True, interrupted=1)
    assert (await owed(database))[0].files == (first, files[1])
    await database.write(lambda tx: outbox.note_uncertain(tx, "a", FILES))
    assert (await owed(database))[0].files == (replace(first, interrupted=2), files[1])
    await database.write(lambda tx: outbox.note_sending(tx, parcel, FILES - 1))
    await database.write(lambda tx: outbox.note_posted(tx, parcel, FILES - 1, "902"))
    await database.write(lambda tx: outbox.note_sending(tx, parcel, FILES))
    await database.write(lambda tx: outbox.note_not_sent(tx, "a", FILES))
    [found] = await owed(database)
    second = replace(files[1], begun=True, arrived=True)
    assert found.files == (replace(first, interrupted=2), second)
    assert (found.posted, found.uncertain, found.status) == (("901",), frozenset(), None)


@pytest.mark.requirement("P4")
async def test_a_start_knows_which_file_was_being_sent(database: Database) -> None:
    parcel = make_parcel("a", "text", files=(Enclosure("a", 1), Enclosure("b", 1)))
    await database.write(lambda tx: outbox.put(tx, parcel))
    await database.write(lambda tx: outbox.note_sending(tx, parcel, FILES - 1))
    await database.write(outbox.recover)
    [found] = await owed(database)
    assert [(it.begun, it.interrupted, it.arrived) for it in found.files] == [
        (False, 0, False),
        (True, 1, False),
    ]


async def test_nothing_is_posted_of_an_unknown_parcel(database: Database) -> None:
    assert await parts(database, make_parcel("a")) == make_parcel("a")


@pytest.mark.requirement("P4")
async def test_what_is_being_sent_is_uncertain_until_its_end_is_noted(database: Database) -> None:
    parcel = make_parcel("a", "text")
    await database.write(lambda tx: outbox.put(tx, parcel))
    await database.write(lambda tx: outbox.note_sending(tx, parcel, 0))
    assert await parts(database, parcel) == replace(parcel, uncertain=frozenset({0}))
    await database.write(lambda tx: outbox.note_not_sent(tx, "a", 0))
    assert await parts(database, parcel) == parcel
    await database.write(lambda tx: outbox.note_sending(tx, parcel, 0))
    await database.write(lambda tx: outbox.note_posted(tx, parcel, 0, "9"))
    assert await parts(database, parcel) == replace(parcel, posted=("9",))


@pytest.mark.requirement("P4")
async def test_what_may_have_been_sent_stays_in_doubt_also_when_it_was_sent_again(database: Database) -> None:
    """So its mark is not edited away."""
    parcel = make_parcel("a", "text")
    await database.write(lambda tx: outbox.put(tx, parcel))
    await database.write(lambda tx: outbox.note_sending(tx, parcel, 0))
    await database.write(lambda tx: outbox.note_uncertain(tx, "a", 0))
    assert await states(database) == [ParcelState.UNCERTAIN]
    await database.write(lambda tx: outbox.note_sending(tx, parcel, 0))
    await database.write(lambda tx: outbox.note_posted(tx, parcel, 0, "9"))
    assert await owed(database) == [replace(parcel, posted=("9",), uncertain=frozenset({0}))]


@pytest.mark.requirement("P4")
async def test_a_start_knows_what_was_being_sent(database: Database) -> None:
    owing, written, arrived = make_parcel("a", "text"), make_parcel("b"), make_parcel("c", "text")
    for parcel in (owing, arrived):
        await database.write(lambda tx, parcel=parcel: outbox.put(tx, parcel))
    for parcel in (owing, written, arrived):
        await database.write(lambda tx, parcel=parcel: outbox.note_sending(tx, parcel, 0))
    await database.write(lambda tx: outbox.settle(tx, arrived, ParcelState.SENT, NOON))
    assert await database.write(outbox.recover) == ["b"]
    assert await states(database) == [ParcelState.UNCERTAIN, ParcelState.SENT, ParcelState.OPEN]
    for parcel in (owing, written):
        assert (await parts(database, parcel)).uncertain == {0}


@pytest.mark.requirement("P5")
async def test_a_chat_is_granted_so_many_lines_in_a_time_and_a_parcel_keeps_its_own(
    database: Database,
) -> None:
    parcels = [make_parcel(name, "text") for name in "abcd"]
    elsewhere = make_parcel("e", "text", address=make_address("77"))

    async def granted(parcel: Parcel, seconds: float = 0) -> bool:
        return await database.write(
            lambda tx: outbox.grant_line(tx, parcel, after(seconds), most=3, every=60)
        )

    for parcel in (*parcels, elsewhere):
        await database.write(lambda tx, parcel=parcel: outbox.put(tx, parcel))
    assert [await granted(parcel) for parcel in parcels] == [True, True, True, False]
    assert [await granted(parcel) for parcel in (parcels[0], elsewhere)] == [True, True]
    assert await granted(parcels[3], 61)


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
    await database.write(lambda tx: outbox.settle(tx, make_parcel("a"), ParcelState.SENT, NOON))
    assert await text() == "all of it"
