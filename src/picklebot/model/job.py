"""Work for one session: frozen, storable, with no live object in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from picklebot.model.message import Address, Attachment, Part, Quote, Sender
from picklebot.model.plain import plain
from picklebot.model.session import SessionMode


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted message on its way to its session.

    `id` is unique for ever and names the turn, its outbox entry and its nonce. `attempt` counts how often
    the job was begun before. `sent_at` is the platform's time, `accepted_at` ours. `model` and `verbose` are what
    the speaker had chosen for the session when the message came.

    A question may come in several messages: then its job has all of them as `parts` (see `model.question`), `awaits`
    the seconds for more, and the job of each further one is `joined_to` it. `quotes`, `origin` and `sums_up` as in
    InboundMessage.

    One that came while a turn ran may have been `taken_into` that turn, `taken_at` a time. If it has one of its own
    after all, what that one did since then counts as done for it, too.
    """

    id: str
    session_id: str
    agent: str
    mode: SessionMode
    text: str
    sender: Sender
    address: Address
    sent_at: datetime
    accepted_at: datetime
    attachments: tuple[Attachment, ...] = ()
    attempt: int = 0
    model: str = ""
    verbose: bool = False
    awaits: float = 0.0
    parts: tuple[Part, ...] = ()
    joined_to: str = ""
    quotes: tuple[Quote, ...] = ()
    origin: str = ""
    sums_up: str | None = None
    taken_into: str = ""
    taken_at: datetime | None = None

    def dump(self) -> dict[str, Any]:
        """The job as JSON-ready plain data; `load` is its inverse."""
        return {
            **plain(self),
            "sender": plain(self.sender),
            "address": plain(self.address),
            "attachments": [plain(attachment) for attachment in self.attachments],
            "quotes": [plain(quote) for quote in self.quotes],
            "parts": [part.dump() for part in self.parts],
            "sent_at": self.sent_at.isoformat(),
            "accepted_at": self.accepted_at.isoformat(),
            "taken_at": self.taken_at.isoformat() if self.taken_at else "",
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> Job:
        """Build a job from what `dump` made."""
        sender: dict[str, Any] = dict(data["sender"])
        sender["memberships"] = tuple(sender.get("memberships", ()))
        return cls(
            id=data["id"],
            session_id=data["session_id"],
            agent=data["agent"],
            mode=SessionMode(data["mode"]),
            text=data["text"],
            sender=Sender(**sender),
            address=Address.load(data["address"]),
            sent_at=datetime.fromisoformat(data["sent_at"]),
            accepted_at=datetime.fromisoformat(data["accepted_at"]),
            attachments=tuple(Attachment(**item) for item in data["attachments"]),
            attempt=data["attempt"],
            model=data.get("model", ""),
            verbose=data.get("verbose", False),
            awaits=data.get("awaits", 0.0),
            parts=tuple(Part.load(item) for item in data.get("parts", ())),
            joined_to=data.get("joined_to", ""),
            quotes=tuple(Quote(**item) for item in data.get("quotes", ())),
            origin=data.get("origin", ""),
            sums_up=data.get("sums_up"),
            taken_into=data.get("taken_into", ""),
            taken_at=datetime.fromisoformat(data["taken_at"]) if data.get("taken_at") else None,
        )
