"""Who waits to be let in, and the edits of the operators' file that are not written yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import anyio
from sqlalchemy import bindparam, delete, insert, select

from picklebot.model.pairing import Pending
from picklebot.ports.doors import ListEdit
from picklebot.ports.storage import Transaction
from picklebot.storage.tables import list_edits, pairings

_PENDING = select(pairings).where(pairings.c.until > bindparam("now")).order_by(pairings.c.until)
_WAIT = insert(pairings)
_LEAVE = delete(pairings).where(
    pairings.c.platform == bindparam("of_platform"), pairings.c.user_id == bindparam("of_user")
)
_OWE = insert(list_edits)
_OWED = select(list_edits).order_by(list_edits.c.number)
_WRITTEN = delete(list_edits).where(list_edits.c.number <= bindparam("last"))


class SqlPairings:
    """Implements `ports.doors.PairingStore`."""

    def pending(self, tx: Transaction, now: datetime) -> Sequence[Pending]:
        rows = tx.connection.execute(_PENDING, {"now": now})
        return [Pending(row.platform, row.user_id, row.name, row.digest, row.until) for row in rows]

    def put(self, tx: Transaction, pending: Pending) -> None:
        self.remove(tx, pending.platform, pending.user_id)
        row = {"platform": pending.platform, "user_id": pending.user_id, "name": pending.name}
        tx.connection.execute(_WAIT, row | {"digest": pending.digest, "until": pending.until})

    def remove(self, tx: Transaction, platform: str, user_id: str) -> None:
        tx.connection.execute(_LEAVE, {"of_platform": platform, "of_user": user_id})


class SqlListEdits:
    """Implements `ports.doors.ListEdits`."""

    def __init__(self) -> None:
        self._changed = anyio.Event()

    @property
    def changed(self) -> anyio.Event:
        return self._changed

    def add(self, tx: Transaction, edits: Sequence[ListEdit]) -> None:
        rows = [
            {"path": ".".join(edit.path), "item": edit.item, "present": int(edit.present)} for edit in edits
        ]
        tx.connection.execute(_OWE, rows)
        tx.after_commit(self._announce)

    def owed(self, tx: Transaction) -> Sequence[tuple[int, ListEdit]]:
        return [
            (row.number, ListEdit(tuple(row.path.split(".")), row.item, bool(row.present)))
            for row in tx.connection.execute(_OWED)
        ]

    def written(self, tx: Transaction, last: int) -> None:
        tx.connection.execute(_WRITTEN, {"last": last})

    def _announce(self) -> None:
        told, self._changed = self._changed, anyio.Event()
        told.set()
