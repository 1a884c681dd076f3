"""What was accepted, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from json.encoder import encode_basestring_ascii

from sqlalchemy import bindparam, literal, or_, select, update

from picklebot import clock
from picklebot.errors import EndedError
from picklebot.model.job import Job
from picklebot.ports.storage import Beginning, DedupeKeys, InboxState, Transaction
from picklebot.storage.prepared import Prepared
from picklebot.storage.tables import UNFINISHED, inbox

_SEEN = Prepared(
    select(literal(1))
    .where(
        or_(
            inbox.c.update_key == bindparam("of_update"),
            inbox.c.message_key == bindparam("of_message"),
        )
    )
    .limit(1)
)
_ADD = Prepared(lambda insert: insert(inbox).on_conflict_do_nothing())
_START = Prepared(
    update(inbox)
    .where(inbox.c.job_id == bindparam("of_job"), UNFINISHED)
    .values(
        state=InboxState.RUNNING,
        attempts=inbox.c.attempts + 1,
        changed_at=bindparam("now"),
    )
    .returning(inbox.c.attempts, inbox.c.amended)
)
_AMEND = (
    update(inbox).where(inbox.c.job_id == bindparam("of_job")).values(job=bindparam("new_job"), amended=1)
)
_AMEND_WAITING = _AMEND.where(inbox.c.state == InboxState.ACCEPTED)
_WAITS = select(literal(1)).where(inbox.c.job_id == bindparam("of_job"), inbox.c.state == InboxState.ACCEPTED)
_FINISH = Prepared(
    update(inbox)
    .where(inbox.c.job_id == bindparam("of_job"), UNFINISHED)
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        changed_at=bindparam("now"),
    )
)
_RELEASE = Prepared(
    update(inbox)
    .where(inbox.c.job_id == bindparam("of_job"), inbox.c.state == InboxState.RUNNING)
    .values(state=InboxState.ACCEPTED)
)
_FIND = select(inbox.c.job_id, inbox.c.state).where(inbox.c.message_key == bindparam("of_message"))
_UNFINISHED = select(inbox.c.job, inbox.c.attempts).where(UNFINISHED).order_by(inbox.c.arrival)
_INTERRUPTED = select(inbox.c.job_id).where(UNFINISHED, inbox.c.state == InboxState.RUNNING)
_AWAITING = _UNFINISHED.where(inbox.c.state == InboxState.ACCEPTED, ~inbox.c.job.like('%"awaits": 0.0,%'))
_LOAD = select(inbox.c.job, inbox.c.attempts).where(inbox.c.job_id == bindparam("of_job"), UNFINISHED)


class SqlInbox:
    """Implements `ports.storage.Inbox`."""

    def seen(self, tx: Transaction, keys: DedupeKeys) -> bool:
        return _SEEN.row(tx, of_update=_key(keys.update), of_message=_key(keys.message)) is not None

    def add(
        self, tx: Transaction, keys: DedupeKeys, job: Job, state: InboxState = InboxState.ACCEPTED
    ) -> bool:
        return bool(
            _ADD.run(
                tx,
                job_id=job.id,
                update_key=_key(keys.update),
                message_key=_key(keys.message),
                session_id=job.session_id,
                state=state,
                attempts=job.attempt,
                reason="",
                accepted_at=job.accepted_at,
                changed_at=job.accepted_at,
                job=json.dumps(job.dump()),
                amended=0,
            )
        )

    def amend(self, tx: Transaction, job: Job, *, begun: bool = False) -> bool:
        new = {"of_job": job.id, "new_job": json.dumps(job.dump())}
        return bool(tx.connection.execute(_AMEND if begun else _AMEND_WAITING, new).rowcount)

    def waits(self, tx: Transaction, job_id: str) -> bool:
        return tx.connection.execute(_WAITS, {"of_job": job_id}).one_or_none() is not None

    def awaiting(self, tx: Transaction) -> Sequence[Job]:
        found = (_job(row.job, row.attempts) for row in tx.connection.execute(_AWAITING))
        return [job for job in found if job.awaits]

    def start(self, tx: Transaction, job_id: str) -> Beginning:
        row = _START.row(tx, of_job=job_id, now=clock.now())
        if row is None:
            raise EndedError(f"there is no message {job_id} that waits for an answer")
        return Beginning(row[0], bool(row[1]))

    def release(self, tx: Transaction, job_id: str) -> None:
        _RELEASE.run(tx, of_job=job_id)

    def finish(self, tx: Transaction, job_id: str, state: InboxState, reason: str = "") -> None:
        _FINISH.run(tx, of_job=job_id, new_state=state, new_reason=reason, now=clock.now())

    def find(self, tx: Transaction, message: tuple[str, str, str, str]) -> tuple[str, InboxState] | None:
        row = tx.connection.execute(_FIND, {"of_message": _key(message)}).one_or_none()
        return None if row is None else (row.job_id, InboxState(row.state))

    def load(self, tx: Transaction, job_id: str) -> Job | None:
        row = tx.connection.execute(_LOAD, {"of_job": job_id}).one_or_none()
        return None if row is None else _job(row.job, row.attempts)

    def unfinished(self, tx: Transaction) -> Iterator[Job]:
        for row in tx.connection.execute(_UNFINISHED):
            yield _job(row.job, row.attempts)

    def interrupted(self, tx: Transaction) -> frozenset[str]:
        return frozenset(tx.connection.execute(_INTERRUPTED).scalars())


def _key(parts: tuple[str, ...]) -> str:
    """One text for several, such that different parts never give the same text: they are a list in JSON."""
    return f"[{','.join(map(encode_basestring_ascii, parts))}]"


def _job(dumped: str, attempts: int) -> Job:
    return replace(Job.load(json.loads(dumped)), attempt=attempts)
