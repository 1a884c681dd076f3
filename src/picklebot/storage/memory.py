"""What the adapters have to know after a restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, delete, insert, select, update

from picklebot.ports.storage import Transaction
from picklebot.storage.database import Database
from picklebot.storage.tables import adapter_memory as rows

_OF_TOPIC = (rows.c.platform == bindparam("of_platform"), rows.c.topic == bindparam("of_topic"))
_OF_NAME = (*_OF_TOPIC, rows.c.name == bindparam("of_name"))
_RECALL = select(rows.c.name, rows.c.value).where(*_OF_TOPIC)
_CHANGE = update(rows).where(*_OF_NAME).values(value=bindparam("new_value"))
_ADD = insert(rows)
_FORGET = delete(rows).where(*_OF_NAME)


class SqlAdapterMemory:
    """Implements `ports.memory.AdapterMemory` for one platform."""

    def __init__(self, database: Database, platform: str) -> None:
        self._database = database
        self._platform = platform

    async def recall(self, topic: str) -> Mapping[str, str]:
        of_topic = {"of_platform": self._platform, "of_topic": topic}

        def read(tx: Transaction) -> Mapping[str, str]:
            return {row.name: row.value for row in tx.connection.execute(_RECALL, of_topic)}

        return await self._database.read(read)

    async def keep(self, topic: str, values: Mapping[str, str]) -> None:
        kept = dict(values)
        await self._database.write(lambda tx: self._put(tx, topic, kept))

    async def forget(self, topic: str, names: Iterable[str]) -> None:
        gone = [{"of_platform": self._platform, "of_topic": topic, "of_name": name} for name in names]
        if gone:
            await self._database.write(lambda tx: tx.connection.execute(_FORGET, gone))

    def _put(self, tx: Transaction, topic: str, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            found = {"of_platform": self._platform, "of_topic": topic, "of_name": name, "new_value": value}
            if not tx.connection.execute(_CHANGE, found).rowcount:
                row = {"platform": self._platform, "topic": topic, "name": name, "value": value}
                tx.connection.execute(_ADD, row)
