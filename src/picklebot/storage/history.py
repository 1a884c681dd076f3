"""A session's messages: append-only, and as cheap after a year as on the first day.

Nothing here counts or reads a whole history. The totals are counters in the session's row, and the first
text is found by its number there, as is the summary that its agent goes on from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import and_, bindparam, case, func, insert, literal, select, update

from picklebot import clock
from picklebot.errors import NotFoundError
from picklebot.model.history import History, HistoryMessage, Role, window
from picklebot.model.words import beginning
from picklebot.ports.storage import Transaction
from picklebot.storage.columns import CleanText, utc_time
from picklebot.storage.prepared import Prepared, Row
from picklebot.storage.tables import BY_USER, history, sessions
from picklebot.storage.windows import Window, Windows

_OF_SESSION = history.c.session_id == bindparam("of_session")
_IN_FORCE = history.c.taken_back.is_(None)
_EVERY = select(
    history.c.seq,
    history.c.role,
    history.c.text,
    history.c.at,
    history.c.agent,
    history.c.turn,
    history.c.payload,
    history.c.input_tokens,
    history.c.output_tokens,
    history.c.files,
).where(_OF_SESSION)
_ROWS = _EVERY.where(_IN_FORCE)
_IS_SUMMARY = history.c.role == Role.SUMMARY
_SAID = _ROWS.where(history.c.role != Role.SUMMARY)
_LAST = _ROWS.order_by(history.c.seq.desc()).limit(bindparam("most"))
_BACKWARDS = Prepared(_LAST)
_BACKWARDS_BEFORE = Prepared(_LAST.where(history.c.seq < bindparam("before")))
_AFTER = history.c.seq > bindparam("after")
_SAID_BACKWARDS = Prepared(_SAID.where(_AFTER).order_by(history.c.seq.desc()).limit(bindparam("most")))
_ALL_BACKWARDS = Prepared(_EVERY.order_by(history.c.seq.desc()))
_BETWEEN = Prepared(
    _SAID.where(history.c.seq >= bindparam("start"), history.c.seq < bindparam("before")).order_by(
        history.c.seq
    )
)
_SINCE = Prepared(
    _SAID.where(history.c.seq >= bindparam("start")).order_by(history.c.seq).limit(bindparam("most"))
)
_LAST_USER_BEFORE = Prepared(
    select(func.max(history.c.seq)).where(
        _OF_SESSION, BY_USER, _IN_FORCE, _AFTER, history.c.seq < bindparam("before")
    )
)
_IS_THERE = Prepared(
    select(literal(1)).where(_OF_SESSION, BY_USER, _IN_FORCE, history.c.turn == bindparam("of_turn")).limit(1)
)
_ROLES = {str(role): role for role in Role}
_ADD = Prepared(insert(history))
_COUNT = Prepared(
    update(sessions)
    .where(sessions.c.id == bindparam("of_session"))
    .values(
        message_count=sessions.c.message_count + bindparam("more"),
        user_total=sessions.c.user_total + bindparam("more_of_user"),
        first_user_seq=func.coalesce(
            sessions.c.first_user_seq, sessions.c.message_count + bindparam("first_user")
        ),
        title=case(
            (sessions.c.title == "", bindparam("first_words", type_=CleanText())), else_=sessions.c.title
        ),
        last_message_at=bindparam("last_at"),
        active_at=bindparam("last_at"),
    )
    .returning(sessions.c.message_count)
)
_GO_ON_FROM = (
    update(sessions)
    .where(sessions.c.id == bindparam("of_session"))
    .values(summary_seq=bindparam("new_summary"))
)
_LAST_SUMMARY = select(func.max(history.c.seq)).where(
    _OF_SESSION, _IS_SUMMARY, _IN_FORCE, history.c.seq < bindparam("before")
)
_TAKE_BACK_SUMMARIES = (
    update(history)
    .where(_OF_SESSION, _IS_SUMMARY, _IN_FORCE, history.c.seq > bindparam("start"))
    .where(history.c.through >= bindparam("start"))
    .values(taken_back=bindparam("now"))
)
_LAST_QUESTION = Prepared(_ROWS.where(BY_USER).order_by(history.c.seq.desc()).limit(1))
_TAKE_BACK = (
    update(history)
    .where(
        _OF_SESSION, _IN_FORCE, history.c.turn == bindparam("of_turn"), history.c.seq >= bindparam("start")
    )
    .values(taken_back=bindparam("now"))
)
_RESTATE = (
    update(history)
    .where(_OF_SESSION, BY_USER, history.c.turn == bindparam("of_turn"))
    .values(
        text=bindparam("new_text", type_=CleanText()), payload=bindparam("new_payload", type_=CleanText())
    )
)
_COUNT_LESS = (
    update(sessions)
    .where(sessions.c.id == bindparam("of_session"))
    .values(
        user_total=sessions.c.user_total - 1,
        first_user_seq=func.nullif(sessions.c.first_user_seq, bindparam("start")),
    )
)
# What was paid for once is not paid for twice, and files stay in the folder of the session that they came in.
_NOT_COPIED = {"session_id", "input_tokens", "output_tokens", "files"}
_COPIED = [column for column in history.c if column.name not in _NOT_COPIED]
_COPY = insert(history).from_select(
    ["session_id", *(column.name for column in _COPIED)],
    select(bindparam("to_session", type_=history.c.session_id.type), *_COPIED).where(_OF_SESSION, _IN_FORCE),
)
_COUNTED = ("message_count", "user_total", "first_user_seq", "summary_seq", "last_message_at", "active_at")
_COUNTS = select(*(sessions.c[name] for name in _COUNTED)).where(sessions.c.id == bindparam("of_session"))
_COUNT_COPIED = (
    update(sessions)
    .where(sessions.c.id == bindparam("to_session"))
    .values({name: bindparam(f"new_{name}", type_=sessions.c[name].type) for name in _COUNTED})
)
_SUMMARY = history.alias("summary")
_TOTALS = Prepared(
    select(sessions.c.user_total, history.c.text, _SUMMARY.c.text, _SUMMARY.c.through)
    .join_from(
        sessions,
        history,
        and_(history.c.session_id == sessions.c.id, history.c.seq == sessions.c.first_user_seq),
        isouter=True,
    )
    .join(
        _SUMMARY,
        and_(_SUMMARY.c.session_id == sessions.c.id, _SUMMARY.c.seq == sessions.c.summary_seq),
        isouter=True,
    )
    .where(sessions.c.id == bindparam("of_session"))
)


class SqlHistory:
    """Implements `ports.storage.HistoryStore`, for one database."""

    def __init__(self) -> None:
        self._windows = Windows()

    def append(self, tx: Transaction, session_id: str, messages: Sequence[HistoryMessage]) -> None:
        """See the port. Raises NotFoundError when there is no such session."""
        fresh = _without_repeats(tx, session_id, messages)
        if not fresh:
            return
        first = _count(tx, session_id, fresh) - len(fresh) + 1
        for seq, message in enumerate(fresh, first):
            _add(tx, session_id, seq, message)
            if message.role is Role.SUMMARY:
                tx.connection.execute(_GO_ON_FROM, {"of_session": session_id, "new_summary": seq})

    def restate(self, tx: Transaction, session_id: str, message: HistoryMessage) -> None:
        said = {"of_turn": message.turn, "new_text": message.text, "new_payload": message.payload}
        tx.connection.execute(_RESTATE, {"of_session": session_id} | said)

    def load(self, tx: Transaction, session_id: str, limit: int) -> History:
        totals = _TOTALS.row(tx, of_session=session_id)
        if totals is None:
            return History((), 0, "")
        user_total, first_text, summary, through = totals
        # One more than the window holds tells whether there is more than that.
        last = self._last(tx, session_id, limit + 1, user_total, through or 0) if limit > 0 else ()
        return History(window(last, limit), user_total, first_text or "", summary or "")

    def messages(
        self, tx: Transaction, session_id: str, *, limit: int = 100, before: int | None = None
    ) -> Sequence[tuple[int, HistoryMessage]]:
        rows = _backwards(tx, session_id, limit, before)
        return [(row[0], _message(row)) for row in reversed(rows)]

    def last_question(self, tx: Transaction, session_id: str) -> HistoryMessage | None:
        row = _LAST_QUESTION.row(tx, of_session=session_id)
        return None if row is None else _message(row)

    def take_back(self, tx: Transaction, session_id: str, turn: str) -> bool:
        last = _LAST_QUESTION.row(tx, of_session=session_id)
        if last is None or _message(last).turn != turn:
            return False
        of, now = {"of_session": session_id, "start": last[0]}, clock.now()
        tx.connection.execute(_TAKE_BACK, of | {"of_turn": turn, "now": now})
        tx.connection.execute(_COUNT_LESS, of)
        summed_up = bool(tx.connection.execute(_TAKE_BACK_SUMMARIES, of | {"now": now}).rowcount)
        if summed_up:
            before = {"of_session": session_id, "before": last[0]}
            earlier = tx.connection.execute(_LAST_SUMMARY, before).scalar()
            tx.connection.execute(_GO_ON_FROM, {"of_session": session_id, "new_summary": earlier})
        return summed_up

    def copy(self, tx: Transaction, session_id: str, to: str) -> None:
        counts = tx.connection.execute(_COUNTS, {"of_session": session_id}).one_or_none()
        if counts is None:
            raise NotFoundError(f"there is no session {session_id} to copy")
        between = {"of_session": session_id, "to_session": to}
        tx.connection.execute(_COPY, between)
        new = {f"new_{name}": getattr(counts, name) for name in _COUNTED}
        tx.connection.execute(_COUNT_COPIED, new | {"to_session": to})

    def _last(
        self, tx: Transaction, session_id: str, limit: int, user_total: int, after: int
    ) -> tuple[HistoryMessage, ...]:
        """What `_last_rows` gives; of a window that still stands, only what came after it is read."""
        kept = self._windows.find(session_id, limit)
        stands = kept is not None and kept.after == after
        new = _prolonged(tx, session_id, kept, user_total) if kept is not None and stands else None
        if new is None:
            rows = _last_rows(tx, session_id, limit, after)
            if not rows:
                return ()
            new = Window(limit, after, user_total, rows[-1], tuple(map(_message, rows)))
        self._windows.keep(session_id, new)
        return new.messages


def every_message(tx: Transaction, session_id: str) -> Iterator[HistoryMessage]:
    """All that was ever said, newest first, also what was taken back. A row is read when it is asked for."""
    yield from map(_message, _ALL_BACKWARDS.each(tx, of_session=session_id))


def _without_repeats(
    tx: Transaction, session_id: str, messages: Iterable[HistoryMessage]
) -> list[HistoryMessage]:
    """What is really new. A user's row of a turn that has one already is a retry; no turn, no retry.

    One that was taken back is not there any more: whoever lets its turn run again asks it anew.
    """
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
    return _IS_THERE.row(tx, of_session=session_id, of_turn=turn) is not None


def _count(tx: Transaction, session_id: str, fresh: Sequence[HistoryMessage]) -> int:
    """Count the rows in the session's row, and return how many it has now."""
    places = [place for place, message in enumerate(fresh, 1) if message.role is Role.USER]
    counted = _COUNT.row(
        tx,
        of_session=session_id,
        more=len(fresh),
        more_of_user=len(places),
        first_user=places[0] if places else None,
        first_words=beginning(fresh[places[0] - 1].text) if places else "",
        last_at=fresh[-1].at,
    )
    if counted is None:
        raise NotFoundError(f"there is no session {session_id} to write to")
    return counted[0]


