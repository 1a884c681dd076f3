"""A disk that is full: an error for those who wrote, and nothing lost of what was there."""

from __future__ import annotations

import anyio
import pytest
from sqlalchemy import text
from tests.storage.samples import make_session, said

from picklebot.errors import StorageError
from picklebot.ports.storage import Transaction
from picklebot.storage.database import Database
from picklebot.storage.history import SqlHistory
from picklebot.storage.sessions import SqlSessions

sessions, history = SqlSessions(), SqlHistory()


def fill_up(tx: Transaction) -> None:
    """From now on SQLite answers as on a full disk as soon as the file would grow by more than a little."""
    pages = tx.connection.execute(text("PRAGMA page_count")).scalar()
    tx.connection.execute(text(f"PRAGMA max_page_count = {pages + 4}"))


def free_up(tx: Transaction) -> None:
    tx.connection.execute(text("PRAGMA max_page_count = 1000000"))


async def test_what_does_not_fit_is_an_error_and_what_was_there_stays(url: str) -> None:
    undone: list[str] = []

    def write_much(tx: Transaction) -> None:
        tx.after_rollback(lambda: undone.append("much"))
        history.append(tx, "s1", [said("x" * 50_000)])

    async with Database.open(url) as database:
        await database.write(lambda tx: sessions.create(tx, make_session()))
        await database.write(lambda tx: history.append(tx, "s1", [said("hello")]))
        await database.write(fill_up)
        with pytest.raises(StorageError, match="the disk is full; free some space"):
            await database.write(write_much)
        assert undone == ["much"]
        assert database.trouble is not None
        assert "the disk is full" in database.trouble
        loaded = await database.read(lambda tx: history.load(tx, "s1", 9))
        assert [message.text for message in loaded.messages] == ["hello"]
        await database.write(free_up)
        await database.write(write_much)
        assert database.trouble is None
        loaded = await database.read(lambda tx: history.load(tx, "s1", 9))
        assert loaded.user_total == 2


async def test_every_answer_of_a_group_is_true(url: str) -> None:
    """Whoever shares a commit with the one that did not fit hears either of success, or of an error."""
    answers: dict[int, bool] = {}

    async def attempt(number: int, size: int) -> None:
        try:
            await database.write(lambda tx: history.append(tx, "s1", [said(f"{number}:{'x' * size}")]))
            answers[number] = True
        except StorageError:
            answers[number] = False

    async with Database.open(url) as database:
        await database.write(lambda tx: sessions.create(tx, make_session()))
        await database.write(fill_up)
        for burst in (range(10), range(10, 40), range(40, 50)):
            if burst.start == 40:
                await database.write(free_up)
            async with anyio.create_task_group() as tasks:
                for number in burst:
                    tasks.start_soon(attempt, number, 40_000 if number % 15 == 13 else 10)
        rows = await database.read(lambda tx: history.messages(tx, "s1", limit=1000))
    kept = {int(message.text.partition(":")[0]) for _, message in rows}
    assert kept == {number for number, succeeded in answers.items() if succeeded}
    assert not all(answers.values())
    assert set(range(10)) | set(range(40, 50)) <= kept


async def test_a_transaction_that_sqlite_gave_up_fails_as_a_whole(url: str) -> None:
    """SQLite may roll back everything by itself. Then no write of the group may be called durable."""
    outcomes: dict[str, bool] = {}

    def give_up(tx: Transaction) -> None:
        tx.connection.exec_driver_sql("ROLLBACK")
        raise ValueError("what made it give up")

    async def attempt(name: str) -> None:
        try:
            await database.write(
                give_up if name == "bad" else lambda tx: sessions.create(tx, make_session(name))
            )
            outcomes[name] = True
        except (StorageError, ValueError):
            outcomes[name] = False

    async with Database.open(url) as database:
        async with anyio.create_task_group() as tasks:
            for name in ("a", "b", "bad", "c", "d"):
                tasks.start_soon(attempt, name)
        await attempt("e")
        found = await database.read(sessions.find)
    assert {session.id for session in found} == {name for name, kept in outcomes.items() if kept}
    assert not outcomes["bad"]
    assert outcomes["e"]
