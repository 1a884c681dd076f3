"""Links to files, on every database."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.storage.samples import NOON, after

from picklebot.ports.results import FileLinks
from picklebot.storage import tables
from picklebot.storage.database import Database
from picklebot.storage.file_links import SqlFileLinks
from picklebot.storage.retention import Retention

links: FileLinks = SqlFileLinks()


@pytest.mark.requirement("S3.3")
async def test_a_link_leads_to_its_file_until_it_is_too_old(database: Database) -> None:
    handles = [
        await database.write(lambda tx, path=path: links.offer(tx, "s1", path, after(60)))
        for path in ("a", "notes/ü.md", "a")
    ]
    assert len(set(handles)) == 3
    found = [await database.read(lambda tx, it=it: links.find(tx, it, after(59))) for it in handles]
    assert found == [("s1", "a"), ("s1", "notes/ü.md"), ("s1", "a")]
    assert await database.read(lambda tx: links.find(tx, handles[0], after(60))) is None


@pytest.mark.requirement("P29")
@pytest.mark.parametrize("handle", ["", "x", "..", "%", "_" * 32, "\0", "\ud800", "' OR 1=1 --"])
async def test_what_is_no_handle_leads_nowhere(database: Database, handle: str) -> None:
    await database.write(lambda tx: links.offer(tx, "s1", "a", after(60)))
    assert await database.read(lambda tx: links.find(tx, handle, NOON)) is None


async def test_nobody_finds_a_link_by_trying_or_by_reading_the_database(database: Database) -> None:
    handle = await database.write(lambda tx: links.offer(tx, "s1", "a", after(60)))
    assert len(base64.urlsafe_b64decode(handle)) * 8 >= 128
    rows = await database.read(lambda tx: tx.connection.execute(select(tables.file_links)).all())
    assert handle not in repr(rows)


async def test_what_is_too_old_is_not_kept(database: Database, tmp_path) -> None:
    await database.write(lambda tx: links.offer(tx, "s1", "a", after(60)))
    handle = await database.write(lambda tx: links.offer(tx, "s1", "b", after(600)))
    await Retention(database, tmp_path, now=lambda: NOON + timedelta(seconds=100)).sweep()
    rows = await database.read(lambda tx: tx.connection.execute(select(tables.file_links.c.path)).all())
    assert [row.path for row in rows] == ["b"]
    assert await database.read(lambda tx: links.find(tx, handle, NOON)) == ("s1", "b")
