"""Opening a database: everything that can be wrong with it is found, and said, before it is used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Connection

from picklebot.errors import StorageError
from picklebot.storage import schema, sqlite_file
from picklebot.storage.backup import back_up
from picklebot.storage.engines import (
    Gate,
    file_of,
    is_sqlite,
    parse_url,
    place_of,
    reading_gate,
    writing_gate,
)
from picklebot.storage.faults import explain

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Gates:
    """A database that was proven to be ours. `writing` is None where it is only read."""

    place: str
    reading: Gate
    writing: Gate | None

    def dispose(self) -> None:
        """Close all connections, the writer's last: who leaves SQLite last tidies up, and only it may."""
        self.reading.dispose()
        if self.writing is not None:
            self.writing.dispose()


def open_gates(url: str, read_only: bool) -> Gates:
    """Connect and prove. Raises StorageError or, for a bad URL, ConfigError."""
    parsed = parse_url(url)
    place = place_of(parsed)
    left_open = False
    try:
        if is_sqlite(parsed):
            if not read_only:
                sqlite_file.make_if_missing(file_of(parsed))
            sqlite_file.prove(file_of(parsed))
            if not read_only and not os.access(file_of(parsed), os.W_OK):
                raise StorageError(
                    f"{place} may not be written; check the permissions of the file and its folder"
                )
            left_open = sqlite_file.was_left_open(file_of(parsed))
        gates = Gates(place, reading_gate(parsed), None if read_only else writing_gate(parsed))
        _prove(gates, left_open, file_of(parsed) if is_sqlite(parsed) else None)
    except OSError as error:
        raise StorageError(f"{place} cannot be opened ({error.strerror}); check its folder") from error
    return gates


def _prove(gates: Gates, left_open: bool, file: Path | None) -> None:
    """`file` is SQLite's; it is backed up before its tables change. A server has backups of its own."""
    try:
        if gates.writing is None:
            with gates.reading.begin() as connection:
                schema.check(connection, gates.place)
            return
        with gates.writing.begin() as connection:
            if left_open:
                _check_pages(connection, gates.place)
            if file is not None and schema.is_older(connection):
                log.info("the database is upgraded", file=gates.place, backup=str(back_up(file)))
            schema.upgrade(connection, gates.place, empty_is_new=file is None)
    except gates.reading.errors as error:
        gates.dispose()
        raise explain(error, gates.place) from error
    except StorageError:
        gates.dispose()
        raise


def _check_pages(connection: Connection, place: str) -> None:
    """Look for damage after an unclean stop. SQLite mends a cut-off log by itself; this finds the rest."""
    verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if verdict != "ok":
        raise StorageError(f"{place} is damaged; stop picklebot and put a backup in its place")
