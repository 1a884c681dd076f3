"""What is old goes, in small batches; what anybody may still ask for stays."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, func, select, update
from structlog.testing import capture_logs
from tests.storage.samples import NOON, make_job, make_keys, make_parcel

from picklebot.errors import StorageError
from picklebot.model.choice import Choice
from picklebot.model.message import Command
from picklebot.model.pairing import Pending
from picklebot.model.parcel import ParcelState
from picklebot.model.session import ToolKind
from picklebot.ports.ledger import Bindings
from picklebot.ports.steps import ToolCall
from picklebot.ports.storage import Binding, InboxState, Origin, Transaction
from picklebot.storage import retention
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.choices import SqlChoices
from picklebot.storage.database import Database
from picklebot.storage.doors import SqlPairings
from picklebot.storage.inbox import SqlInbox
from picklebot.storage.ledger import SqlLedger
from picklebot.storage.notices import SqlNotices
from picklebot.storage.outbox import SqlOutbox
from picklebot.storage.retention import Retention
from picklebot.storage.steps import SqlSteps
from picklebot.storage.tables import binding_history, inbox, outbox, turn_steps

box = SqlInbox()


def days(number: float) -> datetime:
    return NOON + timedelta(days=number)


def sweeping(database: Database, at: datetime, media: Path = Path("nowhere")) -> Retention:
    return Retention(database, media, now=lambda: at)


async def settled(database: Database, state: InboxState, *numbers: int, at: datetime = NOON) -> None:
    """Messages that came to this end at that time."""

    def work(tx: Transaction) -> None:
        for number in numbers:
            box.add(tx, make_keys(str(number)), make_job(f"j{number}"), state)
            set_row(tx, inbox, inbox.c.job_id == f"j{number}", changed_at=at)

    await database.write(work)


def set_row(tx: Transaction, table: Table, which: Any, **values: object) -> None:
    tx.connection.execute(update(table).where(which).values(**values))


async def rows(database: Database, column: Any) -> list[Any]:
    statement = select(column).order_by(*column.table.primary_key)
    return list(await database.read(lambda tx: tx.connection.execute(statement).scalars().all()))


@pytest.mark.requirement("P3")
async def test_a_message_is_known_for_seven_days_and_a_dead_letter_for_thirty(database: Database) -> None:
    await settled(database, InboxState.DONE, 1)
    await settled(database, InboxState.FAILED, 2)
    await settled(database, InboxState.ACCEPTED, 3)
    await settled(database, InboxState.RUNNING, 4)
    await sweeping(database, days(6.9)).sweep()
    assert await database.read(lambda tx: box.seen(tx, make_keys("1")))
    await sweeping(database, days(7.1)).sweep()
    assert await rows(database, inbox.c.job_id) == ["j2", "j3", "j4"]
    await sweeping(database, days(31)).sweep()
    assert await rows(database, inbox.c.job_id) == ["j3", "j4"]


@pytest.mark.requirement("P6")
async def test_what_a_turn_did_is_known_as_long_as_it_may_run_again(database: Database) -> None:
    call = ToolCall("c1", "act", ToolKind.ACT, "{}", 1, repeatable=False)
    await settled(database, InboxState.DONE, 1)
    await settled(database, InboxState.FAILED, 2)

    def work(tx: Transaction) -> None:
        for turn in ("j1", "j2"):
            SqlSteps().begin(tx, turn, call)
        set_row(tx, turn_steps, turn_steps.c.number > 0, started_at=NOON)

    await database.write(work)
    await sweeping(database, days(8)).sweep()
    assert await rows(database, turn_steps.c.turn) == ["j2"]
    await sweeping(database, days(31)).sweep()
    assert await rows(database, turn_steps.c.turn) == []


async def test_replies_go_with_their_parts_once_they_ended(database: Database) -> None:
    store = SqlOutbox()

    def work(tx: Transaction) -> None:
        for name, state in (("sent", ParcelState.SENT), ("owed", None), ("parked", ParcelState.PARKED)):
            parcel = make_parcel(name, text="hello")
            store.put(tx, parcel)
            store.note_posted(tx, parcel, 0, "901")
            if state is not None:
                store.settle(tx, parcel, state, NOON)

    await database.write(work)
    await sweeping(database, days(6.9)).sweep()
    assert len(await rows(database, outbox.c.parcel_id)) == 3
    await sweeping(database, days(7.1)).sweep()
    assert await rows(database, outbox.c.parcel_id) == ["owed"]


@pytest.mark.requirement("P30")
async def test_the_handle_of_an_answered_command_is_forgotten(database: Database) -> None:
    store = SqlOutbox()

    def work(tx: Transaction) -> None:
        for name in ("sent", "owed"):
            store.put(tx, make_parcel(name, text='say "interaction": "x" please'))
            box.add(tx, make_keys(name), make_job(name, text='say "interaction": "x" please'))
        store.settle(tx, make_parcel("sent"), ParcelState.SENT, NOON)
        box.finish(tx, "sent", InboxState.DONE)

    await database.write(work)
    assert json.loads((await rows(database, outbox.c.address))[0])["interaction"] is None
    await sweeping(database, NOON).sweep()
    for addresses in (
        [json.loads(it) for it in await rows(database, outbox.c.address)],
        [json.loads(it)["address"] for it in await rows(database, inbox.c.job)],
    ):
        assert [it["interaction"] for it in addresses] == [None, "interaction-token"]
        assert {it["chat_id"] for it in addresses} == {"55"}
    assert [json.loads(it)["text"] for it in await rows(database, inbox.c.job)] == [
        'say "interaction": "x" please'
    ] * 2


async def test_notices_are_forgotten_after_a_week(database: Database) -> None:
    notices = SqlNotices()
    await database.write(lambda tx: notices.due(tx, "a", NOON, 60))
    await database.write(lambda tx: notices.due(tx, "b", days(5), 60))
    await sweeping(database, days(8)).sweep()
    assert await database.write(lambda tx: notices.due(tx, "a", NOON, 1e9))
    assert not await database.write(lambda tx: notices.due(tx, "b", days(8), 1e9))


async def test_what_could_be_chosen_is_forgotten_a_week_after_it_was_over(database: Database) -> None:
    choices = SqlChoices()
    rows = ((Choice("Yes", Command("forget", "yes")),),)
    [[old]], [[fresh]] = [
        await database.write(
            lambda tx, until=until: choices.offer(tx, rows, parcel_id="p", chat="c", user_id="", until=until)
        )
        for until in (NOON, days(5))
    ]
    await sweeping(database, days(8)).sweep()
    assert await database.read(lambda tx: choices.find(tx, old.handle)) is None
    assert await database.read(lambda tx: choices.find(tx, fresh.handle)) is not None


async def test_the_name_of_a_stranger_goes_with_the_code(database: Database) -> None:
    late, waiting = (Pending("telegram", str(it), "Ann", f"digest {it}", days(it)) for it in (1, 2))
    for pending in (late, waiting):
        await database.write(partial(SqlPairings().put, pending=pending))
    await sweeping(database, days(1.5)).sweep()
    assert await database.read(lambda tx: SqlPairings().pending(tx, NOON)) == [waiting]


_CHANGES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["s1", "s2", None]), st.integers(0, 20)), max_size=25
)


@settings(max_examples=60, deadline=None)
@given(changes=_CHANGES, written=st.integers(0, 25))
async def test_no_revision_of_the_last_thirty_days_is_forgotten(
    blank: Path, changes: Sequence[tuple[str, str | None, int]], written: int
) -> None:
    with TemporaryDirectory() as folder:
        file = shutil.copy(blank, folder)
        async with Database.open(f"sqlite:///{file}") as database:
            ledger = SqlLedger(database, SqlBindings())
            told: dict[int, tuple[float, Bindings]] = {0: (0, {})}
            day = 0
            for key, session_id, pause in changes:
                day += pause
                await database.write(partial(_change, key=key, session_id=session_id, at=days(day)))
                state = await ledger.state()
                told.setdefault(state.revision, (day, state.bindings))
            last_written = min(written, max(told))
            await ledger.note_written(last_written)
            await sweeping(database, days(day + 1)).sweep()
            as_of = day + 1 - retention.REVISIONS.days
            floor = max(revision for revision, (at, _) in told.items() if at <= as_of or revision == 0)
            for revision, (_, bindings) in told.items():
                if revision >= min(floor, last_written):
                    assert await ledger.bindings_at(revision) == bindings
            state = await ledger.state()
            assert (state.revision, state.bindings) == (max(told), told[max(told)][1])


def _change(tx: Transaction, key: str, session_id: str | None, at: datetime) -> None:
    store, revision = SqlBindings(), binding_history.c.revision
    before = tx.connection.execute(select(func.max(revision))).scalar() or 0
    if session_id is None:
        store.remove(tx, "telegram", key)
    else:
        store.put(tx, "telegram", key, Binding(session_id, Origin.SERVICE))
    set_row(tx, binding_history, revision > before, at=at)


async def test_what_nobody_can_ask_for_is_really_gone(database: Database) -> None:
    for number in range(50):
        await database.write(partial(_change, key="a", session_id=f"s{number}", at=days(number / 10)))
    await database.write(partial(_change, key="b", session_id="x", at=days(6)))
    await database.write(partial(_change, key="b", session_id=None, at=days(7)))
    await database.write(partial(_change, key="c", session_id="y", at=days(8)))
    await sweeping(database, days(100)).sweep()
    assert len(await rows(database, binding_history.c.revision)) == 2


async def test_the_writer_is_never_held_for_long(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)
    await settled(database, InboxState.DONE, *range(95))
    sizes: list[int] = []
    write = database.write

    async def counted(work: Any) -> Any:
        result = await write(work)
        sizes.append(result)
        return result

    monkeypatch.setattr(database, "write", counted)
    await sweeping(database, days(8)).sweep()
    assert sizes == [10] * 9 + [5]
    assert await rows(database, inbox.c.job_id) == []


async def test_what_was_redriven_in_the_meantime_stays(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await settled(database, InboxState.FAILED, 1, 2)
    write = database.write

    async def redriven_first(work: Any) -> Any:
        await write(partial(set_row, table=inbox, which=inbox.c.job_id == "j1", state="accepted"))
        return await write(work)

    monkeypatch.setattr(database, "write", redriven_first)
    await sweeping(database, days(60)).sweep()
    assert await rows(database, inbox.c.job_id) == ["j1"]


async def test_old_media_go_and_links_are_not_followed(database: Database, tmp_path: Path) -> None:
    media, elsewhere = tmp_path / "media", tmp_path / "elsewhere"
    (media / "s1").mkdir(parents=True)
    elsewhere.mkdir()
    precious = elsewhere / "precious"
    for path in (media / "s1" / "old", media / "s1" / "new", precious):
        path.write_bytes(b"x")
    (media / "link").symlink_to(precious)
    (media / "folder").symlink_to(elsewhere)
    for path in (media / "s1" / "old", precious):
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    os.utime(media / "s1" / "new", (days(20).timestamp(), days(20).timestamp()))
    with capture_logs() as logs:
        await sweeping(database, days(40), media).sweep()
    assert [entry["media"] for entry in logs] == [1]
    assert precious.exists()
    assert sorted(path.name for path in media.rglob("*")) == ["folder", "link", "new", "s1"]


async def test_a_sweep_that_fails_is_told_and_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "EVERY_SECONDS", 0.001)
    await settled(database, InboxState.DONE, 1)
    swept, write = anyio.Event(), database.write
    failures = [StorageError("the disk is gone")]

    async def failing(work: Any) -> Any:
        if failures:
            raise failures.pop()
        result = await write(work)
        swept.set()
        return result

    monkeypatch.setattr(database, "write", failing)
    with capture_logs() as logs, anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sweeping(database, days(8)).run)
            await swept.wait()
            tasks.cancel_scope.cancel()
    assert logs[0]["reason"] == "the disk is gone"
    assert await rows(database, inbox.c.job_id) == []
