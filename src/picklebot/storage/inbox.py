"""What was accepted, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import bindparam, insert, literal, or_, select, update

from picklebot.errors import NotFoundError
from picklebot.model.job import Job
from picklebot.ports.storage import DedupeKeys, InboxState, Transaction
from picklebot.storage.tables import UNFINISHED, inbox

_SEEN = (
    select(literal(1))
    .where(
        or_(
            inbox.c.update_key == bindparam("of_update"),
            inbox.c.message_key == bindparam("of_message"),
        )
    )
    .limit(1)
)
_ADD = insert(inbox)
_START = (
    update(inbox)
    .where(inbox.c.job_id == bindparam("of_job"), UNFINISHED)
    .values(
        state=InboxState.RUNNING,
        attempts=inbox.c.attempts + 1,
        changed_at=bindparam("now"),
    )
    .returning(inbox.c.job, inbox.c.attempts)
)
_FINISH = (
    update(inbox)
    .where(inbox.c.job_id == bindparam("of_job"), UNFINISHED)
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        changed_at=bindparam("now"),
    )
)
_RELEASE = (
    update(inbox)
    .where(inbox.c.job_id == bindparam("of_job"), inbox.c.state == InboxState.RUNNING)
    .values(state=InboxState.ACCEPTED)
)
_FIND = select(inbox.c.job_id, inbox.c.state).where(inbox.c.message_key == bindparam("of_message"))
_UNFINISHED = select(inbox.c.job, inbox.c.attempts).where(UNFINISHED).order_by(inbox.c.arrival)
_INTERRUPTED = select(inbox.c.job_id).where(UNFINISHED, inbox.c.state == InboxState.RUNNING)
_LOAD = select(inbox.c.job, inbox.c.attempts).where(inbox.c.job_id == bindparam("of_job"), UNFINISHED)


class SqlInbox:
    """Implements `ports.storage.Inbox`."""

    def seen(self, tx: Transaction, keys: DedupeKeys) -> bool:
        values = {"of_update": _key(keys.update), "of_message": _key(keys.message)}
        return tx.connection.execute(_SEEN, values).scalar() is not None

    def add(
        self, tx: Transaction, keys: DedupeKeys, job: Job, state: InboxState = InboxState.ACCEPTED
    ) -> None:
        tx.connection.execute(
            _ADD,
            {
                "job_id": job.id,
                "update_key": _key(keys.update),
                "message_key": _key(keys.message),
                "session_id": job.session_id,
                "state": state,
                "attempts": job.attempt,
                "reason": "",
                "accepted_at": job.accepted_at,
                "changed_at": job.accepted_at,
                "job": json.dumps(job.dump()),
            },
        )

    def start(self, tx: Transaction, job_id: str) -> Job:
        row = tx.connection.execute(_START, {"of_job": job_id, "now": datetime.now(UTC)}).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no message {job_id} that waits for an answer")
        return _job(row.job, row.attempts)

    def release(self, tx: Transaction, job_id: str) -> None:
        tx.connection.execute(_RELEASE, {"of_job": job_id})

    def finish(self, tx: Transaction, job_id: str, state: InboxState, reason: str = "") -> None:
        values = {"of_job": job_id, "new_state": state, "new_reason": reason, "now": datetime.now(UTC)}
        tx.connection.execute(_FINISH, values)

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
    """One text for several, such that different parts never give the same text."""
    return json.dumps(parts, separators=(",", ":"))


def _job(dumped: str, attempts: int) -> Job:
    return replace(Job.load(json.loads(dumped)), attempt=attempts)
