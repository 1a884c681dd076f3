"""The SQLite file: made whole or not at all, and never replaced by an empty one.

A missing file is made under another name and takes its own only when its tables are there. So an empty
file, or one without tables, is never "new": it is what is left of something, and an error.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import URL

from picklebot.errors import StorageError
from picklebot.storage import schema
from picklebot.storage.engines import writing_gate


def make_if_missing(path: Path) -> None:
    """Make the file with its tables when there is none. Raises StorageError when something speaks against it."""
    if path.exists():
        return
    if was_left_open(path):
        log = _beside(path, "-wal").name
        raise StorageError(f"{path} is missing but {log} is there; put the file back, or move both away")
    path.parent.mkdir(parents=True, exist_ok=True)
    new = _beside(path, ".new")
    for leftover in (new, _beside(new, "-wal"), _beside(new, "-shm")):
        leftover.unlink(missing_ok=True)
    _make(new)
    new.rename(path)
    _sync_folder(path.parent)


def prove(path: Path) -> None:
    """Raise StorageError when the file is missing or was cut off."""
    if not path.exists():
        raise StorageError(f"{path} is not there yet; start `picklebot run` once, it makes the database")
    if path.stat().st_size == 0:
        raise StorageError(f"{path} is empty, it was cut off; put a backup in its place, or move it away")


def was_left_open(path: Path) -> bool:
    """Whether the last writer ended without closing: a close empties the log and removes it."""
    log = _beside(path, "-wal")
    return log.exists() and log.stat().st_size > 0


def _make(path: Path) -> None:
    path.touch(mode=0o600)  # conversations are nobody else's business
    gate = writing_gate(URL.create("sqlite", database=str(path)))
    try:
        with gate.begin() as connection:
            schema.upgrade(connection, str(path), empty_is_new=True)
    finally:
        gate.dispose()


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
