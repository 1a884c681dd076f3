"""What is kept about one speaker, on every database."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest
from sqlalchemy import select
from tests.storage.samples import NOON, after, make_job, make_keys, make_parcel, make_session, said

from picklebot.config.workspace import Workspace
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.job import Job
from picklebot.model.message import Attachment, Part, Quote, Sender
from picklebot.model.parcel import ParcelState
from picklebot.model.person import Identity
from picklebot.ports.records import Records, Spent
from picklebot.ports.storage import Binding, InboxState, Origin, Transaction
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.file_links import SqlFileLinks
from picklebot.storage.history import SqlHistory
from picklebot.storage.inbox import SqlInbox
from picklebot.storage.leavings import Leavings
from picklebot.storage.media import MediaFolder
from picklebot.storage.messages import SqlMessages
from picklebot.storage.outbox import SqlOutbox
from picklebot.storage.records import SqlRecords
from picklebot.storage.results import ResultsFolder
from picklebot.storage.sessions import SqlSessions
from picklebot.storage.tables import inbox

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


@pytest.mark.requirement("B8")
async def test_nothing_that_came_with_a_question_is_kept(database: Database) -> None:
    """What it replies to, the messages that it came in, who wrote first what it passes on, what a summary is for."""
    came = Part("p" * 32, "secret", (Attachment("photo", "secret"),), (Quote("secret", "secret"),), "secret")
    job = make_job(
        "0" * 32,
        "s1",
        text="secret",
        sender=Sender("1", "secret", memberships=("role:secret",)),
        attachments=came.attachments,
        quotes=came.quotes,
        parts=(came,),
        origin="secret",
        sums_up="secret",
    )
    await database.write(lambda tx: SqlInbox().add(tx, make_keys("0"), job, InboxState.DONE))
    await database.write(lambda tx: records.forget(tx, ANN, ""))
    [kept] = await database.read(lambda tx: tx.connection.execute(select(inbox.c.job)).scalars().all())
    assert "secret" not in kept
    assert Job.load(json.loads(kept)).id == job.id


@pytest.mark.requirement("S3.3")
async def test_the_files_of_what_was_forgotten_follow_it(database: Database, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    results, media = ResultsFolder(workspace.results), MediaFolder(workspace.media)
    await database.write(furnish)
    links = {}
    for session_id in KEYS:
        await results.write(session_id, "a/b", b"x")
        await media.keep(session_id, "photo", b"x")
        links[session_id] = await database.write(
            lambda tx, it=session_id: SqlFileLinks().offer(tx, it, "a/b", after(60))
        )
    forgetting = SqlRecords()
    leavings = Leavings(database, (results, media), forgetting.removed)
    await leavings.sweep()
    assert left(workspace) == {*KEYS}
    await database.write(lambda tx: forgetting.forget(tx, ANN, ""))
    found = [
        await database.read(lambda tx, it=it: SqlFileLinks().find(tx, it, NOON)) for it in links.values()
    ]
    assert found == [None, None, ("s3", "a/b"), ("s4", "a/b")]
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(leavings.run)
            await anyio.wait_all_tasks_blocked()
            assert left(workspace) == {*KEYS}, "the process died before it got to them"
            await leavings.sweep()
            assert left(workspace) == {"s3", "s4"}
            tasks.cancel_scope.cancel()
    await leavings.sweep()


async def test_files_that_cannot_be_removed_are_removed_later(database: Database, tmp_path: Path) -> None:
    workspace, records = Workspace(tmp_path), SqlRecords()
    results, troubles = ResultsFolder(workspace.results), [OSError("busy"), None]

    class Stubborn:
        async def remove(self, session_id: str) -> None:
            if (trouble := troubles.pop(0)) is not None:
                raise trouble
            await results.remove(session_id)

    await database.write(lambda tx: SqlSessions().create(tx, make_session("s1")))
    await results.write("s1", "a", b"x")
    leavings = Leavings(database, [Stubborn()], records.removed)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(leavings.run)
        await anyio.wait_all_tasks_blocked()
        await database.write(lambda tx: records.forget(tx, ANN, ""))
        with anyio.fail_after(10):
            while len(troubles) == 2:
                await anyio.lowlevel.checkpoint()
        assert (workspace.results("s1") / "a").exists()
        await leavings.sweep()
        await leavings.sweep()
        tasks.cancel_scope.cancel()
    assert troubles == []
    assert not workspace.results("s1").exists()


def left(workspace: Workspace) -> set[str]:
    """The sessions that have files."""
    folders = (workspace.data / "results", workspace.media)
    found = [{it.name for it in folder.iterdir()} for folder in folders]
    assert found[0] == found[1]
    return found[0]
