"""A session's messages: append-only, and as cheap after a year as on the first day.

Nothing here counts or reads a whole history. The totals are counters in the session's row, and the first
text is found by its number there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, insert, literal, select, update

from picklebot.errors import NotFoundError
from picklebot.model.history import History, HistoryMessage, Role, window
from picklebot.ports.storage import Transaction
from picklebot.storage.tables import BY_USER, history, sessions

_OF_SESSION = history.c.session_id == bindparam("of_session")
_ROWS = select(
    history.c.seq,
    history.c.role,
    history.c.text,
    history.c.at,
    history.c.agent,
    history.c.turn,
    history.c.payload,
).where(_OF_SESSION)
_BACKWARDS = _ROWS.order_by(history.c.seq.desc()).limit(bindparam("most"))
_BACKWARDS_BEFORE = _BACKWARDS.where(history.c.seq < bindparam("before"))
_BETWEEN = _ROWS.where(history.c.seq >= bindparam("start"), history.c.seq < bindparam("before")).order_by(
    history.c.seq
)
_LAST_USER_BEFORE = select(func.max(history.c.seq)).where(
    _OF_SESSION, BY_USER, history.c.seq < bindparam("before")
)
_IS_THERE = select(literal(1)).where(_OF_SESSION, BY_USER, history.c.turn == bindparam("of_turn")).limit(1)
_ROLES = {str(role): role for role in Role}
_ADD = insert(history)
_COUNT = (
    update(sessions)
    .where(sessions.c.id == bindparam("of_session"))
    .values(
        message_count=sessions.c.message_count + bindparam("more"),
        user_total=sessions.c.user_total + bindparam("more_of_user"),
        first_user_seq=func.coalesce(
            sessions.c.first_user_seq, sessions.c.message_count + bindparam("first_user")
        ),
        last_message_at=bindparam("last_at"),
        active_at=bindparam("last_at"),
    )
    .returning(sessions.c.message_count)
)
_TOTALS = (
    select(sessions.c.user_total, history.c.text)
    .join_from(
        sessions,
        history,
        and_(history.c.session_id == sessions.c.id, history.c.seq == sessions.c.first_user_seq),
        isouter=True,
    )
    .where(sessions.c.id == bindparam("of_session"))
)


class SqlHistory:
    """Implements `ports.storage.HistoryStore`."""

    def append(self, tx: Transaction, session_id: str, messages: Sequence[HistoryMessage]) -> None:
        """See the port. Raises NotFoundError when there is no such session."""
        fresh = _without_repeats(tx, session_id, messages)
        if not fresh:
            return
        first = _count(tx, session_id, fresh) - len(fresh) + 1
        tx.connection.execute(
            _ADD, [_row(session_id, seq, message) for seq, message in enumerate(fresh, first)]
        )

    def load(self, tx: Transaction, session_id: str, limit: int) -> History:
        totals = tx.connection.execute(_TOTALS, {"of_session": session_id}).one_or_none()
        if totals is None:
            return History((), 0, "")
        # One more than the window holds tells whether there is more than that.
        rows = _last_rows(tx, session_id, limit + 1) if limit > 0 else []
        messages = window(tuple(_message(row) for row in rows), limit)
        return History(messages, totals.user_total, totals.text or "")

    def messages(
        self, tx: Transaction, session_id: str, *, limit: int = 100, before: int | None = None
    ) -> Sequence[tuple[int, HistoryMessage]]:
        rows = _backwards(tx, session_id, limit, before)
        return [(row.seq, _message(row)) for row in reversed(rows)]


def _without_repeats(
    tx: Transaction, session_id: str, messages: Iterable[HistoryMessage]
) -> list[HistoryMessage]:
    """What is really new. A user's row of a turn that has one already is a retry; no turn, no retry."""
    fresh: list[HistoryMessage] = []
    turns: set[str] = set()
    for message in messages:
        if message.role is Role.USER and message.turn:
            if message.turn in turns or _is_there(tx, session_id, message.turn):
                continue
            turns.add(message.turn)
        fresh.append(message)
    return fresh


def _is_there(tx: Transaction, session_id: str, turn: str) -> bool:
    found = tx.connection.execute(_IS_THERE, {"of_session": session_id, "of_turn": turn})
    return found.scalar() is not None


def _count(tx: Transaction, session_id: str, fresh: Sequence[HistoryMessage]) -> int:
    """Count the rows in the session's row, and return how many it has now."""
    places = [place for place, message in enumerate(fresh, 1) if message.role is Role.USER]
    counted = tx.connection.execute(
        _COUNT,
        {
            "of_session": session_id,
            "more": len(fresh),
            "more_of_user": len(places),
            "first_user": places[0] if places else None,
            "last_at": fresh[-1].at,
        },
    ).scalar()
    if counted is None:
        raise NotFoundError(f"there is no session {session_id} to write to")
    return counted


def _last_rows(tx: Transaction, session_id: str, limit: int) -> list[Row[*tuple[Any, ...]]]:
    """The last `limit` rows; where there are more and none of these is a user's, also those back to one that is."""
    rows = list(reversed(_backwards(tx, session_id, limit, None)))
    if len(rows) < limit or any(row.role == Role.USER for row in rows):
        return rows
    before = rows[0].seq
    start = tx.connection.execute(_LAST_USER_BEFORE, {"of_session": session_id, "before": before}).scalar()
    if start is None:
        return []
    earlier = tx.connection.execute(_BETWEEN, {"of_session": session_id, "start": start, "before": before})
    return [*earlier, *rows]


def _backwards(
    tx: Transaction, session_id: str, most: int, before: int | None
) -> Sequence[Row[*tuple[Any, ...]]]:
    values: dict[str, Any] = {"of_session": session_id, "most": most}
    if before is None:
        return tx.connection.execute(_BACKWARDS, values).all()
    return tx.connection.execute(_BACKWARDS_BEFORE, values | {"before": before}).all()


def _row(session_id: str, seq: int, message: HistoryMessage) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "seq": seq,
        "role": message.role,
        "text": message.text,
        "at": message.at,
        "agent": message.agent,
        "turn": message.turn,
        "payload": message.payload,
    }


def _message(row: Row[*tuple[Any, ...]]) -> HistoryMessage:
    _seq, role, text, at, agent, turn, payload = row
    return HistoryMessage(_ROLES[role], text, at, agent, turn, payload)
