"""What is logged of an operator's edit: a mistyped id begins an empty conversation, so it is said."""

from __future__ import annotations

from structlog.testing import capture_logs
from tests.storage.samples import make_session

from picklebot.ports.ledger import BindingEdit
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.ledger import MOST_TOLD, SqlLedger
from picklebot.storage.sessions import SqlSessions


async def test_an_id_that_no_session_has_is_warned_of(url: str) -> None:
    async with Database.open(url) as database:
        await database.write(lambda tx: SqlSessions().create(tx, make_session("s1")))
        ledger = SqlLedger(database, SqlBindings())
        with capture_logs() as lines:
            edits = [BindingEdit("telegram", "1", "s1"), BindingEdit("telegram", "2", "mistyped")]
            await ledger.apply_operator_edits(edits, restored=False)
        assert [(line["log_level"], line["session_id"]) for line in lines] == [
            ("info", "s1"),
            ("warning", "mistyped"),
        ]


async def test_a_whole_map_is_not_told_line_by_line(url: str) -> None:
    async with Database.open(url) as database:
        ledger = SqlLedger(database, SqlBindings())
        with capture_logs() as lines:
            edits = [BindingEdit("telegram", str(n), f"s{n}") for n in range(MOST_TOLD + 1)]
            await ledger.apply_operator_edits(edits, restored=False)
        assert lines == []
