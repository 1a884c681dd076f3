"""What is kept about one speaker, on every database."""

from __future__ import annotations

from tests.storage.samples import NOON, after, make_job, make_keys, make_parcel, make_session, said

from picklebot.model.history import HistoryMessage, Role
from picklebot.model.message import Sender
from picklebot.model.parcel import ParcelState
from picklebot.model.person import Identity
from picklebot.ports.records import Records, Spent
from picklebot.ports.storage import Binding, InboxState, Origin, Transaction
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.history import SqlHistory
from picklebot.storage.inbox import SqlInbox
from picklebot.storage.messages import SqlMessages
from picklebot.storage.outbox import SqlOutbox
from picklebot.storage.records import SqlRecords
from picklebot.storage.sessions import SqlSessions

records: Records = SqlRecords()
ANN = Identity("telegram", "1")
KEYS = {"s1": "1", "s2": "1@-9#5", "s3": "12", "s4": "@-9"}


def furnish(tx: Transaction) -> None:
    """Two conversations of Ann's, one of another, and one that is shared."""
    for number, (session_id, key) in enumerate(KEYS.items()):
        turn = f"{number}" * 32
        sender = Sender(key.partition("@")[0], "A name")
        SqlSessions().create(tx, make_session(session_id, speaker=key, created_at=after(number)))
        SqlBindings().put(tx, "telegram", key, Binding(session_id, Origin.SERVICE))
        SqlInbox().add(tx, make_keys(f"{number}"), make_job(turn, session_id, sender=sender), InboxState.DONE)
        answer = HistoryMessage(Role.ASSISTANT, "ho", NOON, turn=turn, input_tokens=10, output_tokens=2)
        SqlHistory().append(tx, session_id, [said("hi", turn), answer])
        parcel = make_parcel(turn, "ho", session_id=session_id)
        SqlOutbox().put(tx, parcel)
        SqlOutbox().note_posted(tx, parcel, 0, "901")
        SqlOutbox().settle(tx, parcel, ParcelState.SENT, NOON)


async def test_a_speaker_is_known_in_all_their_chats_and_nobody_else_is(database: Database) -> None:
    await database.write(furnish)
    found = await database.read(lambda tx: records.conversations(tx, ANN))
    assert sorted(session.id for session in found) == ["s1", "s2"]
    assert sorted(await database.read(lambda tx: records.keys(tx, ANN))) == ["1", "1@-9#5"]
    assert await database.read(lambda tx: records.spent(tx, [ANN], NOON)) == Spent(2, 20, 4)
    assert await database.read(lambda tx: records.spent(tx, [ANN], after(1))) == Spent(0, 0, 0)


async def test_what_was_taken_back_is_on_record(database: Database) -> None:
    await database.write(furnish)
    await database.write(lambda tx: SqlHistory().take_back(tx, "s1", "0" * 32))
    assert not await database.read(lambda tx: SqlHistory().messages(tx, "s1"))
    rows = await database.read(lambda tx: list(records.said(tx, "s1")))
    assert [row.text for row in rows] == ["ho", "hi"]
    assert await database.read(lambda tx: records.spent(tx, [ANN], NOON)) == Spent(2, 20, 4)


async def test_only_the_speakers_own_is_forgotten(database: Database) -> None:
    await database.write(furnish)
    assert await database.write(lambda tx: records.forget(tx, ANN, "")) == 2
    left = await database.read(SqlSessions().find)
    assert sorted(session.id for session in left) == ["s3", "s4"]
    kept = {row.id: row for row in await database.read(SqlMessages().find)}
    assert [(kept[n * 32].text, kept[n * 32].speaker) for n in "0123"] == [
        ("", ""),
        ("", ""),
        ("hello", "12"),
        ("hello", ""),
    ]
    assert await database.read(lambda tx: SqlInbox().seen(tx, make_keys("0")))
    texts = [await database.read(lambda tx, n=n: SqlOutbox().text(tx, n * 32)) for n in "0123"]
    assert texts == [None, None, "ho", "ho"]
