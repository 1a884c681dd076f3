"""What the gateway's own database says became of each message; read while no gateway, or a quiet one, has it open."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

POSTED = (
    "SELECT outbox.chat, posted.message_id FROM posted JOIN outbox ON outbox.parcel_id = posted.parcel_id"
)
INTERRUPTED = "SELECT coalesce(sum(interrupted), 0) FROM posted"
TRIES = 3
UNFINISHED = "SELECT job_id, state, attempts FROM inbox WHERE state IN ('accepted', 'running')"
FAILED = """
SELECT inbox.job, outbox.text FROM inbox JOIN outbox ON outbox.parcel_id = inbox.job_id WHERE inbox.state = 'failed'
"""
OWED = "SELECT count(*) FROM outbox WHERE state <> 'sent'"
ROWS = """
SELECT inbox.job, inbox.state, inbox.attempts, outbox.state, outbox.text
FROM inbox LEFT JOIN outbox ON outbox.parcel_id = inbox.job_id ORDER BY inbox.arrival
"""


@dataclass(frozen=True, slots=True)
class Glance:
    """What is not finished, and what was given up; little, however many messages there were.

    `attempts` of unfinished messages by job, of which some are `running`; `given_up` as in `Chat`, of all chats;
    `owed` parcels have not arrived.
    """

    attempts: Mapping[str, int] = field(default_factory=dict[str, int])
    running: frozenset[str] = frozenset()
    given_up: Mapping[str, str] = field(default_factory=dict[str, str])
    owed: int = 0

    @classmethod
    def read(cls, workspace: Path) -> Glance:
        """Read the database of a workspace; an absent one is empty."""
        found = asked(workspace, UNFINISHED, FAILED, OWED)
        if found is None:
            return cls()
        unfinished, failed, [(owed,)] = found
        return cls(
            {job: attempts for job, _, attempts in unfinished},
            frozenset(job for job, state, _ in unfinished if state == "running"),
            {json.loads(job)["text"]: text for job, text in failed},
            owed,
        )

    def charged_since(self, earlier: Glance) -> list[str]:
        """The jobs that are running, and were begun again since then."""
        return [job for job in self.running if self.attempts[job] > earlier.attempts.get(job, 0) >= 1]


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
        found = asked(workspace, ROWS, OWED, INTERRUPTED, POSTED)
        if found is None:
            return cls()
        rows, [(owed,)], [(interrupted,)], posted = found
        entries = (
            Entry(json.loads(job)["text"], state, attempts, parcel or "", text or "")
            for job, state, attempts, parcel, text in rows
        )
        return cls(tuple(entries), owed, interrupted, frozenset(posted))

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


def asked(workspace: Path, *questions: str) -> list[list[Any]] | None:
    """What the database answers to each; None where there is none yet, or none with its tables."""
    file = workspace / "data/picklebot.db"
    if not file.exists():
        return None
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            return [connection.execute(question).fetchall() for question in questions]
        except sqlite3.OperationalError:  # killed before its tables were made
            return None
