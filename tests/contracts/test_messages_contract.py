"""What became of each message, as its speaker and the operator are told."""

from __future__ import annotations

import pytest
from tests.storage.samples import NOON, make_address, make_job, make_keys, make_parcel

from picklebot.errors import ConflictError, EndedError, NotFoundError
from picklebot.model.job import Job
from picklebot.model.parcel import ParcelState, chat_of
from picklebot.ports.messages import MessageLog, MessageState, SessionNews
from picklebot.ports.storage import InboxState
from picklebot.storage.database import Database
from picklebot.storage.inbox import SqlInbox
from picklebot.storage.messages import SqlMessages
from picklebot.storage.outbox import SqlOutbox

inbox, outbox = SqlInbox(), SqlOutbox()
messages: MessageLog = SqlMessages()


def name(number: int) -> str:
    return f"{number:032x}"


async def add(database: Database, number: int, session: str = "s1", text: str = "hello") -> Job:
    job = make_job(name(number), session, text)
    await database.write(lambda tx: inbox.add(tx, make_keys(job.id), job))
    return job


async def end(database: Database, number: int, state: InboxState, reason: str = "") -> None:
    await database.write(lambda tx: inbox.finish(tx, name(number), state, reason))


async def say(database: Database, statement: str) -> None:
    await database.write(lambda tx: tx.connection.exec_driver_sql(statement))


async def listed(database: Database, state: MessageState | None = None) -> list[str]:
    found = await database.read(lambda tx: messages.find(tx, state=state))
    return [record.id for record in found]


@pytest.mark.requirement("B4")
async def test_messages_are_listed_by_where_they_stand(database: Database) -> None:
    for number in range(1, 7):
        await add(database, number)
    await database.write(lambda tx: inbox.start(tx, name(2)))
    await end(database, 3, InboxState.DONE)
    await end(database, 4, InboxState.FAILED, "rate_limited")
    await end(database, 5, InboxState.DONE)
    await database.write(lambda tx: outbox.put(tx, make_parcel(name(5), "answer")))
    await say(database, "UPDATE outbox SET state = 'uncertain'")
    assert await listed(database) == [name(number) for number in (6, 5, 4, 3, 2, 1)]
    assert await listed(database, MessageState.ACCEPTED) == [name(6), name(1)]
    assert await listed(database, MessageState.RUNNING) == [name(2)]
    assert await listed(database, MessageState.DONE) == [name(3)]
    assert await listed(database, MessageState.FAILED) == [name(4)]
    assert await listed(database, MessageState.UNCERTAIN) == [name(5)]


@pytest.mark.requirement("P10")
async def test_what_runs_is_known_over_all_sessions(database: Database) -> None:
    jobs = [await add(database, number, f"s{number}") for number in range(1, 5)]
    for job in (jobs[2], jobs[0], jobs[3]):
        await database.write(lambda tx, job_id=job.id: inbox.start(tx, job_id))
    await end(database, 4, InboxState.DONE)
    assert await database.read(messages.running) == [jobs[0], jobs[2]]


@pytest.mark.requirement("B4")
async def test_a_record_tells_all_but_the_whole_text(database: Database) -> None:
    await add(database, 1, text="a long\nstory " * 100)
    await end(database, 1, InboxState.FAILED, "deadline")
    record = await database.read(lambda tx: messages.get(tx, name(1)))
    assert (record.state, record.reason, record.platform, record.speaker) == (
        MessageState.FAILED,
        "deadline",
        "telegram",
        "1",
    )
    assert record.text.startswith("a long story a long")
    assert len(record.text) == 60


@pytest.mark.requirement("P29")
@pytest.mark.parametrize(
    "wrong", ["", "*", "%", "0000000", "../../etc", "0" * 33, "0" * 31 + "%", "ZZZZZZZZ"]
)
async def test_an_id_that_cannot_be_one_is_not_looked_up(database: Database, wrong: str) -> None:
    await add(database, 1)
    with pytest.raises(NotFoundError):
        await database.read(lambda tx: messages.get(tx, wrong))


async def test_a_short_id_finds_the_one_that_begins_so(database: Database) -> None:
    job = make_job("abcdef0123456789abcdef0123456789")
    await database.write(lambda tx: inbox.add(tx, make_keys("1"), job))
    await add(database, 1)
    await add(database, 2)
    assert (await database.read(lambda tx: messages.get(tx, "abcdef01"))).id == job.id
    with pytest.raises(NotFoundError):
        await database.read(lambda tx: messages.get(tx, "00000000"))


