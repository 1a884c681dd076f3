"""The tables' revision: proven before anything else is done, and brought up to date by a writer."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from picklebot.errors import StorageError
from picklebot.storage.migrations import HEAD


def upgrade(connection: Connection, place: str, *, empty_is_new: bool) -> None:
    """Run the migrations that are missing, in the connection's transaction.

    Tables are made from nothing only where `empty_is_new`; elsewhere their absence is an error, for a
    database without our tables is either not ours or not whole. Raises StorageError.
    """
    revision = revision_of(connection)
    if revision is None and not empty_is_new:
        raise _not_ours(place)
    if revision != HEAD:
        _refuse_newer(revision, place)
        _migrate(connection)


def is_older(connection: Connection) -> bool:
    """Whether there are tables of ours that `upgrade` would change."""
    revision = revision_of(connection)
    return revision is not None and revision < HEAD


def check(connection: Connection, place: str) -> None:
    """Raise StorageError unless the tables are exactly those that this version reads."""
    revision = revision_of(connection)
    if revision is None:
        raise _not_ours(place)
    _refuse_newer(revision, place)
    if revision != HEAD:
        raise StorageError(
            f"{place} is from an older picklebot; run `picklebot db upgrade`, or start the gateway"
        )


def revision_of(connection: Connection) -> str | None:
    """The revision that the database says it has, None without our tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_newer(revision: str | None, place: str) -> None:
    if revision is not None and revision > HEAD:
        raise StorageError(f"{place} is from a newer picklebot (revision {revision}); update picklebot")


def _not_ours(place: str) -> StorageError:
    return StorageError(f"{place} has no picklebot tables; put a backup in its place, or move it away")


def _migrate(connection: Connection) -> None:
    # Alembic is heavy and needed only when there is something to do.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    command.upgrade(config, "head")
