"""The ends of histories that were read last, kept in memory while their sessions are busy.

A history is added to, and loses nothing but a question with its answer, which its count of questions tells. So
that count and the row that was the last one prove that what came before still stands, as long as the window is to
begin after the same summary. The row is read again with whatever follows it, in the transaction that asks. Where
another one is found, or none (a session that was deleted and made anew, a commit that failed), all of it is read
again. So nobody has to be told of a change, and nothing here can be older than the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final

from picklebot.model.history import HistoryMessage
from picklebot.storage.prepared import Row

MOST_KEPT: Final = 128
"""Sessions whose window is kept: the ones that were read last."""
LARGEST: Final = 32_768
"""Characters of a window that is kept. A longer one costs its model far more than the reading."""


@dataclass(frozen=True, slots=True)
class Window:
    """The last messages of a session after row `after`, read with this limit; `last` is the row of the last one.

    `user_total` is how many questions the session had in all.
    """

    limit: int
    after: int
    user_total: int
    last: Row
    messages: tuple[HistoryMessage, ...]


class Windows:
    """The windows of one database. Any thread may ask."""

    def __init__(self) -> None:
        self._kept: dict[str, Window] = {}
        self._lock = Lock()

    def find(self, session_id: str, limit: int) -> Window | None:
        """What was kept; prove its last row before it is used."""
        kept = self._kept.get(session_id)
        return kept if kept is not None and kept.limit == limit else None

    def keep(self, session_id: str, window: Window) -> None:
        """Keep it in the place of what was kept before."""
        with self._lock:
            self._kept.pop(session_id, None)
            if _size(window) > LARGEST:
                return
            self._kept[session_id] = window
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]


def _size(window: Window) -> int:
    return sum(len(message.text) + len(message.payload or "") for message in window.messages)
