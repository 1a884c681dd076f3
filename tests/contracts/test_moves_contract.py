"""What is kept under a chat's id, and under another one afterwards."""

from __future__ import annotations

from dataclasses import replace

from tests.storage.samples import make_address, make_parcel, make_session

from picklebot.model.moved import Moved
from picklebot.model.parcel import Parcel
from picklebot.ports.moves import MoveStore
from picklebot.ports.storage import Binding, Origin
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.moves import SqlMoves
from picklebot.storage.outbox import SqlOutbox
from picklebot.storage.sessions import SqlSessions

moves: MoveStore = SqlMoves()
bindings, outbox, sessions = SqlBindings(), SqlOutbox(), SqlSessions()
MOVED = Moved("u1", "telegram", "7", "-55", "-10055")


async def bind(database: Database, *keys: str, platform: str = "telegram") -> None:
    for key in keys:
        await database.write(
            lambda tx, key=key: bindings.put(tx, platform, key, Binding("s1", Origin.SERVICE))
        )


async def owed(database: Database, chat: str) -> list[Parcel]:
    return list(await database.read(lambda tx: outbox.owed(tx, f"telegram:7:{chat}", 100)))


async def test_the_keys_of_a_chat_are_found_and_of_no_other(database: Database) -> None:
    await bind(database, "1@-55", "@-55#3", "@-55", "1@-155", "1@-555", "-55", "1@-5_5")
    await bind(database, "9@-55", platform="discord")
    await database.write(lambda tx: sessions.create(tx, make_session("s2", speaker="2@-55")))
    found = await database.read(lambda tx: moves.keys(tx, "telegram", "-55"))
    assert sorted(found) == ["1@-55", "2@-55", "@-55", "@-55#3"]
    assert await database.read(lambda tx: moves.keys(tx, "telegram", "-4")) == []


async def test_sessions_are_handed_over(database: Database) -> None:
    for number, speaker in enumerate(("1@-55", "1@-55", "2@-55")):
        session = make_session(f"s{number}", speaker=speaker)
        await database.write(lambda tx, session=session: sessions.create(tx, session))
    await database.write(lambda tx: moves.hand_over(tx, "telegram", "1@-55", "1@-10055"))
    found = await database.read(lambda tx: sessions.find(tx, speaker="1@-10055"))
    assert {session.id for session in found} == {"s0", "s1"}


async def test_what_is_owed_goes_to_the_new_chat_as_new_messages(database: Database) -> None:
    there = replace(make_address("-55"), interaction=None)
    here, other = (
        make_parcel("a", "text", address=there),
        make_parcel("b", "text", address=make_address("-4")),
    )
    for parcel in (here, other):
        await database.write(lambda tx, parcel=parcel: outbox.put(tx, parcel))
        await database.write(lambda tx, parcel=parcel: outbox.note_posted(tx, parcel, 0, "77"))
    for _ in range(2):
        await database.write(lambda tx: moves.readdress(tx, MOVED))
    [moved] = await owed(database, "-55")
    assert moved.address == replace(there, chat_id="-10055", thread_id=None, reply_to=None)
    assert moved.posted == ()
    [left] = await owed(database, "-4")
    assert left.address == other.address
    assert left.posted == ("77",)