@pytest.mark.requirement("B4")
async def test_the_news_of_a_session(database: Database) -> None:
    for number in range(1, 6):
        await add(database, number)
    await add(database, 9, session="s2")
    await database.write(lambda tx: inbox.start(tx, name(1)))
    await end(database, 2, InboxState.FAILED, "x")
    await database.write(lambda tx: outbox.put(tx, make_parcel(name(2), "sorry")))
    await end(database, 3, InboxState.DONE)
    await database.write(lambda tx: outbox.put(tx, make_parcel(name(3), "answer")))
    await say(database, f"UPDATE outbox SET state = 'sent' WHERE parcel_id = '{name(3)}'")
    chat = chat_of(make_address())
    news = await database.read(lambda tx: messages.news(tx, "s1", chat))
    assert news == SessionNews((name(1),), (name(4), name(5)), (name(2),), owed=1)


@pytest.mark.requirement("P5")
@pytest.mark.requirement("B4")
async def test_replies_that_came_too_late_are_among_the_news(database: Database) -> None:
    for number in range(1, 8):
        await add(database, number)
        await end(database, number, InboxState.DONE)
        await database.write(lambda tx, number=number: outbox.put(tx, make_parcel(name(number), "answer")))
    await database.write(lambda tx: outbox.put(tx, make_parcel("post", "The build is done.")))
    for parcel_id in ("post", *map(name, range(2, 8))):
        parcel = make_parcel(parcel_id)
        await database.write(lambda tx, it=parcel: outbox.settle(tx, it, ParcelState.EXPIRED, NOON))
    await database.write(lambda tx: outbox.settle(tx, make_parcel(name(1)), ParcelState.SENT, NOON))
    chat = chat_of(make_address())
    news = await database.read(lambda tx: messages.news(tx, "s1", chat))
    question = make_job(name(1)).text
    assert news.expired == ("The build is done.", *[question] * 4)
    assert (await database.read(lambda tx: messages.news(tx, "s2", chat))).expired == ()


async def test_what_waits_is_dropped_and_what_runs_is_not(database: Database) -> None:
    for number in (1, 2, 3):
        await add(database, number)
    await add(database, 9, session="s2")
    await database.write(lambda tx: inbox.start(tx, name(1)))
    dropped = await database.write(lambda tx: messages.drop(tx, "s1"))
    assert [job.id for job in dropped] == [name(2), name(3)]
    assert [job.id for job in await database.read(lambda tx: list(inbox.unfinished(tx)))] == [
        name(1),
        name(9),
    ]
    with pytest.raises(EndedError):
        await database.write(lambda tx: inbox.start(tx, name(2)))


async def test_one_message_alone_is_dropped_as_long_as_it_waits(database: Database) -> None:
    for number in (1, 2, 3):
        await add(database, number)
    await database.write(lambda tx: inbox.start(tx, name(1)))
    for number, dropped in ((1, []), (2, [name(2)]), (2, [])):
        found = await database.write(lambda tx, number=number: messages.drop(tx, "s1", name(number)))
        assert [job.id for job in found] == dropped
    assert [job.id for job in await database.read(lambda tx: list(inbox.unfinished(tx)))] == [
        name(1),
        name(3),
    ]


@pytest.mark.requirement("P2")
async def test_a_dead_letter_is_revived_once_and_as_if_new(database: Database) -> None:
    job = await add(database, 1)
    await database.write(lambda tx: inbox.start(tx, name(1)))
    await end(database, 1, InboxState.FAILED, "rate_limited")
    parcel = make_parcel(name(1), "sorry")
    await database.write(lambda tx: outbox.put(tx, parcel))
    await database.write(lambda tx: outbox.note_posted(tx, parcel, 0, "900"))
    assert await database.write(lambda tx: messages.revive(tx, name(1)[:32])) == job
    assert await database.read(lambda tx: list(inbox.unfinished(tx))) == [job]
    assert await database.read(lambda tx: outbox.text(tx, name(1))) is None
    with pytest.raises(ConflictError, match="accepted"):
        await database.write(lambda tx: messages.revive(tx, name(1)))


async def test_a_release_keeps_the_count(database: Database) -> None:
    await add(database, 1)
    await database.write(lambda tx: inbox.start(tx, name(1)))
    assert await database.read(inbox.interrupted) == {name(1)}
    await database.write(lambda tx: inbox.release(tx, name(1)))
    assert await database.read(inbox.interrupted) == frozenset()
    again = await database.read(lambda tx: inbox.load(tx, name(1)))
    assert again is not None
    assert again.attempt == 1
    await end(database, 1, InboxState.DONE)
    assert await database.read(lambda tx: inbox.load(tx, name(1))) is None
