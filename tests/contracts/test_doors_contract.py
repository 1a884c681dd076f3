"""Who waits to be let in, and the edits that the operators' file lacks."""

from __future__ import annotations

from datetime import timedelta

from tests.storage.samples import NOON

from picklebot.model.pairing import Pending, digest_of
from picklebot.ports.doors import ListEdit, ListEdits, PairingStore
from picklebot.storage.database import Database
from picklebot.storage.doors import SqlListEdits, SqlPairings

pairings: PairingStore = SqlPairings()
ANN = Pending("telegram", "1", "Ann 🥒", digest_of("ABCD", "telegram", "1"), NOON)
BOB = Pending("discord", "1", "Bob", digest_of("EFGH", "discord", "1"), NOON + timedelta(minutes=1))


async def test_who_waits_is_known_until_their_code_is_over(database: Database) -> None:
    for each in (BOB, ANN):
        await database.write(lambda tx, each=each: pairings.put(tx, each))
    before, after = NOON - timedelta(seconds=1), NOON
    assert await database.read(lambda tx: pairings.pending(tx, before)) == [ANN, BOB]
    assert await database.read(lambda tx: pairings.pending(tx, after)) == [BOB]


async def test_a_new_code_takes_the_place_of_the_old_one(database: Database) -> None:
    again = Pending("telegram", "1", "Ann", digest_of("new", "telegram", "1"), BOB.until)
    for each in (ANN, BOB, again):
        await database.write(lambda tx, each=each: pairings.put(tx, each))
    start = NOON - timedelta(hours=1)
    assert again in await database.read(lambda tx: pairings.pending(tx, start))
    await database.write(lambda tx: pairings.remove(tx, "telegram", "1"))
    assert await database.read(lambda tx: pairings.pending(tx, start)) == [BOB]


async def test_edits_are_owed_in_order_until_they_are_written(database: Database) -> None:
    edits: ListEdits = SqlListEdits()
    one, two, three = (ListEdit(("operators", "telegram"), item, item != "2") for item in "123")
    changed = edits.changed
    await database.write(lambda tx: edits.add(tx, [one, two]))
    assert changed.is_set()
    owed = await database.read(edits.owed)
    assert [edit for _, edit in owed] == [one, two]
    await database.write(lambda tx: edits.add(tx, [three]))
    await database.write(lambda tx: edits.written(tx, owed[-1][0]))
    assert [edit for _, edit in await database.read(edits.owed)] == [three]


def test_a_code_is_read_as_people_write_it() -> None:
    digests = {digest_of(code, "telegram", "1") for code in ("ABCDEFGH", "abcd-efgh", " ABCD EFGH ")}
    assert len(digests) == 1
    assert digest_of("ABCDEFGH", "telegram", "2") not in digests
