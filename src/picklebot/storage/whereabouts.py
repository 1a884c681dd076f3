"""Where sessions were last spoken to: the address of their newest message."""

from __future__ import annotations

import json

from sqlalchemy import bindparam, select

from picklebot.model.job import Job
from picklebot.model.message import Address
from picklebot.ports.storage import Transaction
from picklebot.storage.tables import BY_USER, history, inbox

# Through the history, whose rows are in order by session; the inbox has no index by session.
_LAST = (
    select(inbox.c.job)
    .join_from(history, inbox, inbox.c.job_id == history.c.turn)
    # What was forgotten tells no place any more, and is of no session.
    .where(history.c.session_id == bindparam("of_session"), BY_USER, inbox.c.session_id != "")
    .order_by(history.c.seq.desc())
    .limit(1)
)


class SqlWhereabouts:
    """Implements `ports.posting.Whereabouts`."""

    def last_address(self, tx: Transaction, session_id: str) -> Address | None:
        job = tx.connection.execute(_LAST, {"of_session": session_id}).scalar()
        return None if job is None else Job.load(json.loads(job)).address
