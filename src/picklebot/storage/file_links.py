"""Links to files, known by their digests."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, insert, select

from picklebot.ports.storage import Transaction
from picklebot.storage.tables import file_links

BYTES: Final = 24
"""Of a handle: 192 bits, so that nobody finds one by trying."""

_ADD = insert(file_links)
_FIND = select(file_links.c.session_id, file_links.c.path).where(
    file_links.c.digest == bindparam("of_digest"), file_links.c.until > bindparam("now")
)


class SqlFileLinks:
    """Implements `ports.results.FileLinks`."""

    def offer(self, tx: Transaction, session_id: str, path: str, until: datetime) -> str:
        handle = secrets.token_urlsafe(BYTES)
        row = {"digest": _digest(handle), "session_id": session_id, "path": path, "until": until}
        tx.connection.execute(_ADD, row)
        return handle

    def find(self, tx: Transaction, handle: str, now: datetime) -> tuple[str, str] | None:
        asked = {"of_digest": _digest(handle), "now": now}
        row = tx.connection.execute(_FIND, asked).one_or_none()
        return None if row is None else (row.session_id, row.path)


def _digest(handle: str) -> str:
    return sha256(handle.encode("utf-8", "surrogatepass")).hexdigest()
