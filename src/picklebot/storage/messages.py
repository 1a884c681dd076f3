"""What became of each message, read from inbox and outbox at once."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, select, text, update

from picklebot import clock
from picklebot.errors import ConflictError, NotFoundError
from picklebot.model.job import Job
from picklebot.model.words import beginning
from picklebot.ports.messages import FORGOTTEN, STOPPED, MessageRecord, MessageState, SessionNews
from picklebot.ports.storage import InboxState, Transaction
from picklebot.storage.tables import EXPIRED, FAILED, OWED, UNFINISHED, inbox, outbox, posted

LAST_FAILED: Final = 5
"""Dead letters that a speaker is told of."""

LAST_EXPIRED: Final = 5
"""Replies that came too late of which a speaker is told."""

_ID: Final = re.compile(r"[0-9a-f]{8,32}")
_UNCERTAIN: Final = "uncertain"

_NEWEST = (
    select(inbox, outbox.c.state.label("reply"))
    .join_from(inbox, outbox, outbox.c.parcel_id == inbox.c.job_id, isouter=True)
    .order_by(inbox.c.arrival.desc())
)
# A range, which the index on ids serves; ids are hexadecimal, so "g" comes after all that begin alike.
_BY_ID = _NEWEST.where(inbox.c.job_id >= bindparam("of_id"), inbox.c.job_id < bindparam("of_end")).limit(2)
_OPEN = (
    select(inbox.c.job_id, inbox.c.state)
    .where(UNFINISHED, inbox.c.session_id == bindparam("of_session"))
    .order_by(inbox.c.arrival)
)
_RUNNING = (
    select(inbox.c.job).where(UNFINISHED, inbox.c.state == InboxState.RUNNING).order_by(inbox.c.arrival)
)
_DEAD = (
    select(inbox.c.job_id)
    .where(FAILED, inbox.c.session_id == bindparam("of_session"))
    .order_by(inbox.c.arrival.desc())
    .limit(LAST_FAILED)
)
# What the bot said of its own accord answers no message, so there its own words say which it is.
_LATE = (
    select(outbox.c.text, inbox.c.job)
    .join_from(outbox, inbox, inbox.c.job_id == outbox.c.parcel_id, isouter=True)
    .where(text(f"outbox.{EXPIRED.text}"), outbox.c.session_id == bindparam("of_session"))
    .order_by(outbox.c.number.desc())
    .limit(LAST_EXPIRED)
)
_DUE = select(func.count()).where(OWED, outbox.c.chat == bindparam("of_chat"))
_DROP = (
    update(inbox)
    .where(
        UNFINISHED,
        inbox.c.session_id == bindparam("of_session"),
        inbox.c.state == InboxState.ACCEPTED,
    )
    .values(state=InboxState.DONE, reason=STOPPED, changed_at=bindparam("now"))
    .returning(inbox.c.job, inbox.c.arrival)
)
_SAID = select(inbox.c.job).where(inbox.c.job_id == bindparam("of_job"), inbox.c.reason != FORGOTTEN)
_REVIVE = (
    update(inbox)
    .where(inbox.c.job_id == bindparam("of_job"))
    .values(state=InboxState.ACCEPTED, attempts=0, reason="", changed_at=bindparam("now"))
    .returning(inbox.c.job)
)
_FORGET_POSTED = delete(posted).where(posted.c.parcel_id == bindparam("of_job"))
_FORGET_PARCEL = delete(outbox).where(outbox.c.parcel_id == bindparam("of_job"))


class SqlMessages:
    """Implements `ports.messages.MessageLog`."""

    def find(
        self, tx: Transaction, *, state: MessageState | None = None, limit: int = 50, offset: int = 0
    ) -> Sequence[MessageRecord]:
        wanted = _NEWEST.limit(limit).offset(offset)
        match state:
            case None:
                pass
            case MessageState.UNCERTAIN:
                wanted = wanted.where(inbox.c.state == MessageState.DONE, outbox.c.state == _UNCERTAIN)
            case MessageState.DONE:
                wanted = wanted.where(inbox.c.state == state, func.coalesce(outbox.c.state, "") != _UNCERTAIN)
            case _:
                # Said literally, so that the index of these few rows can be used.
                wanted = wanted.where(text(f"inbox.state = '{state.value}'"))
        return [_record(row) for row in tx.connection.execute(wanted)]

    def get(self, tx: Transaction, message_id: str) -> MessageRecord:
        found: Sequence[Row[*tuple[Any, ...]]] = []
        if _ID.fullmatch(message_id):
            of = {"of_id": message_id, "of_end": f"{message_id}g"}
            found = tx.connection.execute(_BY_ID, of).all()
        if len(found) != 1:
            raise NotFoundError("there is no such message; `picklebot messages list` shows those there are")
        return _record(found[0])

    def said(self, tx: Transaction, message_id: str) -> Job | None:
        dumped = tx.connection.execute(_SAID, {"of_job": message_id}).scalar()
        return None if dumped is None else Job.load(json.loads(dumped))

    def news(self, tx: Transaction, session_id: str, chat: str) -> SessionNews:
        of = {"of_session": session_id}
        states = tx.connection.execute(_OPEN, of).all()
        return SessionNews(
            running=tuple(row.job_id for row in states if row.state == InboxState.RUNNING),
            waiting=tuple(row.job_id for row in states if row.state == InboxState.ACCEPTED),
            failed=tuple(tx.connection.execute(_DEAD, of).scalars()),
            expired=tuple(
                beginning(Job.load(json.loads(row.job)).text if row.job else row.text or "")
                for row in tx.connection.execute(_LATE, of)
            ),
            owed=tx.connection.execute(_DUE, {"of_chat": chat}).scalar() or 0,
        )

    def running(self, tx: Transaction) -> Sequence[Job]:
        return [Job.load(json.loads(dumped)) for dumped in tx.connection.execute(_RUNNING).scalars()]

    def drop(self, tx: Transaction, session_id: str, only: str | None = None) -> Sequence[Job]:
        wanted = _DROP if only is None else _DROP.where(inbox.c.job_id == only)
        rows = tx.connection.execute(wanted, {"of_session": session_id, "now": clock.now()}).all()
        return [Job.load(json.loads(row.job)) for row in sorted(rows, key=lambda row: row.arrival)]

    def revive(self, tx: Transaction, message_id: str) -> Job:
        record = self.get(tx, message_id)
        if record.state is not MessageState.FAILED:
            raise ConflictError(f"message {record.id} is {record.state}; only a failed one can be redriven")
        of = {"of_job": record.id}
        # What was said of the failure stands in the chat; the answer shall be a message of its own.
        tx.connection.execute(_FORGET_POSTED, of)
        tx.connection.execute(_FORGET_PARCEL, of)
        row = tx.connection.execute(_REVIVE, of | {"now": clock.now()}).one()
        return Job.load(json.loads(row.job))


def _record(row: Row[*tuple[Any, ...]]) -> MessageRecord:
    job = Job.load(json.loads(row.job))
    uncertain = row.reply == _UNCERTAIN and row.state == InboxState.DONE
    return MessageRecord(
        id=job.id,
        state=MessageState.UNCERTAIN if uncertain else MessageState(row.state),
        session_id=row.session_id,
        agent=job.agent,
        platform=job.address.platform,
        speaker=job.sender.user_id,
        text=beginning(job.text),
        reason=row.reason,
        attempts=row.attempts,
        accepted_at=row.accepted_at,
        changed_at=row.changed_at,
        reply=row.reply or "",
    )
