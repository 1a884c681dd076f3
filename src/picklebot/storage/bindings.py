"""Session key to session id. The row is the truth; each change also stays as a numbered revision."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
from sqlalchemy import bindparam, delete, insert, select, update

from picklebot import clock
from picklebot.ports.storage import Binding, Origin, Transaction
from picklebot.storage.prepared import Prepared
from picklebot.storage.tables import binding_history, bindings

_OF_KEY = (bindings.c.platform == bindparam("of_platform"), bindings.c.key == bindparam("of_key"))
_GET = Prepared(select(bindings.c.session_id, bindings.c.origin).where(*_OF_KEY))
_KEY_OF = (
    select(bindings.c.platform, bindings.c.key)
    .where(bindings.c.session_id == bindparam("of_session"))
    .order_by(bindings.c.platform, bindings.c.key)
    .limit(1)
)
_ADD = insert(bindings)
_CHANGE = (
    update(bindings)
    .where(*_OF_KEY)
    .values(session_id=bindparam("new_session_id"), origin=bindparam("new_origin"))
)
_REMOVE = delete(bindings).where(*_OF_KEY)
_ALL = select(bindings.c.platform, bindings.c.key, bindings.c.session_id, bindings.c.origin)
_NOTE = insert(binding_history)
_ORIGINS = {str(origin): origin for origin in Origin}


class SqlBindings:
    """Implements `ports.storage.BindingStore`, and tells who waits that something changed."""

    def __init__(self) -> None:
        self._changed = anyio.Event()

    @property
    def changed(self) -> anyio.Event:
        """Set when the next change is committed; a later change has an event of its own."""
        return self._changed

    def get(self, tx: Transaction, platform: str, key: str) -> Binding | None:
        row = _GET.row(tx, of_platform=platform, of_key=key)
        return None if row is None else Binding(row[0], _ORIGINS[row[1]])

    def key_of(self, tx: Transaction, session_id: str) -> tuple[str, str] | None:
        row = tx.connection.execute(_KEY_OF, {"of_session": session_id}).one_or_none()
        return None if row is None else (row.platform, row.key)

    def put(self, tx: Transaction, platform: str, key: str, binding: Binding) -> None:
        before = self.get(tx, platform, key)
        if before == binding:
            return
        if before is None:
            row = {"platform": platform, "key": key}
            tx.connection.execute(_ADD, row | {"session_id": binding.session_id, "origin": binding.origin})
        else:
            row = {"of_platform": platform, "of_key": key}
            tx.connection.execute(
                _CHANGE, row | {"new_session_id": binding.session_id, "new_origin": binding.origin}
            )
        self._note(tx, platform, key, binding.session_id, binding.origin)

    def remove(self, tx: Transaction, platform: str, key: str, origin: Origin = Origin.SERVICE) -> None:
        """End the binding; `origin` says on whose word."""
        removed = tx.connection.execute(_REMOVE, {"of_platform": platform, "of_key": key})
        if removed.rowcount:
            self._note(tx, platform, key, None, origin)

    def all(self, tx: Transaction) -> Mapping[tuple[str, str], Binding]:
        return {
            (platform, key): Binding(session_id, Origin(origin))
            for platform, key, session_id, origin in tx.connection.execute(_ALL)
        }

    def _note(self, tx: Transaction, platform: str, key: str, session_id: str | None, origin: Origin) -> None:
        row = {"platform": platform, "key": key, "session_id": session_id, "origin": origin}
        tx.connection.execute(_NOTE, row | {"at": clock.now()})
        tx.after_commit(self._announce)

    def _announce(self) -> None:
        told, self._changed = self._changed, anyio.Event()
        told.set()