def _last_rows(tx: Transaction, session_id: str, limit: int, after: int) -> list[Row]:
    """The last `limit` rows of those after one; where there are more and none of these is a user's, also those back
    to one that is."""
    rows = _SAID_BACKWARDS.rows(tx, of_session=session_id, after=after, most=limit)[::-1]
    if len(rows) < limit or any(row[1] == Role.USER for row in rows):
        return rows
    before = rows[0][0]
    last = _LAST_USER_BEFORE.row(tx, of_session=session_id, after=after, before=before)
    if last is None or last[0] is None:
        return []
    return [*_BETWEEN.rows(tx, of_session=session_id, start=last[0], before=before), *rows]


def _prolonged(tx: Transaction, session_id: str, kept: Window, user_total: int) -> Window | None:
    """This window as it is now; None when that has to be read as a whole."""
    rows = _SINCE.rows(tx, of_session=session_id, start=kept.last[0], most=kept.limit)
    if len(rows) == kept.limit or not rows or rows[0] != kept.last:
        return None
    if kept.user_total + sum(row[1] == Role.USER for row in rows[1:]) != user_total:
        return None  # a question was taken back, and what was said after it was not
    messages = (*kept.messages, *map(_message, rows[1:]))[-kept.limit :]
    if len(messages) == kept.limit and all(message.role is not Role.USER for message in messages):
        return None
    return Window(kept.limit, kept.after, user_total, rows[-1], messages)


def _backwards(tx: Transaction, session_id: str, most: int, before: int | None) -> list[Row]:
    if before is None:
        return _BACKWARDS.rows(tx, of_session=session_id, most=most)
    return _BACKWARDS_BEFORE.rows(tx, of_session=session_id, most=most, before=before)


def _add(tx: Transaction, session_id: str, seq: int, message: HistoryMessage) -> None:
    _ADD.run(
        tx,
        session_id=session_id,
        seq=seq,
        role=message.role,
        text=message.text,
        at=message.at,
        agent=message.agent,
        turn=message.turn,
        payload=message.payload,
        input_tokens=message.input_tokens or None,
        output_tokens=message.output_tokens or None,
        through=message.through or None,
        files=json.dumps(message.files) if message.files else None,
    )


def _message(row: Row) -> HistoryMessage:
    _seq, role, text, at, agent, turn, payload, taken_in, given_out, files = row
    return HistoryMessage(
        _ROLES[role],
        text,
        utc_time(at),
        agent,
        turn,
        payload,
        taken_in or 0,
        given_out or 0,
        files=tuple(json.loads(files)) if files else (),
    )
