"""What is owed to a chat: one reply or notice, and what of it has been posted already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from picklebot.model.message import Address


class ParcelState(StrEnum):
    """`open` is being written, `new` is complete and owed, `sent` arrived, `parked` can never arrive."""

    OPEN = "open"
    NEW = "new"
    SENT = "sent"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One thing to deliver.

    `posted` are the platform's ids of the messages that already show a part of it, in order; a frontend
    edits those instead of posting again. `text` is None while the answer is still being written.
    """

    id: str
    session_id: str
    address: Address
    created_at: datetime
    text: str | None = None
    posted: tuple[str, ...] = ()
