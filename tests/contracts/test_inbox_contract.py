"""What was accepted, and what became of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.storage.samples import make_job, make_keys

from picklebot.errors import EndedError
from picklebot.model.job import Job
from picklebot.ports.storage import Beginning, DedupeKeys, Inbox, InboxState
from picklebot.storage.database import Database
from picklebot.storage.inbox import SqlInbox

inbox: Inbox = SqlInbox()


async def add(database: Database, job: Job, keys: DedupeKeys | None = None) -> None:
    await database.write(lambda tx: inbox.add(tx, keys or make_keys(job.id), job))


async def unfinished(database: Database) -> list[Job]:
    return await database.read(lambda tx: list(inbox.unfinished(tx)))


@pytest.mark.parametrize(
    ("update", "message", "seen"), [("1", "other", True), ("other", "m1", True), ("other", "other", False)]
)
async def test_either_key_tells_a_redelivery(
    database: Database, update: str, message: str, seen: bool
) -> None:
    await add(database, make_job("j1"), make_keys("1", "m1"))
    assert await database.read(lambda tx: inbox.seen(tx, make_keys(update, message))) is seen


async def test_keys_are_told_apart_by_every_part(database: Database) -> None:
    await add(database, make_job("j1"), DedupeKeys(("a", "b|c", "d"), ("a", "b", "c", "d")))
    for other in (("a", "b", "c|d"), ("a|b", "c", "d"), ("A", "b|c", "d")):
        keys = DedupeKeys(other, (*other, "d"))
        assert not await database.read(lambda tx, keys=keys: inbox.seen(tx, keys))


async def test_unfinished_jobs_come_in_the_order_of_arrival(database: Database) -> None:
    jobs = [make_job(name) for name in ("z", "a", "m", "b")]
    for job in jobs:
        await add(database, job)
    await database.write(lambda tx: inbox.finish(tx, "m", InboxState.DONE))
    await database.write(lambda tx: inbox.start(tx, "a"))
    await database.write(lambda tx: inbox.finish(tx, "b", InboxState.FAILED, "ValueError"))
    assert await unfinished(database) == [jobs[0], replace(jobs[1], attempt=1)]


async def test_each_beginning_is_counted(database: Database) -> None:
    job = make_job("j1")
    await add(database, job)
    for attempt in (1, 2, 3):
        assert await database.write(lambda tx: inbox.start(tx, "j1")) == Beginning(attempt)
        assert await unfinished(database) == [replace(job, attempt=attempt)]


async def test_an_unknown_job_cannot_begin(database: Database) -> None:
    with pytest.raises(EndedError, match="j9"):
        await database.write(lambda tx: inbox.start(tx, "j9"))


async def test_the_first_end_counts(database: Database) -> None:
    await add(database, make_job("j1"))
    await database.write(lambda tx: inbox.finish(tx, "j1", InboxState.DONE))
    await database.write(lambda tx: inbox.finish(tx, "j1", InboxState.FAILED, "late"))
    state = await database.read(
        lambda tx: tx.connection.exec_driver_sql("SELECT state, reason FROM inbox").one()
    )
    assert tuple(state) == ("done", "")


async def test_what_was_done_at_once_is_seen_and_not_unfinished(database: Database) -> None:
    keys = make_keys("1")
    await database.write(lambda tx: inbox.add(tx, keys, make_job("j1"), InboxState.DONE))
    assert await database.read(lambda tx: inbox.seen(tx, keys))
    assert await unfinished(database) == []


async def test_a_job_keeps_the_very_text_that_came(database: Database) -> None:
    job = make_job("j1", text="a\0b \ud800 \U0001f952" + "x" * 60_000)
    await add(database, job, DedupeKeys(("a\0", "\ud800", "c"), ("d", "e", "\0", "f")))
    assert await unfinished(database) == [job]


async def test_a_message_is_found_by_its_own_mark(database: Database) -> None:
    keys = make_keys("1", "m1")
    await add(database, make_job("j1"), keys)
    assert await database.read(lambda tx: inbox.find(tx, keys.message)) == ("j1", InboxState.ACCEPTED)
    await database.write(lambda tx: inbox.finish(tx, "j1", InboxState.DONE))
    assert await database.read(lambda tx: inbox.find(tx, keys.message)) == ("j1", InboxState.DONE)
    assert await database.read(lambda tx: inbox.find(tx, (*keys.update, "m1"))) is None


@pytest.mark.requirement("P3")
@pytest.mark.parametrize(("update", "message"), [("1", "m9"), ("9", "m1")])
async def test_a_message_is_kept_once_under_either_key(database: Database, update: str, message: str) -> None:
    first, again = make_job("j1"), make_job("j2")
    assert await database.write(lambda tx: inbox.add(tx, make_keys("1", "m1"), first))
    assert not await database.write(lambda tx: inbox.add(tx, make_keys(update, message), again))
    assert await unfinished(database) == [first]
