"""What was owed before parts had a state is owed after it, chat by chat."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from tests.storage.samples import make_parcel

from picklebot.storage import migrations
from picklebot.storage.database import Database
from picklebot.storage.outbox import SqlOutbox

PARCEL = make_parcel("p1", "text", posted=("901",))


def make_older(file: Path) -> None:
    """A database of revision 0003 that owes one parcel, whose first part is posted."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        command.upgrade(config, "0003")
        connection.execute(
            text("INSERT INTO outbox VALUES (1, 'p1', 's1', 'new', :at, :address, 'text')"),
            {
                "at": int(PARCEL.created_at.timestamp() * 1_000_000),
                "address": json.dumps(asdict(PARCEL.address)),
            },
        )
        connection.execute(text("INSERT INTO posted VALUES ('p1', 0, '901')"))
    engine.dispose()


async def test_what_was_owed_is_owed(tmp_path: Path) -> None:
    make_older(tmp_path / "picklebot.db")
    async with Database.open(f"sqlite:///{tmp_path}/picklebot.db") as database:
        assert await database.read(SqlOutbox().owed_chats) == [PARCEL.chat]
        assert await database.read(lambda tx: SqlOutbox().owed(tx, PARCEL.chat, 9)) == [PARCEL]
