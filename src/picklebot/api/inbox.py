"""`/api/v1/messages`: what became of each message, for the operator."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from picklebot.api.access import GatewayOf
from picklebot.errors import NotFoundError
from picklebot.ports.messages import MessageRecord, MessageState

router = APIRouter(prefix="/messages", tags=["messages"])

_ID: Final = re.compile(r"[0-9a-f]{8,32}")


class InboxQuery(BaseModel):
    """Which messages to list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: MessageState | None = None
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=2**53)


class RecordView(BaseModel):
    """One accepted message; `text` is only its beginning. `reply` is where its answer stands, null without one."""

    model_config = ConfigDict(frozen=True)

    id: str
    state: MessageState
    session_id: str
    agent: str
    platform: str
    speaker: str
    text: str
    reason: str
    attempts: int
    reply: str | None
    accepted_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, record: MessageRecord) -> RecordView:
        """Show a record."""
        known = {name: getattr(record, name) for name in cls.model_fields if name != "reply"}
        return cls(**known, reply=record.reply or None)


class RecordPage(BaseModel):
    """Messages, the newest first; `next_offset` is null on the last page."""

    messages: list[RecordView]
    next_offset: int | None


class Redriven(BaseModel):
    """The whole id of the message that has its turn again."""

    id: str


@router.get("")
async def list_messages(gateway: GatewayOf, query: Annotated[InboxQuery, Query()]) -> RecordPage:
    """Messages of all sessions, by where they stand."""
    found = await gateway.database.read(
        lambda tx: gateway.messages.find(tx, state=query.state, limit=query.limit + 1, offset=query.offset)
    )
    return RecordPage(
        messages=[RecordView.of(record) for record in found[: query.limit]],
        next_offset=query.offset + query.limit if len(found) > query.limit else None,
    )


@router.post("/{message_id}/redrive", status_code=202)
async def redrive(gateway: GatewayOf, message_id: str) -> Redriven:
    """Let a failed message have its turn again, with its original text; 409 for one that has not failed."""
    if not _ID.fullmatch(message_id):
        raise NotFoundError("There is no such message; GET /api/v1/messages lists those there are.")
    return Redriven(id=await gateway.redrive(message_id))
