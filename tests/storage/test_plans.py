"""Every statement of the hot path finds its rows by an index, so its cost does not grow with the tables."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.storage.samples import NOON, make_job, make_keys, make_parcel, make_session, said

from picklebot.model.history import Role
from picklebot.model.parcel import ParcelState
from picklebot.model.person import Identity
from picklebot.model.quota import Used
from picklebot.ports.storage import Binding, InboxState, Origin, Transaction
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.history import SqlHistory
from picklebot.storage.inbox import SqlInbox
from picklebot.storage.messages import SqlMessages
from picklebot.storage.notices import SqlNotices
from picklebot.storage.outbox import SqlOutbox
from picklebot.storage.quotas import SqlQuotas
from picklebot.storage.sessions import SqlSessions


def walk_a_turn(tx: Transaction) -> None:
    """All that one message asks of the stores."""
    bindings, sessions, history = SqlBindings(), SqlSessions(), SqlHistory()
    inbox, outbox = SqlInbox(), SqlOutbox()
    job, parcel = make_job("j1"), make_parcel("j1")
    inbox.seen(tx, make_keys("1"))
    bindings.put(tx, "telegram", "1", Binding("s1", Origin.SERVICE))
    bindings.put(tx, "telegram", "1", Binding("s1", Origin.OPERATOR))
    sessions.create(tx, make_session())
    sessions.get(tx, "s1")
    inbox.add(tx, make_keys("1"), job)
    inbox.find(tx, make_keys("1").message)
    inbox.start(tx, "j1")
    history.append(tx, "s1", [said("hi", "j1"), *(said("x", "j1", Role.TOOL) for _ in range(9))])
    history.load(tx, "s1", 3)
    history.messages(tx, "s1", before=5)
    outbox.note_posted(tx, parcel, 0, "901")
    outbox.note_posted(tx, parcel, 0, "902")
    outbox.put(tx, replace(parcel, text="ho"))
    outbox.note_sending(tx, parcel, 0)
    outbox.note_not_sent(tx, "j1", 0)
    outbox.note_uncertain(tx, "j1", 0)
    outbox.parts(tx, parcel)
    outbox.text(tx, "j1")
    outbox.owed(tx, parcel.chat, 16)
    outbox.grant_line(tx, parcel, NOON, most=3, every=60)
    outbox.settle(tx, parcel, ParcelState.SENT, NOON)
    inbox.finish(tx, "j1", InboxState.DONE)
    list(inbox.unfinished(tx))
    sessions.find(tx)
    sessions.find(tx, platform="telegram", speaker="1")
    sessions.find(tx, agent="pickle")
    SqlMessages().news(tx, "s1", parcel.chat)
    SqlNotices().due(tx, "a", NOON, 60)
    ann = Identity("telegram", "1")
    SqlQuotas().add(tx, ann, Used(NOON, messages=1))
    SqlQuotas().days(tx, ann, NOON)


async def test_no_statement_of_a_turn_scans_a_table(url: str) -> None:
    asked: list[str] = []
    plans: list[str] = []

    def work(tx: Transaction) -> None:
        driver = tx.connection.connection.driver_connection
        driver.set_trace_callback(note)
        walk_a_turn(tx)
        driver.set_trace_callback(None)
        for statement in asked:
            plans.extend(row[-1] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}"))

    def note(statement: str) -> None:
        if not statement.startswith("INSERT"):
            asked.append(statement)

    async with Database.open(url) as database:
        await database.write(work)
    assert len(asked) > 20
    scans = {plan for plan in plans if plan.startswith("SCAN") and "USING INDEX" not in plan}
    assert scans <= {"SCAN CONSTANT ROW"}, "such a row is no table's"
    assert not any("TEMP B-TREE" in plan for plan in plans if "RIGHT PART" not in plan)


@pytest.mark.parametrize("rows", [10, 3_000])
async def test_loading_reads_a_window_whatever_the_length(url: str, rows: int) -> None:
    """Counted in SQLite's own steps, so that no clock has a say."""
    history, steps = SqlHistory(), 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def load(tx: Transaction) -> None:
        driver = tx.connection.connection.driver_connection
        driver.set_progress_handler(count, 10)
        assert history.load(tx, "s1", 5).user_total == rows
        history.append(tx, "s1", [said("more", "t-more")])
        driver.set_progress_handler(None, 0)

    async with Database.open(url) as database:
        await database.write(lambda tx: SqlSessions().create(tx, make_session()))
        await database.write(
            lambda tx: history.append(tx, "s1", [said(str(number), f"t{number}") for number in range(rows)])
        )
        await database.write(load)
    assert 0 < steps < 60
