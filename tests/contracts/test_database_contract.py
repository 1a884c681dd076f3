"""The database: what is written together, what is undone alone, and what callers are told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from threading import Event
from typing import Any

import anyio
import pytest
from sqlalchemy import text

from picklebot.errors import StorageError, UnwritableError
from picklebot.ports import storage as ports
from picklebot.ports.storage import Transaction
from picklebot.storage.database import MOST_WAITING, Database

Work = Callable[[Transaction], Any]


def write_name(name: str) -> Work:
    def work(tx: Transaction) -> str:
        tx.connection.execute(text("INSERT INTO meta VALUES (:name, 'x')"), {"name": name})
        return name

    return work


def names(tx: Transaction) -> list[str]:
    return sorted(tx.connection.execute(text("SELECT name FROM meta")).scalars())


@asynccontextmanager
async def held_writer(database: Database) -> AsyncGenerator[None]:
    """Inside, all writes wait behind one that is under way; after it they are one group."""
    begun, go_on = Event(), Event()

    def hold(_tx: Transaction) -> None:
        begun.set()
        assert go_on.wait(10)

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(database.write, hold)
            await anyio.to_thread.run_sync(begun.wait, 10)
            try:
                yield
                await anyio.wait_all_tasks_blocked()
            finally:
                go_on.set()


async def test_implements_its_port(database: Database) -> None:
    port: ports.Database = database
    assert await port.write(write_name("a")) == "a"
    assert await port.read(names) == ["a"]


async def test_a_failing_write_undoes_nothing_but_itself(database: Database) -> None:
    outcomes: dict[str, object] = {}

    def fail(tx: Transaction) -> None:
        write_name("lost")(tx)
        raise ValueError("no")

    async def attempt(name: str, work: Work) -> None:
        try:
            outcomes[name] = await database.write(work)
        except (ValueError, StorageError) as error:
            outcomes[name] = type(error)

    async with anyio.create_task_group() as tasks, held_writer(database):
        tasks.start_soon(attempt, "before", write_name("a"))
        tasks.start_soon(attempt, "failing", fail)
        tasks.start_soon(attempt, "refused", write_name("a"))
        tasks.start_soon(attempt, "after", write_name("b"))
    assert outcomes == {"before": "a", "failing": ValueError, "refused": UnwritableError, "after": "b"}
    assert await database.read(names) == ["a", "b"]


async def test_a_swallowed_refusal_fails_its_write_or_harms_nobody(database: Database) -> None:
    """PostgreSQL gives up a transaction in which anything was refused; SQLite does not."""

    def swallow(tx: Transaction) -> None:
        with pytest.raises(Exception, match=r"\S"):
            write_name("a")(tx)

    async with anyio.create_task_group() as tasks, held_writer(database):
        tasks.start_soon(database.write, write_name("a"))
        tasks.start_soon(_ignore_storage_error, database, swallow)
        tasks.start_soon(database.write, write_name("b"))
    assert await database.read(names) == ["a", "b"]


async def _ignore_storage_error(database: Database, work: Work) -> None:
    with suppress(StorageError):
        await database.write(work)


async def test_writes_keep_the_order_of_the_calls(database: Database) -> None:
    order: list[int] = []
    async with anyio.create_task_group() as tasks:
        for number in range(600):
            tasks.start_soon(database.write, lambda _tx, number=number: order.append(number))
    assert order == list(range(600))


async def test_calls_after_the_commit_come_before_the_answer_and_in_order(database: Database) -> None:
    said: list[str] = []

    def work(name: str) -> Work:
        def write(tx: Transaction) -> None:
            write_name(name)(tx)
            tx.after_commit(lambda: said.append(f"{name} is durable"))
            tx.after_rollback(lambda: said.append(f"{name} is undone"))
            if name == "bad":
                raise ValueError

        return write

    async def attempt(name: str) -> None:
        try:
            await database.write(work(name))
            said.append(f"{name} answered")
        except ValueError:
            said.append(f"{name} refused")

    async with anyio.create_task_group() as tasks, held_writer(database):
        for name in ("a", "bad", "b"):
            tasks.start_soon(attempt, name)
    assert [line for line in said if "durable" in line] == ["a is durable", "b is durable"]
    assert [line for line in said if "undone" in line] == ["bad is undone"]
    for name, first, then in (("a", "durable", "answered"), ("bad", "undone", "refused")):
        assert said.index(f"{name} is {first}") < said.index(f"{name} {then}")


async def test_a_broken_call_after_a_commit_harms_nobody(database: Database) -> None:
    def break_down() -> None:
        raise ValueError

    def work(tx: Transaction) -> str:
        tx.after_commit(break_down)
        return write_name("a")(tx)

    assert await database.write(work) == "a"
    assert await database.write(write_name("b")) == "b"


async def test_a_cancelled_caller_does_not_undo_its_write(database: Database) -> None:
    async with held_writer(database):
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(database.write, write_name("a"))
                await anyio.wait_all_tasks_blocked()
                scope.cancel()
    await database.write(write_name("b"))
    assert await database.read(names) == ["a", "b"]


async def test_readers_see_only_what_is_committed(database: Database) -> None:
    begun, go_on = Event(), Event()

    def slow(tx: Transaction) -> None:
        write_name("a")(tx)
        begun.set()
        assert go_on.wait(10)

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(database.write, slow)
            await anyio.to_thread.run_sync(begun.wait, 10)
            assert await database.read(names) == []
            go_on.set()
    assert await database.read(names) == ["a"]


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError):
        await database.read(write_name("a"))
    assert await database.read(names) == []


async def test_a_writers_crowd_waits_for_room(database: Database) -> None:
    many = MOST_WAITING + 300
    async with anyio.create_task_group() as tasks, held_writer(database):
        for number in range(many):
            tasks.start_soon(database.write, write_name(f"n{number}"))
    assert len(await database.read(names)) == many


async def test_closing_writes_what_waits(database_url: str) -> None:
    async with anyio.create_task_group() as tasks, Database.open(database_url) as database:
        for name in "abc":
            tasks.start_soon(database.write, write_name(name))
        await anyio.wait_all_tasks_blocked()
    with pytest.raises(StorageError, match="is closed"):
        await database.write(write_name("d"))
    with pytest.raises(StorageError, match="is closed"):
        await database.persist(write_name("d"))
    with pytest.raises(StorageError, match="is closed"):
        await database.read(names)
    async with Database.open(database_url, read_only=True) as again:
        assert await again.read(names) == ["a", "b", "c"]
        with pytest.raises(StorageError, match="for reading only"):
            await again.write(write_name("d"))


async def test_what_is_persisted_is_tried_until_it_is_written(database: Database) -> None:
    tries = 0

    def work(tx: Transaction) -> str:
        nonlocal tries
        tries += 1
        if tries == 1:
            tx.connection.execute(text("SELECT * FROM nowhere"))
        return write_name("a")(tx)

    with anyio.fail_after(10):
        assert await database.persist(work) == "a"
    assert (tries, await database.read(names)) == (2, ["a"])


@pytest.mark.requirement("P18")
async def test_persisting_gives_up_what_the_tables_refuse(database: Database) -> None:
    await database.persist(write_name("a"))
    with anyio.fail_after(10), pytest.raises(UnwritableError, match="refused"):
        await database.persist(write_name("a"))
    assert database.trouble is None, "the next write may well be fine"


async def test_persisting_passes_on_what_no_later_try_could_mend(database: Database) -> None:
    def fail(_tx: Transaction) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.persist(fail)
