"""What a database's complaint means for the person who runs picklebot, in one line."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError

from picklebot.errors import StorageError, UnwritableError

_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: "is locked by another program; close that program and try again",
    sqlite3.SQLITE_LOCKED: "is locked by another program; close that program and try again",
    sqlite3.SQLITE_FULL: "cannot grow because the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "could not be read or written (I/O error); check the disk",
    sqlite3.SQLITE_CORRUPT: "is damaged; stop picklebot and put a backup in its place",
    sqlite3.SQLITE_NOTADB: "is not a database; put a backup in its place, or move the file away to begin anew",
    sqlite3.SQLITE_READONLY: "may not be written; check the permissions of the file and its folder",
    sqlite3.SQLITE_PERM: "may not be opened; check the permissions of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder is there and may be written",
}

_LASTING: Final = frozenset({"IntegrityError", "DataError"})


def explain(error: Exception, place: str) -> StorageError:
    """Turn a driver's error into ours. `place` is the file or the URL without its password.

    Nothing of the statement or its values goes into the text: they may hold what people wrote.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    if _is_lasting(cause):
        return UnwritableError(f"{place} refused what was to be written ({type(cause).__name__})")
    if isinstance(cause, sqlite3.Error):
        return StorageError(f"{place} {_of_sqlite(cause)}")
    return StorageError(
        f"{place} failed ({_of_postgres(cause)}); check database_url and that the server runs"
    )


def _is_lasting(error: BaseException | None) -> bool:
    """Whether the rows themselves are refused, and not the moment. The names are those of every driver (PEP 249)."""
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        return False  # somebody's own rule, which may go as it came
    return any(kind.__name__ in _LASTING for kind in type(error).__mro__)


def _of_sqlite(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    known = _SQLITE.get(code & 0xFF) if code is not None else None
    return known or f"refused what was asked ({_first_line(error)})"


def _of_postgres(error: BaseException | None) -> str:
    # `diag` holds the server's sentence alone; str() would add the row that was refused.
    said = getattr(getattr(error, "diag", None), "message_primary", None)
    return said or _first_line(error)


def _first_line(error: BaseException | None) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
