"""Backups: whole, durable, before the tables change, and never in the way of what they protect."""

# ruff: noqa: ASYNC240 - files are small here and nobody else waits for the loop

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from functools import partial
from pathlib import Path

import anyio
import pytest
from alembic import command
from alembic.config import Config
from anyio.to_thread import run_sync
from sqlalchemy import create_engine
from tests.storage.samples import make_session

from picklebot.errors import StorageError
from picklebot.ports.storage import Binding, Origin
from picklebot.storage import backup, migrations
from picklebot.storage.backup import KEPT, back_up, back_up_url, folder_of
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.sessions import SqlSessions


def make_older(file: Path) -> None:
    """A database as the first picklebot made it, with one binding in it."""
    file.parent.mkdir()
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        command.upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO bindings VALUES ('telegram', '1', 's1', 'service')")
    engine.dispose()
    file.chmod(0o600)


def ask(file: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(question).fetchall()


def backups(file: Path) -> list[Path]:
    return sorted(folder_of(file).iterdir())


async def test_an_upgrade_keeps_what_was_there_and_a_backup_from_before(url: str, file: Path) -> None:
    make_older(file)
    async with Database.open(url) as database:
        found = await database.read(lambda tx: SqlBindings().get(tx, "telegram", "1"))
    assert found == Binding("s1", Origin.SERVICE)
    assert ask(file, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]
    (kept,) = backups(file)
    assert ask(kept, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert ask(kept, "SELECT session_id FROM bindings") == [("s1",)]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


async def test_without_an_upgrade_there_is_no_backup(url: str, file: Path) -> None:
    for _ in range(2):
        async with Database.open(url):
            pass
    assert not folder_of(file).exists()


async def test_without_room_for_a_backup_nothing_is_upgraded(
    url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_older(file)
    before = file.read_bytes()
    monkeypatch.setattr(backup, "SPARE_BYTES", 1 << 60)
    with pytest.raises(StorageError, match=r"there is no room for a backup in .*free some space") as caught:
        async with Database.open(url):
            pass
    assert "\n" not in str(caught.value)
    assert ask(file, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert len(file.read_bytes()) == len(before)
    assert backups(file) == []


async def test_a_damaged_database_is_neither_upgraded_nor_kept_as_a_backup(url: str, file: Path) -> None:
    make_older(file)
    root = ask(file, "SELECT rootpage FROM sqlite_master WHERE name = 'bindings'")[0][0]
    assert isinstance(root, int)
    content = bytearray(file.read_bytes())
    content[4096 * (root - 1) : 4096 * root] = b"\xa5" * 4096
    file.write_bytes(content)
    with pytest.raises(StorageError, match="is damaged"):
        async with Database.open(url):
            pass
    assert backups(file) == []
    with pytest.raises(StorageError, match="is damaged"):
        back_up(file)
    assert backups(file) == []


async def test_a_backup_beside_a_writer_is_one_state_of_it(url: str, file: Path) -> None:
    made: list[Path] = []

    async def write(database: Database) -> None:
        for number in range(300):
            session = make_session(f"s{number}")
            await database.write(partial(SqlSessions().create, session=session))

    async with Database.open(url) as database, anyio.create_task_group() as tasks:
        tasks.start_soon(write, database)
        made += [await run_sync(back_up_url, url) for _ in range(3)]
    for copy in made:
        async with Database.open(f"sqlite:///{copy}", read_only=True) as database:
            found = await database.read(lambda tx: SqlSessions().find(tx, limit=1_000))
        assert {it.id for it in found} == {f"s{number}" for number in range(len(found))}
        copy.rename(file)  # as an operator goes back to it
        async with Database.open(url) as database:
            assert len(await database.read(lambda tx: SqlSessions().find(tx, limit=1_000))) == len(found)


async def test_the_last_few_are_kept(url: str, file: Path) -> None:
    async with Database.open(url):
        pass
    made = [back_up(file) for _ in range(KEPT + 2)]
    assert backups(file) == made[-KEPT:]


def test_what_is_not_there_is_not_backed_up(url: str, file: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is not there yet"):
        back_up_url(url)
    assert not file.parent.exists()
    with pytest.raises(StorageError, match="pg_dump"):
        back_up_url("postgresql://ann@/pickle")


async def test_a_folder_that_cannot_be_made_is_said(url: str, file: Path) -> None:
    async with Database.open(url):
        pass
    folder_of(file).write_text("in the way")
    with pytest.raises(StorageError, match=r"no backup can be made in .*; check the folder"):
        back_up(file)
