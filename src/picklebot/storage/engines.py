"""How SQLAlchemy connects: one gate for the writer and one for readers, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from picklebot.errors import ConfigError

BUSY_MILLISECONDS: Final = 5_000
READERS: Final = 2
PARAMETERS: Final = "format"
"""PostgreSQL's are counted, as SQLite's always are: prepared statements give theirs in order."""

_ON_CONNECT: Final = (
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
    "PRAGMA foreign_keys = ON",
)
_ON_CONNECT_TO_WRITE: Final = (
    # A message changes a row or two in each of a dozen pages, and every one of them is written as a whole: small
    # pages halve what is written. A file keeps the size it was made with.
    "PRAGMA page_size = 2048",
    "PRAGMA journal_mode = WAL",
    # So many pages gather in the log before they go into the file: most of them change again meanwhile.
    "PRAGMA wal_autocheckpoint = 4000",
)
_BEGIN_SYNCED: Final = ("PRAGMA synchronous = FULL", "BEGIN IMMEDIATE")
"""The commit is in the log, and that is synced, before anybody is told of it."""
_BEGIN_UNSYNCED: Final = ("PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE")
"""The commit is in the log, where a crash of the process does not reach it."""


def parse_url(url: str) -> URL:
    """Read a database_url. Raises ConfigError when it names neither a SQLite file nor PostgreSQL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    match parsed and parsed.get_backend_name():
        case "sqlite" if parsed and parsed.database and parsed.database != ":memory:":
            return parsed.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres" if parsed:
            return parsed.set(drivername="postgresql+psycopg")
        case _:
            raise ConfigError(
                "database_url must look like sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
            )


def place_of(url: URL) -> str:
    """How people are told of this database: its file, or its URL without the password."""
    return url.database or "" if is_sqlite(url) else url.render_as_string(hide_password=True)


def is_sqlite(url: URL) -> bool:
    """Whether the URL names a file."""
    return url.get_backend_name() == "sqlite"


def file_of(url: URL) -> Path:
    """The file that a SQLite URL names."""
    return Path(url.database or "")


@dataclass(frozen=True, slots=True)
class Gate:
    """A way into the database: an engine, and the words by which its transactions begin.

    They are said here and not in an event of the engine, since an engine with such events is a tenth slower
    at every statement. `unsynced` are those of a transaction that only a crash of the machine may undo.
    """

    engine: Engine
    opening: tuple[str, ...]
    unsynced: tuple[str, ...] = ()

    @contextmanager
    def begin(self, *, synced: bool = True) -> Generator[Connection]:
        """A transaction: committed at the end, undone when an error leaves it."""
        with self.engine.begin() as connection:
            driver: Any = connection.connection.driver_connection
            for words in self.opening if synced else self.unsynced:
                driver.execute(words)
            yield connection

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What this database raises: SQLAlchemy's errors and, while a connection is made, its driver's."""
        return (SQLAlchemyError, self.engine.dialect.loaded_dbapi.Error)

    def dispose(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def writing_gate(url: URL) -> Gate:
    """The gate of the one writer. On SQLite a transaction takes the write lock when it begins."""
    if is_sqlite(url):
        return Gate(_sqlite_engine(file_of(url), "rw", _ON_CONNECT_TO_WRITE), _BEGIN_SYNCED, _BEGIN_UNSYNCED)
    return Gate(
        create_engine(
            url,
            hide_parameters=True,
            paramstyle=PARAMETERS,
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
        ),
        opening=(),
        unsynced=("SET LOCAL synchronous_commit = off",),
    )


def reading_gate(url: URL) -> Gate:
    """The gate of the readers: each transaction sees one state of the database and cannot write."""
    if is_sqlite(url):
        return Gate(_sqlite_engine(file_of(url), "ro", ()), ("BEGIN",))
    engine = create_engine(
        url,
        hide_parameters=True,
        paramstyle=PARAMETERS,
        pool_size=READERS,
        max_overflow=0,
        pool_pre_ping=True,
        isolation_level="REPEATABLE READ",
    )
    event.listen(engine, "connect", _forbid_writing)
    return Gate(engine, ())


def _sqlite_engine(path: Path, mode: str, pragmas: tuple[str, ...]) -> Engine:
    # By its URI, so that a file that is missing is never quietly made anew.
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=path.absolute().as_uri(), query={"mode": mode, "uri": "true"}),
        hide_parameters=True,
        pool_size=READERS if mode == "ro" else 1,
        max_overflow=0,
    )

    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in _ON_CONNECT + pragmas:
            connection.execute(pragma)

    event.listen(engine, "connect", prepare)
    return engine


def _forbid_writing(connection: Any, _record: object) -> None:
    connection.read_only = True
