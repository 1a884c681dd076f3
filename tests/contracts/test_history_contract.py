"""Sessions and what was said in them."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.storage.samples import NOON, after, make_session, said

from picklebot.errors import NotFoundError, StorageError
from picklebot.model.history import History, HistoryMessage, Role, window
from picklebot.ports.storage import HistoryStore, SessionStore, Transaction
from picklebot.storage.database import Database
from picklebot.storage.history import SqlHistory
from picklebot.storage.sessions import SqlSessions

sessions: SessionStore = SqlSessions()
history: HistoryStore = SqlHistory()


async def begin(database: Database, *ids: str) -> None:
    def work(tx: Transaction) -> None:
        for session_id in ids:
            sessions.create(tx, make_session(session_id))

    await database.write(work)


async def append(database: Database, *messages: HistoryMessage, session_id: str = "s1") -> None:
    await database.write(lambda tx: history.append(tx, session_id, messages))


async def load(database: Database, limit: int = 50) -> History:
    return await database.read(lambda tx: SqlHistory().load(tx, "s1", limit))


async def test_a_session_comes_back_as_it_was(database: Database) -> None:
    session = make_session("s1", title="Tea", last_message_at=after(5))
    await database.write(lambda tx: sessions.create(tx, session))
    assert await database.read(lambda tx: sessions.get(tx, "s1")) == session
    assert await database.read(lambda tx: sessions.get(tx, "s2")) is None


async def test_an_id_is_used_once(database: Database) -> None:
    await begin(database, "s1")
    with pytest.raises(StorageError, match="there is a session s1 already"):
        await begin(database, "s1")


async def test_sessions_are_found_newest_activity_first(database: Database) -> None:
    def work(tx: Transaction) -> None:
        sessions.create(tx, make_session("old", created_at=after(1)))
        sessions.create(tx, make_session("quiet", created_at=after(3), speaker="2"))
        sessions.create(tx, make_session("coder", created_at=after(2), agent="coder", platform="discord"))
        history.append(tx, "old", [said("hi", at=after(4))])

    await database.write(work)

    async def find(**wanted: str | int) -> list[str]:
        found = await database.read(lambda tx: sessions.find(tx, **wanted))  # type: ignore[arg-type]
        return [session.id for session in found]

    assert await find() == ["old", "quiet", "coder"]
    assert await find(limit=1, offset=1) == ["quiet"]
    assert await find(platform="telegram") == ["old", "quiet"]
    assert await find(agent="coder") == ["coder"]
    assert await find(platform="telegram", speaker="2") == ["quiet"]
    assert await find(agent="nobody") == []


@pytest.mark.requirement("S4.1")
async def test_messages_are_appended_and_move_the_last_message_time(database: Database) -> None:
    await begin(database, "s1")
    question = HistoryMessage(Role.USER, "what time is it?", after(1), turn="t1")
    await append(database, question)
    session = await database.read(lambda tx: sessions.get(tx, "s1"))
    assert session is not None
    assert (session.last_message_at, session.message_count) == (after(1), 1)
    call = HistoryMessage(Role.ASSISTANT, "", after(2), "pickle", "t1", '{"call": "clock"}')
    result = HistoryMessage(Role.TOOL, "12:00", after(3), "pickle", "t1", '{"result": "12:00"}')
    answer = HistoryMessage(Role.ASSISTANT, "noon", after(4), "pickle", "t1")
    await append(database, call, result, answer)
    session = await database.read(lambda tx: sessions.get(tx, "s1"))
    assert session is not None
    assert (session.last_message_at, session.message_count) == (after(4), 4)
    assert await load(database) == History((question, call, result, answer), 1, "what time is it?")


async def test_a_retried_message_counts_once(database: Database) -> None:
    await begin(database, "s1", "s2")
    await append(database, said("one", "t1"))
    await append(database, said("one", "t1"), said("answer", "t1", Role.ASSISTANT))
    await append(database, said("one", "t1"), session_id="s2")
    loaded = await load(database)
    assert [message.text for message in loaded.messages] == ["one", "answer"]
    assert loaded.user_total == 1


async def test_messages_without_a_turn_are_all_kept(database: Database) -> None:
    await begin(database, "s1")
    await append(database, said("a"), said("a"))
    assert (await load(database)).user_total == 2


async def test_nothing_is_written_to_a_session_that_is_not_there(database: Database) -> None:
    with pytest.raises(NotFoundError, match="there is no session s1"):
        await append(database, said("a"))
    assert await load(database) == History((), 0, "")


async def test_the_first_text_is_the_first_users_whatever_came_before(database: Database) -> None:
    await begin(database, "s1")
    post = said("good morning", role=Role.ASSISTANT)
    await append(database, post)
    assert await load(database) == History((post,), 0, "")
    await append(database, said("a", role=Role.ASSISTANT), said("first"), said("second"))
    loaded = await load(database, 1)
    assert (loaded.user_total, loaded.first_text) == (2, "first")


async def test_a_window_reaches_back_to_the_message_that_began_it(database: Database) -> None:
    await begin(database, "s1")
    tools = [said(f"t{number}", role=Role.TOOL) for number in range(6)]
    await append(database, said("first"), said("answer", role=Role.ASSISTANT), said("second"), *tools)
    loaded = await load(database, 3)
    assert [message.text for message in loaded.messages] == ["second", "t0", "t1", "t2", "t3", "t4", "t5"]
    assert (await load(database, 0)).messages == ()


def summed_up(text: str, through: int) -> HistoryMessage:
    return HistoryMessage(Role.SUMMARY, text, NOON, agent="pickle", turn=f"c{through}", through=through)


async def test_a_summary_stands_for_what_came_before_and_that_is_still_there(database: Database) -> None:
    await begin(database, "s1", "s2")
    exchange = [
        said("one", "t1"),
        said("yes", "t1", Role.ASSISTANT),
        said("two", "t2"),
        said("no", "t2", Role.ASSISTANT),
    ]
    post = said("good morning", "p1", Role.ASSISTANT)
    await append(database, *exchange)
    await append(database, post, summed_up("one and two", 4))
    assert await load(database) == History((post,), 2, "one", "one and two")
    await append(database, said("three", "t3"))
    assert await load(database, 1) == History((said("three", "t3"),), 3, "one", "one and two")
    assert await load(database, 0) == History((), 3, "one", "one and two")
    rows = await database.read(lambda tx: history.messages(tx, "s1"))
    assert [row.text for _, row in rows] == [
        "one",
        "yes",
        "two",
        "no",
        "good morning",
        "one and two",
        "three",
    ]
    await database.write(lambda tx: history.copy(tx, "s1", "s2"))
    assert await database.read(lambda tx: history.load(tx, "s2", 9)) == await load(database, 9)


async def test_what_is_taken_back_goes_with_the_summaries_that_have_it_in(database: Database) -> None:
    await begin(database, "s1")
    await append(
        database, said("one", "t1"), summed_up("of one", 1), said("two", "t2"), summed_up("of both", 3)
    )
    await append(database, said("three", "t3"))

    async def take_back(turn: str) -> bool:
        return await database.write(lambda tx: history.take_back(tx, "s1", turn))

    assert not await take_back("t2")
    assert not await take_back("t3")
    assert await load(database) == History((), 2, "one", "of both")
    assert await take_back("t2")
    assert await load(database) == History((), 1, "one", "of one")
    assert await take_back("t1")
    assert await load(database) == History((), 0, "")


async def test_rows_are_paged_backwards(database: Database) -> None:
    await begin(database, "s1")
    await append(database, *(said(str(number)) for number in range(1, 8)))

    async def page(limit: int, before: int | None = None) -> list[tuple[int, str]]:
        rows = await database.read(lambda tx: history.messages(tx, "s1", limit=limit, before=before))
        return [(seq, message.text) for seq, message in rows]

    assert await page(3) == [(5, "5"), (6, "6"), (7, "7")]
    assert await page(3, before=5) == [(2, "2"), (3, "3"), (4, "4")]
    assert await page(3, before=1) == []


async def test_any_text_can_be_kept(database: Database) -> None:
    await begin(database, "s1")
    await append(database, said("a\0b \ud800 c \U0001f952"))
    assert (await load(database)).first_text == "a\ufffdb \ufffd c \U0001f952"


@given(roles=st.lists(st.sampled_from(Role), max_size=30), limit=st.integers(0, 12))
@settings(max_examples=40, deadline=None)
async def test_a_loaded_window_is_that_of_the_whole(blank: Path, roles: list[Role], limit: int) -> None:
    rows = tuple(
        replace(said(str(number), role=role), through=number * (role is Role.SUMMARY))
        for number, role in enumerate(roles)
    )
    users = [row.text for row in rows if row.role is Role.USER]
    summary, after = next(
        ((row.text, row.through) for row in reversed(rows) if row.role is Role.SUMMARY), ("", 0)
    )
    said_since = tuple(row for row in rows[after:] if row.role is not Role.SUMMARY)
    with tempfile.TemporaryDirectory() as folder:
        async with Database.open(f"sqlite:///{shutil.copy(blank, folder)}") as database:
            await begin(database, "s1")
            await append(database, *rows)
            expected = History(window(said_since, limit), len(users), users[0] if users else "", summary)
            assert await load(database, limit) == expected


async def test_times_come_back_aware_and_exact(database: Database) -> None:
    await begin(database, "s1")
    await append(database, said("a", at=NOON))
    at = (await load(database)).messages[0].at
    assert at == NOON
    assert at.utcoffset() is not None
