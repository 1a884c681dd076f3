"""Everything that is kept about one speaker, over all of their conversations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from picklebot.model.history import HistoryMessage
from picklebot.model.person import Identity
from picklebot.model.session import Session
from picklebot.ports.storage import Transaction


@dataclass(frozen=True, slots=True)
class Spent:
    """How much somebody asked, and what it cost in tokens, as far as the providers counted."""

    messages: int
    input_tokens: int
    output_tokens: int


class Records(Protocol):
    """What there is about a speaker on one platform, and its end. What a group shares belongs to none of them."""

    def conversations(self, tx: Transaction, speaker: Identity) -> Sequence[Session]:
        """All of them, the newest first."""
        ...

    def said(self, tx: Transaction, session_id: str) -> Iterator[HistoryMessage]:
        """A whole conversation, newest first, with what was taken back. It is read as it is asked for."""
        ...

    def spent(self, tx: Transaction, speaks_as: Sequence[Identity], since: datetime) -> Spent:
        """What a person asked since then; what was taken back counts, and a copy does not."""
        ...

    def keys(self, tx: Transaction, speaker: Identity) -> Sequence[str]:
        """The session keys under which conversations are bound to this speaker."""
        ...

    def forget(self, tx: Transaction, speaker: Identity, chat: str) -> int:
        """Delete the speaker's conversations with all that belongs to them; gives how many there were.

        Their files follow as soon as this is committed.

        So goes what arrived in `chat`, which is theirs alone, or empty. Of messages the marks stay by which a
        redelivery is known, without a word or a name, until retention takes them. What is still on its way to a chat
        goes with retention, too. Nothing of theirs may be running or waiting.
        """
        ...
