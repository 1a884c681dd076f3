"""How SQLAlchemy connects: one engine that writes and one that only reads, for SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from picklebot.errors import ConfigError

BUSY_MILLISECONDS: Final = 5_000
READERS: Final = 2

_ON_CONNECT: Final = (
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
    "PRAGMA foreign_keys = ON",
)
_ON_CONNECT_TO_WRITE: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit in the log is synced before anybody is told of it
)


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


def writing_engine(url: URL) -> Engine:
    """The engine of the one writer. On SQLite a transaction takes the write lock when it begins."""
    if is_sqlite(url):
        engine = _sqlite_engine(file_of(url), "rw", "BEGIN IMMEDIATE", _ON_CONNECT + _ON_CONNECT_TO_WRITE)
    else:
        engine = create_engine(url, hide_parameters=True, pool_size=1, max_overflow=0, pool_pre_ping=True)
    return engine


def reading_engine(url: URL) -> Engine:
    """The engine of the readers: each transaction sees one state of the database and cannot write."""
    if is_sqlite(url):
        return _sqlite_engine(file_of(url), "ro", "BEGIN", _ON_CONNECT)
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=READERS,
        max_overflow=0,
        pool_pre_ping=True,
        isolation_level="REPEATABLE READ",
    )
    event.listen(engine, "connect", _forbid_writing)
    return engine


def _sqlite_engine(path: Path, mode: str, begin: str, pragmas: tuple[str, ...]) -> Engine:
    # By its URI, so that a file that is missing is never quietly made anew.
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=path.absolute().as_uri(), query={"mode": mode, "uri": "true"}),
        hide_parameters=True,
        pool_size=READERS if mode == "ro" else 1,
        max_overflow=0,
    )

    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in pragmas:
            connection.execute(pragma)

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", start)
    return engine


def _forbid_writing(connection: Any, _record: object) -> None:
    connection.read_only = True
