"""The bindings as numbered revisions, for the file that operators read and edit."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import bindparam, func, insert, literal, select, update

from picklebot.ports.ledger import BindingChange, BindingEdit, Bindings, LedgerChanges, LedgerState
from picklebot.ports.storage import Binding, Origin, Transaction
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.tables import binding_history, bindings, meta, sessions

log = structlog.get_logger()

MOST_TOLD = 20
"""So many edits of one save are logged one by one; a map that was put in place as a whole is not."""

_NEWEST = select(func.coalesce(func.max(binding_history.c.revision), 0))
_NOW = select(bindings.c.platform, bindings.c.key, bindings.c.session_id)
_LAST_CHANGES = (
    select(func.max(binding_history.c.revision))
    .where(binding_history.c.revision <= bindparam("as_of"))
    .group_by(binding_history.c.platform, binding_history.c.key)
)
_THEN = select(binding_history.c.platform, binding_history.c.key, binding_history.c.session_id).where(
    binding_history.c.revision.in_(_LAST_CHANGES), binding_history.c.session_id.is_not(None)
)
_EARLIER = binding_history.alias("earlier")
_BEFORE = (
    select(_EARLIER.c.session_id)
    .where(
        _EARLIER.c.platform == binding_history.c.platform,
        _EARLIER.c.key == binding_history.c.key,
        _EARLIER.c.revision <= bindparam("since"),
    )
    .order_by(_EARLIER.c.revision.desc())
    .limit(1)
    .scalar_subquery()
)
_CHANGES = (
    select(
        binding_history.c.platform,
        binding_history.c.key,
        _BEFORE.label("before"),
        binding_history.c.session_id,
    )
    .where(binding_history.c.revision > bindparam("since"))
    .order_by(binding_history.c.revision)
)
_KNOWN = select(literal(1)).where(sessions.c.id == bindparam("of_session"))
_WRITTEN = "runtime_yaml_revision"
_OF_WRITTEN = meta.c.name == _WRITTEN
_LAST_WRITTEN = select(meta.c.value).where(_OF_WRITTEN)
_WRITE_AGAIN = update(meta).where(_OF_WRITTEN).values(value=bindparam("revision"))
_WRITE_FIRST = insert(meta).values(name=_WRITTEN, value=bindparam("revision"))


class SqlLedger:
    """Implements `ports.ledger.BindingLedger` on the rows that `bindings` writes."""

    def __init__(self, database: Database, bindings: SqlBindings) -> None:
        self._database = database
        self._bindings = bindings

    async def state(self) -> LedgerState:
        return await self._database.read(lambda tx: LedgerState(_newest(tx), _now(tx)))

    async def bindings_at(self, revision: int) -> Bindings:
        def work(tx: Transaction) -> Bindings:
            return _now(tx) if revision >= _newest(tx) else _at(tx, revision)

        return await self._database.read(work)

    async def changes_since(self, revision: int) -> LedgerChanges:
        return await self._database.read(lambda tx: LedgerChanges(_newest(tx), _changes(tx, revision)))

    async def apply_operator_edits(self, edits: Sequence[BindingEdit], *, restored: bool) -> int:
        origin = Origin.RESTORED if restored else Origin.OPERATOR

        def work(tx: Transaction) -> int:
            for edit in edits:
                self._apply(tx, edit, origin, tell=len(edits) <= MOST_TOLD)
            return _newest(tx)

        return await self._database.write(work)

    async def last_written_revision(self) -> int | None:
        return await self._database.read(last_written)

    async def note_written(self, revision: int) -> None:
        def work(tx: Transaction) -> None:
            values = {"revision": str(revision)}
            if not tx.connection.execute(_WRITE_AGAIN, values).rowcount:
                tx.connection.execute(_WRITE_FIRST, values)

        await self._database.write(work)

    async def wait_changed(self, since: int) -> int:
        while True:
            # Taken before the look at the rows: a change in between sets it.
            changed = self._bindings.changed
            if (newest := await self._database.read(_newest)) > since:
                return newest
            await changed.wait()

    def _apply(self, tx: Transaction, edit: BindingEdit, origin: Origin, *, tell: bool) -> None:
        if edit.session_id is None:
            self._bindings.remove(tx, edit.platform, edit.key, origin)
            return
        bound = self._bindings.get(tx, edit.platform, edit.key)
        if bound is None or bound.session_id != edit.session_id:
            self._bindings.put(tx, edit.platform, edit.key, Binding(edit.session_id, origin))
            if tell and origin is Origin.OPERATOR:
                self._tell(tx, edit, bound)

    def _tell(self, tx: Transaction, edit: BindingEdit, bound: Binding | None) -> None:
        """What the edit means, once it is committed: a mistyped id begins an empty conversation."""
        known = tx.connection.execute(_KNOWN, {"of_session": edit.session_id}).scalar() is not None
        fields = {"platform": edit.platform, "key": edit.key, "session_id": edit.session_id}
        before = bound.session_id if bound else None
        if known:
            tx.after_commit(lambda: log.info("an operator bound a key", before=before, **fields))
        else:
            tx.after_commit(
                lambda: log.warning(
                    "an operator bound a key to a session that is new", before=before, **fields
                )
            )


def last_written(tx: Transaction) -> int | None:
    """The revision last noted as written to the file."""
    found = tx.connection.execute(_LAST_WRITTEN).scalar()
    return None if found is None else int(found)


def _newest(tx: Transaction) -> int:
    return tx.connection.execute(_NEWEST).scalar_one()


def _now(tx: Transaction) -> Bindings:
    return {(platform, key): session_id for platform, key, session_id in tx.connection.execute(_NOW)}


def _at(tx: Transaction, revision: int) -> Bindings:
    rows = tx.connection.execute(_THEN, {"as_of": revision})
    return {(platform, key): session_id for platform, key, session_id in rows}


def _changes(tx: Transaction, since: int) -> list[BindingChange]:
    rows = tx.connection.execute(_CHANGES, {"since": since})
    changes = {(platform, key): BindingChange(platform, key, *ids) for platform, key, *ids in rows}
    return [change for change in changes.values() if change.before != change.after]
