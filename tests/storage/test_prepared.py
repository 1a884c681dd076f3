"""Statements that are written down once."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from tests.storage.samples import NOON

from picklebot.ports.storage import Transaction
from picklebot.storage.columns import utc_time
from picklebot.storage.database import Database
from picklebot.storage.engines import PARAMETERS
from picklebot.storage.prepared import Prepared
from picklebot.storage.tables import adapter_memory, notices, outbox

ADD = Prepared(insert(notices))
MOVE = Prepared(
    update(notices).where(notices.c.subject == bindparam("of_subject")).values(at=bindparam("now"))
)
ALL = Prepared(select(notices.c.subject, notices.c.at).order_by(notices.c.subject))


async def test_values_are_kept_as_the_columns_keep_them(url: str) -> None:
    def work(tx: Transaction) -> list[tuple[str, datetime]]:
        assert ADD.run(tx, subject="a\0\ud800", at=NOON) == 1
        assert ADD.run(tx, subject="b", at=NOON) == 1
        assert MOVE.run(tx, of_subject="b", now=utc_time(0)) == 1
        assert MOVE.run(tx, of_subject="c", now=NOON) == 0
        return [(subject, utc_time(at)) for subject, at in ALL.rows(tx)]

    async with Database.open(url) as database:
        kept = await database.write(work)
    assert kept == [("a\ufffd\ufffd", NOON), ("b", utc_time(0))]


async def test_one_row_or_none(url: str) -> None:
    async with Database.open(url) as database:
        assert await database.read(ALL.row) is None
        await database.write(lambda tx: ADD.run(tx, subject="a", at=NOON))
        assert await database.read(ALL.row) == ("a", 1_777_896_000_123_456)


async def test_a_value_that_is_missing_is_not_null_by_accident(url: str) -> None:
    async with Database.open(url) as database:
        with pytest.raises(KeyError, match="now"):
            await database.write(lambda tx: MOVE.run(tx, of_subject="a"))


def test_both_databases_count_their_parameters() -> None:
    dialect = PGDialect_psycopg(paramstyle=PARAMETERS)
    add = Prepared(lambda insert: insert(adapter_memory).on_conflict_do_nothing())
    form = add.form(dialect)
    assert form.text.endswith("ON CONFLICT DO NOTHING")
    assert form.text.count("%s") == 4
    values = {"platform": "p", "topic": "t", "name": "n", "value": "v"}
    assert form.fill(values) == ["p", "t", "n", "v"]


def test_a_column_that_may_be_null_may_be_left_out() -> None:
    form = Prepared(insert(outbox)).form(PGDialect_psycopg(paramstyle=PARAMETERS))
    assert "number" not in form.text
    assert form.constants["settled_at"] is None
    assert "parcel_id" not in form.constants
