"""The sessions themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from picklebot.errors import StorageError
from picklebot.model.session import Session, SessionMode
from picklebot.ports.storage import Transaction
from picklebot.storage.columns import utc_time
from picklebot.storage.prepared import Prepared
from picklebot.storage.tables import sessions

_COLUMNS = select(
    sessions.c.id,
    sessions.c.agent,
    sessions.c.platform,
    sessions.c.speaker,
    sessions.c.mode,
    sessions.c.title,
    sessions.c.created_at,
    sessions.c.last_message_at,
    sessions.c.message_count,
    sessions.c.model,
    sessions.c.verbose,
    sessions.c.agent_chosen,
)
_GET = Prepared(_COLUMNS.where(sessions.c.id == bindparam("of_id")))
_NEWEST = _COLUMNS.order_by(sessions.c.active_at.desc(), sessions.c.id)
_ADD = insert(sessions)
_KEEP = (
    update(sessions)
    .where(sessions.c.id == bindparam("of_id"))
    .values(
        {
            name: bindparam(f"new_{name}", type_=sessions.c[name].type)
            for name in ("title", "model", "verbose", "agent_chosen")
        }
    )
)
_MODES = {str(mode): mode for mode in SessionMode}


class SqlSessions:
    """Implements `ports.storage.SessionStore`."""

    def get(self, tx: Transaction, session_id: str) -> Session | None:
        row = _GET.row(tx, of_id=session_id)
        if row is None:
            return None
        id_, agent, platform, speaker, mode, title, created_at, last, count, model, verbose, chosen = row
        return Session(
            id_,
            agent,
            platform,
            speaker,
            _MODES[mode],
            title,
            utc_time(created_at),
            None if last is None else utc_time(last),
            count,
            model,
            bool(verbose),
            bool(chosen),
        )

    def create(self, tx: Transaction, session: Session) -> None:
        """Add a session. Its message count begins at 0, whatever `session` says: rows are what counts."""
        row = {
            "id": session.id,
            "agent": session.agent,
            "platform": session.platform,
            "speaker": session.speaker,
            "mode": session.mode,
            "title": session.title,
            "created_at": session.created_at,
            "last_message_at": session.last_message_at,
            "active_at": session.last_message_at or session.created_at,
            "message_count": 0,
            "user_total": 0,
            "model": session.model,
            "verbose": int(session.verbose),
            "agent_chosen": int(session.agent_chosen),
        }
        try:
            tx.connection.execute(_ADD, row)
        except IntegrityError as error:
            raise StorageError(f"there is a session {session.id} already; use another id") from error

    def keep(self, tx: Transaction, session: Session) -> None:
        chosen = {
            "new_title": session.title,
            "new_model": session.model,
            "new_verbose": int(session.verbose),
            "new_agent_chosen": int(session.agent_chosen),
        }
        tx.connection.execute(_KEEP, chosen | {"of_id": session.id})

    def find(
        self,
        tx: Transaction,
        *,
        platform: str | None = None,
        agent: str | None = None,
        speaker: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> Sequence[Session]:
        wanted = {"platform": platform, "agent": agent, "speaker": speaker}
        found = _NEWEST.limit(limit).offset(offset)
        for column, value in wanted.items():
            if value is not None:
                found = found.where(sessions.c[column] == value)
        return [_session(row) for row in tx.connection.execute(found)]


def _session(row: Row[*tuple[Any, ...]]) -> Session:
    return Session(
        id=row.id,
        agent=row.agent,
        platform=row.platform,
        speaker=row.speaker,
        mode=SessionMode(row.mode),
        title=row.title,
        created_at=row.created_at,
        last_message_at=row.last_message_at,
        message_count=row.message_count,
        model=row.model,
        verbose=bool(row.verbose),
        agent_chosen=bool(row.agent_chosen),
    )
