"""Which short notices were given when."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update

from picklebot.ports.storage import Transaction
from picklebot.storage.tables import notices

_OF_SUBJECT = notices.c.subject == bindparam("of_subject")
_LAST = select(notices.c.at).where(_OF_SUBJECT)
_AGAIN = update(notices).where(_OF_SUBJECT).values(at=bindparam("now"))
_FIRST = insert(notices)


class SqlNotices:
    """Implements `ports.storage.NoticeLog`."""

    def due(self, tx: Transaction, subject: str, now: datetime, every: float) -> bool:
        last = tx.connection.execute(_LAST, {"of_subject": subject}).scalar()
        if last is None:
            tx.connection.execute(_FIRST, {"subject": subject, "at": now})
            return True
        # What was given so long after now was given while the clock was wrong.
        if abs(now - last) < timedelta(seconds=every):
            return False
        tx.connection.execute(_AGAIN, {"of_subject": subject, "now": now})
        return True
