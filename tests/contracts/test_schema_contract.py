"""The migrations make the tables that the stores use."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from picklebot.storage.database import Database
from picklebot.storage.migrations import HEAD
from picklebot.storage.schema import revision_of
from picklebot.storage.tables import metadata


async def test_migrations_and_tables_agree(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert await database.read(lambda tx: differences(tx.connection)) == []
    assert await database.read(lambda tx: revision_of(tx.connection)) == HEAD
