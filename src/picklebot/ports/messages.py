"""What became of each message: for its speaker, and for the operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from picklebot.model.job import Job
from picklebot.ports.storage import Transaction

STOPPED: Final = "stopped"
"""The reason of a message that its speaker took back."""

FORGOTTEN: Final = "forgotten"
"""The reason of a message that its speaker let be forgotten."""


class MessageState(StrEnum):
    """Where a message stands. `failed` is a dead letter; `uncertain` was answered, and may not have arrived."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One accepted message. `text` is only its beginning; `reason` says why it failed.

    `reply` is the state of its answer in the outbox, and empty where none is owed. `attempts` counts how
    often it was begun.
    """

    id: str
    state: MessageState
    session_id: str
    agent: str
    platform: str
    speaker: str
    text: str
    reason: str
    attempts: int
    accepted_at: datetime
    changed_at: datetime
    reply: str


@dataclass(frozen=True, slots=True)
class SessionNews:
    """How a session's messages stand now: ids that run, that wait, and the last that failed, newest first.

    `expired` are the last replies that came too late, newest first, by the beginnings of what they answered. `owed`
    counts what is finished for a chat and has not arrived there yet.
    """

    running: tuple[str, ...]
    waiting: tuple[str, ...]
    failed: tuple[str, ...]
    owed: int
    expired: tuple[str, ...] = ()


class MessageLog(Protocol):
    """Looks into inbox and outbox at once. A message's id may be shortened to its first eight digits or more."""

    def find(
        self, tx: Transaction, *, state: MessageState | None = None, limit: int = 50, offset: int = 0
    ) -> Sequence[MessageRecord]:
        """Messages, the newest first."""
        ...

    def get(self, tx: Transaction, message_id: str) -> MessageRecord:
        """One message. Raises NotFoundError, also for a short id that fits several."""
        ...

    def said(self, tx: Transaction, message_id: str) -> Job | None:
        """A message as it came, by its whole id; None once it is gone from the inbox, or was forgotten."""
        ...

    def news(self, tx: Transaction, session_id: str, chat: str) -> SessionNews:
        """How this session's messages stand, and what is owed to `chat` (see `model.parcel.chat_of`)."""
        ...

    def running(self, tx: Transaction) -> Sequence[Job]:
        """What is being answered now, of all sessions, in order of arrival."""
        ...

    def drop(self, tx: Transaction, session_id: str, only: str | None = None) -> Sequence[Job]:
        """End what waits in this session, or `only` that message, as done: its speaker wanted it so."""
        ...

    def revive(self, tx: Transaction, message_id: str) -> Job:
        """Make a dead letter wait again, as if it had never been begun, and forget the answer it was given.

        Raises NotFoundError, and ConflictError for a message that has not failed.
        """
        ...
