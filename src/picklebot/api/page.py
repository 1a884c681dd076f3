"""The chat page and its endpoints under `/web/`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from typing import Final as Constant

from fastapi import APIRouter, Cookie, Depends, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from picklebot import clock
from picklebot.api.access import GatewayOf
from picklebot.api.answer import paths_of, progress
from picklebot.api.gateway import Gateway
from picklebot.api.login import YEAR
from picklebot.api.messages import check_length, check_receipt
from picklebot.api.problems import Problem
from picklebot.api.resources import MESSAGE_ID, Text
from picklebot.api.sse import EventStream, sse
from picklebot.model.events import Final
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.session import Session
from picklebot.platforms import web
from picklebot.platforms.web.parse import PLATFORM, address_of, inbound, sender_of
from picklebot.platforms.web.subscription import Begun, HubEvent
from picklebot.ports.storage import Transaction
from picklebot.sessions.key import key_for

router = APIRouter(include_in_schema=False)

FILES: Constant = Path(web.__file__).parent / "page"
COOKIE: Constant = "picklebot_speaker"
ROWS: Constant = 200
"""Messages of a history that the page shows."""

_SPEAKER: Constant = re.compile(r"[A-Za-z0-9_-]{22}")


class Said(BaseModel):
    """What the page posts; it makes the id before it sends, and keeps it until it has an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Text
    message_id: str = Field(pattern=MESSAGE_ID)


def _speaker(picklebot_speaker: Annotated[str, Cookie()] = "") -> str:
    if not _SPEAKER.fullmatch(picklebot_speaker):
        raise Problem(401, "no_speaker", "Open the page first: it gives you the cookie that this needs.")
    return picklebot_speaker


Speaker = Annotated[str, Depends(_speaker)]


@router.get("/")
async def page() -> FileResponse:
    """The page. It sets no cookie: a visit from another site's link comes without the one that is there."""
    return FileResponse(FILES / "index.html", headers={"cache-control": "no-cache"})


@router.get("/favicon.ico")
async def favicon() -> FileResponse:
    """The pickle."""
    return FileResponse(FILES / "pickle.svg", media_type="image/svg+xml")


@router.get("/web/history")
async def history(
    gateway: GatewayOf, response: Response, picklebot_speaker: Annotated[str, Cookie()] = ""
) -> Any:
    """The speaker's current session with its last messages; a new speaker gets their cookie here."""
    speaker = picklebot_speaker
    if not _SPEAKER.fullmatch(speaker):
        speaker = secrets.token_urlsafe(16)
        response.set_cookie(COOKIE, speaker, max_age=YEAR, httponly=True, samesite="strict", path="/")
    session, rows = await gateway.database.read(lambda tx: _current(gateway, tx, speaker))
    return {
        "session": None if session is None else session.id,
        "title": "" if session is None else session.title,
        "agent": "" if session is None else session.agent,
        "messages": [_row(seq, row) for seq, row in rows],
    }


@router.post("/web/messages", status_code=202)
async def say(gateway: GatewayOf, speaker: Speaker, said: Said) -> Any:
    """Take a message. 202 says that it is kept; the answer comes on `/web/events`.

    The page posts again whatever it has no answer to, so this also tells what became of it.
    """
    check_length(said.text)
    message = inbound(speaker, said.text, said.message_id, clock.now())
    receipt = await gateway.intake.accept(message)
    check_receipt(receipt)
    turn = await gateway.turn_of(speaker, said.message_id)
    return {
        "receipt": receipt,
        "message_id": said.message_id,
        "turn": None if turn is None else turn.id,
        "state": None if turn is None else turn.state,
        "reply": "" if turn is None else turn.reply,
    }


@router.get("/web/events")
async def events(gateway: GatewayOf, speaker: Speaker) -> EventStream:
    """Everything that is answered to this speaker while the page is open."""
    return EventStream(gateway.hub.subscribe(speaker), _event, opening=[sse("hello", {})])


@router.get("/web/status")
async def status(gateway: GatewayOf) -> Any:
    """What could still be switched on, for the quiet line below the page."""
    return {"unconfigured": [asdict(item) for item in gateway.unconfigured()]}


def _current(
    gateway: Gateway, tx: Transaction, speaker: str
) -> tuple[Session | None, Sequence[tuple[int, HistoryMessage]]]:
    key = key_for(address_of(speaker), sender_of(speaker))
    binding = gateway.bindings.get(tx, PLATFORM, key.text)
    if binding is None:
        return None, ()
    return (
        gateway.sessions.get(tx, binding.session_id),
        gateway.history.messages(tx, binding.session_id, limit=ROWS),
    )


def _row(seq: int, row: HistoryMessage) -> dict[str, Any]:
    # Tools' results are the agent's business; the page shows what people said to each other.
    text = "" if row.role is Role.TOOL else row.text
    about = {"seq": seq, "role": row.role, "text": text, "at": row.at, "turn": row.turn, "agent": row.agent}
    return {**about, "files": row.files}


def _event(item: HubEvent) -> bytes:
    about = {"turn": item.parcel_id, "reply_to": item.reply_to}
    match item.event:
        case Begun():
            return sse("start", about)
        case Final(text):
            return sse("final", {"text": text, "files": paths_of(item.event), **about})
        case other:
            name, data = progress(other)
            return sse("failed" if name == "error" else name, {**data, **about})
