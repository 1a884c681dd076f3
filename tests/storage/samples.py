"""Values for the tests of storage and queues."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from picklebot.model.history import HistoryMessage, Role
from picklebot.model.job import Job
from picklebot.model.message import Address, Attachment, ChatKind, Sender
from picklebot.model.parcel import Parcel
from picklebot.model.session import Session, SessionMode
from picklebot.ports.storage import DedupeKeys

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """A time that many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def make_address(chat: str = "55") -> Address:
    return Address("telegram", "7", chat, ChatKind.GROUP, "3", "900", "interaction-token")


def make_job(job_id: str, session_id: str = "s1", text: str = "hello", **changes: Any) -> Job:
    values: dict[str, Any] = {
        "mode": SessionMode.CHAT,
        "sender": Sender("1", "Ann"),
        "address": make_address(),
        "sent_at": NOON,
        "accepted_at": after(1),
        "attachments": (Attachment("photo", "f1", size=3),),
    }
    return Job(id=job_id, session_id=session_id, agent="pickle", text=text, **(values | changes))


def make_keys(update: str, message: str | None = None) -> DedupeKeys:
    return DedupeKeys(("telegram", "7", update), ("telegram", "7", "55", message or f"m{update}"))


def make_session(session_id: str = "s1", **changes: Any) -> Session:
    values: dict[str, Any] = {
        "agent": "pickle",
        "platform": "telegram",
        "speaker": "1",
        "mode": SessionMode.CHAT,
        "title": "",
        "created_at": NOON,
        "last_message_at": None,
    }
    return Session(id=session_id, **(values | changes))


def make_parcel(parcel_id: str, text: str | None = None, **changes: Any) -> Parcel:
    values: dict[str, Any] = {"session_id": "s1", "address": make_address(), "created_at": NOON}
    return Parcel(id=parcel_id, text=text, **(values | changes))


def said(text: str, turn: str = "", role: Role = Role.USER, at: datetime = NOON) -> HistoryMessage:
    return HistoryMessage(role, text, at, agent="pickle", turn=turn, payload=None)
