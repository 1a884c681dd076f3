"""Copies of the SQLite file, whole and durable, the last few of them kept."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from picklebot.errors import StorageError
from picklebot.storage import sqlite_file
from picklebot.storage.engines import file_of, is_sqlite, parse_url
from picklebot.storage.faults import explain

KEPT: Final = 5
SPARE_BYTES: Final = 16 * 1024 * 1024
_ABANDONED_SECONDS: Final = 3_600


def folder_of(file: Path) -> Path:
    """Where the backups of this database are."""
    return file.parent / "backups"


def back_up_url(url: str) -> Path:
    """Back up the database of this URL, see `back_up`. Raises StorageError for one that is no file of ours."""
    parsed = parse_url(url)
    if not is_sqlite(parsed):
        raise StorageError("database_url names a PostgreSQL server; back it up with pg_dump")
    sqlite_file.prove(file_of(parsed))
    return back_up(file_of(parsed))


def back_up(file: Path) -> Path:
    """Copy the database as of now, also while a gateway writes to it, and return the copy.

    The copy is one file without a log beside it; to go back to it, stop picklebot and put it in the place of
    the database. Raises StorageError, and then no copy is there, when there is no room, or when the database
    cannot be read or is damaged.
    """
    folder = folder_of(file)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _prove_room(file, folder)
        made = _make(file, folder)
        _prune(folder)
    except OSError as error:
        raise StorageError(
            f"no backup can be made in {folder} ({error.strerror}); check the folder"
        ) from error
    return made


def _make(file: Path, folder: Path) -> Path:
    made = folder / f"picklebot-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db"
    part = made.with_suffix(".part")
    try:
        part.touch(mode=0o600)
        _copy(file, part)
        _sync(part)
        part.rename(made)
        _sync(folder)
    finally:
        part.unlink(missing_ok=True)
    return made


def _copy(file: Path, part: Path) -> None:
    place = str(file)
    try:
        with (
            closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(part, isolation_level=None)) as copy,
        ):
            source.backup(copy)
            place = str(part)
            copy.execute("PRAGMA journal_mode = DELETE")  # so that no log belongs to it
            verdict = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise explain(error, place) from error
    if verdict != "ok":
        raise StorageError(f"{file} is damaged; stop picklebot and put an earlier backup in its place")


def _prove_room(file: Path, folder: Path) -> None:
    """A backup that fills the disk would stop the gateway that it is to protect."""
    needed = _size(file) + _size(file.with_name(f"{file.name}-wal")) + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StorageError(
            f"there is no room for a backup in {folder}: {needed:,} bytes are needed, {free:,} are free; "
            "free some space or remove old backups"
        )


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _prune(folder: Path) -> None:
    """Keep the newest; the names sort by time. What a crash left half-made goes too, once nobody makes it."""
    for old in sorted(folder.glob("picklebot-*.db"))[:-KEPT]:
        old.unlink(missing_ok=True)
    for part in folder.glob("picklebot-*.part"):
        if time.time() - part.stat().st_mtime > _ABANDONED_SECONDS:
            part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
