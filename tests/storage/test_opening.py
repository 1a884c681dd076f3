"""Opening: what is missing is made whole, and what is wrong is said and left as it is."""

# ruff: noqa: ASYNC240 - files are small here and nobody else waits for the loop

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from tests.storage.samples import make_session

from picklebot.errors import ConfigError, StorageError
from picklebot.ports.storage import Transaction
from picklebot.storage import engines, migrations
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.sessions import SqlSessions


async def make(url: str) -> None:
    async with Database.open(url) as database:
        await database.write(lambda tx: SqlSessions().create(tx, make_session()))


async def refused(url: str, match: str, *, read_only: bool = False) -> None:
    with pytest.raises(StorageError, match=match) as caught:
        async with Database.open(url, read_only=read_only):
            pass
    assert "\n" not in str(caught.value)


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@contextmanager
def locked(file: Path) -> Generator[None]:
    """Another program holds the write lock."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


async def test_a_missing_file_is_made_with_its_folder_for_its_owner_only(url: str, file: Path) -> None:
    await make(url)
    assert [path.name for path in file.parent.iterdir()] == ["picklebot.db"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_what_was_written_is_there_again(url: str) -> None:
    await make(url)
    for read_only in (True, False):
        async with Database.open(url, read_only=read_only) as database:
            assert await database.read(lambda tx: SqlSessions().get(tx, "s1")) == make_session()


async def test_every_commit_is_synced(url: str) -> None:
    """WAL alone survives a crash of the process, and is enough for what says so; FULL also one of the machine."""

    def pragmas(tx: Transaction) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [tx.connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    async with Database.open(url) as database:
        assert await database.write(pragmas) == ["wal", 2, 1, 5000]
        assert await database.write(pragmas, synced=False) == ["wal", 1, 1, 5000]
        assert await database.write(pragmas) == ["wal", 2, 1, 5000]


async def test_reading_makes_nothing(url: str, file: Path) -> None:
    await refused(url, "is not there yet; start `picklebot run` once", read_only=True)
    assert not file.parent.exists()


async def test_a_reader_opens_beside_a_writer(url: str) -> None:
    async with Database.open(url) as writer, Database.open(url, read_only=True) as reader:
        await writer.write(lambda tx: SqlSessions().create(tx, make_session()))
        assert await reader.read(lambda tx: SqlSessions().get(tx, "s1")) == make_session()


async def test_a_making_that_was_cut_off_is_begun_anew(url: str, file: Path) -> None:
    file.parent.mkdir()
    for suffix in ("", "-wal", "-shm"):
        file.with_name(f"{file.name}.new{suffix}").write_bytes(b"half")
    await make(url)
    assert [path.name for path in file.parent.iterdir()] == ["picklebot.db"]


@pytest.mark.requirement("S0.3")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty, it was cut off"),
        (b"this is no database, and long enough to be read as one" * 99, "is not a database"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "is not a database|is damaged"),
    ],
)
@pytest.mark.parametrize("read_only", [False, True])
async def test_a_broken_file_is_an_error_and_stays(
    url: str, file: Path, content: bytes, said: str, read_only: bool
) -> None:
    """Never an empty database in its place: that would make everybody a stranger."""
    file.parent.mkdir()
    file.write_bytes(content)
    await refused(url, said, read_only=read_only)
    assert file.read_bytes() == content


@pytest.mark.requirement("S0.3")
async def test_a_damaged_page_is_an_error_and_never_an_absent_binding(url: str, file: Path) -> None:
    async with Database.open(url):
        pass
    with closing(sqlite3.connect(file)) as connection:
        root, size = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'bindings'"
        ).fetchone()
    content = bytearray(file.read_bytes())
    content[(root - 1) * size : root * size] = b"\xa5" * size
    file.write_bytes(content)
    async with Database.open(url) as database:
        with pytest.raises(StorageError, match="is damaged"):
            await database.write(lambda tx: SqlBindings().all(tx))
        with pytest.raises(StorageError, match="is damaged"):
            await database.read(lambda tx: SqlBindings().all(tx))


@pytest.mark.requirement("S0.3")
async def test_damage_after_an_unclean_stop_is_found_at_the_start(
    url: str, file: Path, tmp_path: Path
) -> None:
    left = tmp_path / "left"
    async with Database.open(url) as database:
        await database.write(lambda tx: SqlSessions().create(tx, make_session()))
        shutil.copytree(file.parent, left)
    content = bytearray((left / file.name).read_bytes())
    content[4096 * 4 : 4096 * 6] = b"\xa5" * 8192
    (left / file.name).write_bytes(content)
    await refused(f"sqlite:///{left / file.name}", "is damaged")


async def test_an_unclean_stop_loses_nothing(url: str, file: Path, tmp_path: Path) -> None:
    left = tmp_path / "left"
    async with Database.open(url) as database:
        await database.write(lambda tx: SqlSessions().create(tx, make_session()))
        shutil.copytree(file.parent, left)
    async with Database.open(f"sqlite:///{left / file.name}") as again:
        assert await again.read(lambda tx: SqlSessions().get(tx, "s1")) == make_session()


async def test_a_log_without_its_file_is_an_error(url: str, file: Path) -> None:
    file.parent.mkdir()
    file.with_name("picklebot.db-wal").write_bytes(b"what was said")
    await refused(url, "is missing but picklebot.db-wal is there")
    assert not file.exists()


@pytest.mark.parametrize("read_only", [False, True])
async def test_somebody_elses_database_is_left_alone(url: str, file: Path, read_only: bool) -> None:
    file.parent.mkdir()
    execute(file, "CREATE TABLE recipes (name TEXT)")
    before = file.read_bytes()
    await refused(url, "has no picklebot tables", read_only=read_only)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    assert len(file.read_bytes()) == len(before)


@pytest.mark.parametrize("read_only", [False, True])
async def test_a_newer_database_is_refused(url: str, file: Path, read_only: bool) -> None:
    await make(url)
    execute(file, "UPDATE alembic_version SET version_num = '9999'")
    await refused(url, "is from a newer picklebot", read_only=read_only)


async def test_an_older_database_is_not_upgraded_by_a_reader(url: str, file: Path) -> None:
    await make(url)
    execute(file, "UPDATE alembic_version SET version_num = '0000'")
    await refused(url, "is from an older picklebot", read_only=True)


@pytest.mark.requirement("S0.3")
async def test_a_locked_database_is_an_error_and_writes_nothing(
    url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_ON_CONNECT", ("PRAGMA busy_timeout = 50", "PRAGMA foreign_keys = ON"))
    async with Database.open(url) as database:
        with locked(file):
            with pytest.raises(StorageError, match="is locked by another program"):
                await database.write(lambda tx: SqlSessions().create(tx, make_session("s2")))
            assert await database.read(lambda tx: SqlSessions().get(tx, "s2")) is None
        await database.write(lambda tx: SqlSessions().create(tx, make_session("s3")))
    with locked(file):
        await refused(url, "is locked by another program")


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    await refused(f"sqlite:///{tmp_path}/data/picklebot.db", "cannot be opened")


async def test_a_file_that_may_not_be_written_is_said(url: str, file: Path) -> None:
    await make(url)
    with unwritable(file):
        await refused(url, "may not be written")


@contextmanager
def unwritable(file: Path) -> Generator[None]:
    """Take away the right to write; from root, who may write everything, by a read-only mount."""
    if os.geteuid() != 0:
        file.chmod(0o400)
        yield
        return
    if subprocess.run(["mount", "--bind", file, file], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", file], check=True)
        yield
    finally:
        subprocess.run(["umount", file], check=True)


@pytest.mark.parametrize("url", ["", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "not a url"])
async def test_other_urls_are_the_operators_error(url: str) -> None:
    with pytest.raises(ConfigError, match="database_url must look like"):
        async with Database.open(url):
            pass


async def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="check database_url") as caught:
        async with Database.open(f"postgresql://ann:hunter2@/pickle?host={tmp_path}"):
            pass
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]
