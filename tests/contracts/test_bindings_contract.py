"""Bindings, and the ledger of their revisions."""

from __future__ import annotations

import anyio
import pytest

from picklebot.ports.ledger import BindingChange, BindingEdit, BindingLedger, LedgerState
from picklebot.ports.storage import Binding, BindingStore, Origin, Transaction
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.ledger import SqlLedger
from picklebot.testing.ledger import MemoryLedger

SERVICE = Binding("s1", Origin.SERVICE)


@pytest.fixture
def store() -> SqlBindings:
    return SqlBindings()


@pytest.fixture
def sql_ledger(database: Database, store: SqlBindings) -> SqlLedger:
    return SqlLedger(database, store)


@pytest.fixture(params=["stored", "memory"])
def ledger(request: pytest.FixtureRequest, database: Database) -> BindingLedger:
    return SqlLedger(database, SqlBindings()) if request.param == "stored" else MemoryLedger()


async def test_a_key_is_bound_bound_anew_and_let_go(database: Database, store: SqlBindings) -> None:
    bindings: BindingStore = store
    assert await database.read(lambda tx: bindings.get(tx, "telegram", "1")) is None
    await database.write(lambda tx: bindings.put(tx, "telegram", "1", SERVICE))
    assert await database.read(lambda tx: bindings.get(tx, "telegram", "1")) == SERVICE
    other = Binding("s2", Origin.OPERATOR)
    await database.write(lambda tx: bindings.put(tx, "telegram", "1", other))
    await database.write(lambda tx: bindings.put(tx, "discord", "1", SERVICE))
    everything = {("telegram", "1"): other, ("discord", "1"): SERVICE}
    assert await database.read(bindings.all) == everything
    assert await database.read(lambda tx: bindings.key_of(tx, "s2")) == ("telegram", "1")
    assert await database.read(lambda tx: bindings.key_of(tx, "s3")) is None
    await database.write(lambda tx: bindings.remove(tx, "telegram", "1"))
    assert await database.read(bindings.all) == {("discord", "1"): SERVICE}


async def test_what_changes_nothing_makes_no_revision(
    database: Database, store: SqlBindings, sql_ledger: SqlLedger
) -> None:
    await database.write(lambda tx: store.put(tx, "telegram", "1", SERVICE))
    before = (await sql_ledger.state()).revision
    await database.write(lambda tx: store.put(tx, "telegram", "1", SERVICE))
    await database.write(lambda tx: store.remove(tx, "telegram", "2"))
    assert (await sql_ledger.state()).revision == before


async def test_an_empty_ledger(ledger: BindingLedger) -> None:
    assert await ledger.state() == LedgerState(0, {})
    assert await ledger.bindings_at(0) == {}
    assert await ledger.last_written_revision() is None


async def test_every_revision_can_be_told_again(ledger: BindingLedger) -> None:
    steps = [
        [BindingEdit("telegram", "1", "a"), BindingEdit("telegram", "2", "b")],
        [BindingEdit("telegram", "1", "c"), BindingEdit("discord", "1", "a")],
        [BindingEdit("telegram", "2", None)],
        [BindingEdit("telegram", "2", "d")],
    ]
    told: list[tuple[int, dict[tuple[str, str], str]]] = [(0, {})]
    for edits in steps:
        revision = await ledger.apply_operator_edits(edits, restored=False)
        state = await ledger.state()
        assert state.revision == revision > told[-1][0]
        told.append((revision, dict(state.bindings)))
    assert told[-1][1] == {("telegram", "1"): "c", ("discord", "1"): "a", ("telegram", "2"): "d"}
    for revision, bindings in told:
        assert await ledger.bindings_at(revision) == bindings


async def test_changes_since_a_revision_tell_each_key_once(ledger: BindingLedger) -> None:
    first = [BindingEdit("telegram", str(number), "a") for number in range(4)]
    since = await ledger.apply_operator_edits(first, restored=False)
    newest = since
    steps = [
        BindingEdit("telegram", "0", "b"),
        BindingEdit("telegram", "1", None),
        BindingEdit("telegram", "2", "b"),
        BindingEdit("telegram", "2", "a"),  # as it was
        BindingEdit("discord", "9", "c"),
        BindingEdit("discord", "9", None),  # came and went
        BindingEdit("discord", "8", "d"),
        BindingEdit("telegram", "1", "e"),
        BindingEdit("telegram", "0", "f"),
    ]
    for step in steps:
        newest = await ledger.apply_operator_edits([step], restored=False)
    changes = await ledger.changes_since(since)
    assert changes.revision == newest
    assert set(changes.changes) == {
        BindingChange("telegram", "0", "a", "f"),
        BindingChange("telegram", "1", "a", "e"),
        BindingChange("discord", "8", None, "d"),
    }
    assert len(changes.changes) == 3
    assert (await ledger.changes_since(newest)).changes == []


async def test_an_edit_that_changes_nothing_makes_no_revision(ledger: BindingLedger) -> None:
    edits = [BindingEdit("telegram", "1", "a")]
    revision = await ledger.apply_operator_edits(edits, restored=False)
    assert await ledger.apply_operator_edits(edits, restored=False) == revision
    gone = [BindingEdit("telegram", "9", None)]
    assert await ledger.apply_operator_edits(gone, restored=False) == revision


async def test_the_last_written_revision_is_remembered(ledger: BindingLedger) -> None:
    await ledger.note_written(3)
    await ledger.note_written(7)
    assert await ledger.last_written_revision() == 7


async def test_a_waiter_is_told_of_the_next_change(ledger: BindingLedger) -> None:
    told: list[int] = []

    async def wait() -> None:
        told.append(await ledger.wait_changed(0))

    async with anyio.create_task_group() as tasks:
        tasks.cancel_scope.deadline = anyio.current_time() + 10
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        await ledger.apply_operator_edits([BindingEdit("web", "x", "a")], restored=False)
    newest = (await ledger.state()).revision
    assert told == [newest]
    assert await ledger.wait_changed(0) == newest


async def test_edits_say_who_made_them(database: Database, store: SqlBindings, sql_ledger: SqlLedger) -> None:
    await database.write(lambda tx: store.put(tx, "telegram", "1", SERVICE))
    same, new = BindingEdit("telegram", "1", "s1"), BindingEdit("telegram", "2", "s2")
    await sql_ledger.apply_operator_edits([same, new], restored=False)
    await sql_ledger.apply_operator_edits([BindingEdit("telegram", "3", "s3")], restored=True)
    assert await database.read(store.all) == {
        ("telegram", "1"): SERVICE,
        ("telegram", "2"): Binding("s2", Origin.OPERATOR),
        ("telegram", "3"): Binding("s3", Origin.RESTORED),
    }


async def test_a_change_that_is_undone_wakes_nobody(
    database: Database, store: SqlBindings, sql_ledger: SqlLedger
) -> None:
    def fail(tx: Transaction) -> None:
        store.put(tx, "telegram", "1", SERVICE)
        raise ValueError

    changed = store.changed
    with pytest.raises(ValueError):
        await database.write(fail)
    assert not changed.is_set()
    assert await sql_ledger.state() == LedgerState(0, {})
