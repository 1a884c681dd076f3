"""`/api/v1/sessions`."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Response

from picklebot.api.access import GatewayOf
from picklebot.api.gateway import Gateway, SessionWish
from picklebot.api.resources import (
    MessagePage,
    MessageQuery,
    MessageView,
    NewSession,
    OpenedView,
    SessionPage,
    SessionQuery,
    SessionView,
)
from picklebot.errors import NotFoundError
from picklebot.model import words
from picklebot.model.session import Session, is_session_id
from picklebot.sessions.key import escape

router = APIRouter(prefix="/sessions", tags=["sessions"])


async def find_session(gateway: Gateway, session_id: str) -> Session:
    """The session, or NotFoundError; an id that cannot be one is never looked up anywhere."""
    session = None
    if is_session_id(session_id):
        session = await gateway.database.read(lambda tx: gateway.sessions.get(tx, session_id))
    if session is None:
        raise NotFoundError("There is no such session; GET /api/v1/sessions lists those there are.")
    return session


@router.post("", responses={201: {"model": OpenedView}})
async def open_session(gateway: GatewayOf, wanted: NewSession, response: Response) -> OpenedView:
    """The session of this speaker (200), or a new one (201) when there is none yet or a fresh one is asked for."""
    opened = await gateway.open_session(
        SessionWish(
            platform=wanted.platform,
            speaker=wanted.speaker or secrets.token_urlsafe(16),
            agent=wanted.agent,
            mode=wanted.mode,
            fresh=wanted.fresh,
        )
    )
    response.status_code = 201 if opened.created else 200
    notice = words.LOST_HISTORY if opened.lost else None
    return OpenedView(**SessionView.of(opened.session).model_dump(), notice=notice)


@router.get("")
async def list_sessions(gateway: GatewayOf, query: Annotated[SessionQuery, Query()]) -> SessionPage:
    """Sessions, newest activity first."""
    found = await gateway.database.read(
        lambda tx: gateway.sessions.find(
            tx,
            platform=query.platform,
            agent=query.agent,
            speaker=escape(query.speaker) if query.speaker is not None else query.key,
            limit=query.limit + 1,
            offset=query.offset,
        )
    )
    return SessionPage(
        sessions=[SessionView.of(session) for session in found[: query.limit]],
        next_offset=query.offset + query.limit if len(found) > query.limit else None,
    )


@router.get("/{session_id}")
async def show_session(gateway: GatewayOf, session_id: str) -> SessionView:
    """One session."""
    return SessionView.of(await find_session(gateway, session_id))


@router.get("/{session_id}/messages")
async def list_messages(
    gateway: GatewayOf, session_id: str, query: Annotated[MessageQuery, Query()]
) -> MessagePage:
    """The last messages of a session, or the last before `before`."""
    session = await find_session(gateway, session_id)
    rows = await gateway.database.read(
        lambda tx: gateway.history.messages(tx, session.id, limit=query.limit + 1, before=query.before)
    )
    shown = rows[-query.limit :]
    return MessagePage(
        messages=[MessageView.of(seq, message) for seq, message in shown],
        next_before=shown[0][0] if len(rows) > query.limit else None,
    )
