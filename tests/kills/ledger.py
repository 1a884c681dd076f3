"""What the gateway's own database says became of each message; read while no gateway, or a quiet one, has it open."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

POSTED = (
    "SELECT outbox.chat, posted.message_id FROM posted JOIN outbox ON outbox.parcel_id = posted.parcel_id"
)
TRIES = 3
ROWS = """
SELECT inbox.job, inbox.state, inbox.attempts, outbox.state, outbox.text
FROM inbox LEFT JOIN outbox ON outbox.parcel_id = inbox.job_id ORDER BY inbox.arrival
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the inbox, and the parcel that answers it: its state and text, empty where there is none."""

    text: str
    state: str
    attempts: int
    parcel: str
    answer: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every row of the inbox in order of arrival, how many parcels did not arrive, and sends that were cut off.

    `posted` are the platforms' messages that the gateway knows to be its own, as (chat, message id).
    """

    entries: tuple[Entry, ...] = ()
    owed: int = 0
    interrupted: int = 0
    posted: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def read(cls, workspace: Path) -> Ledger:
        """Read the database of a workspace; an absent one is empty."""
        file = workspace / "data/picklebot.db"
        if not file.exists():
            return cls()
        connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
        try:
            rows = connection.execute(ROWS).fetchall()
            [(owed,)] = connection.execute("SELECT count(*) FROM outbox WHERE state <> 'sent'")
            posted = frozenset(connection.execute(POSTED))
            [(interrupted,)] = connection.execute("SELECT coalesce(sum(interrupted), 0) FROM posted")
        except sqlite3.OperationalError:  # killed before its tables were made
            return cls()
        finally:
            connection.close()
        entries = (
            Entry(json.loads(job)["text"], state, attempts, parcel or "", text or "")
            for job, state, attempts, parcel, text in rows
        )
        return cls(tuple(entries), owed, interrupted, posted)

    @property
    def doubled(self) -> list[str]:
        """Texts that were accepted more than once."""
        return [text for text, count in Counter(it.text for it in self.entries).items() if count > 1]

    @property
    def unaccounted(self) -> list[Entry]:
        """Messages that have not come to their end, or whose end nobody was told of."""
        return [it for it in self.entries if it.state not in ("done", "failed") or it.parcel != "sent"]

    @property
    def hasty(self) -> list[Entry]:
        """Messages that failed before their third try."""
        return [it for it in self.entries if it.state == "failed" and it.attempts < TRIES]

    @property
    def given_up(self) -> Mapping[str, str]:
        """What was said of each text that failed."""
        return {it.text: it.answer for it in self.entries if it.state == "failed"}

    @property
    def retries(self) -> int:
        """How often a turn was begun again."""
        return sum(max(0, it.attempts - 1) for it in self.entries)
