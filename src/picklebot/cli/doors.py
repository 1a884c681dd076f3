"""The ways to an agent from a terminal: through the gateway that runs, or through one of our own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from picklebot.api.gateway import SessionWish
from picklebot.api.inside import AppGateway
from picklebot.app import load_agents, open_app
from picklebot.cli.running import RunningGateway, running_or_lock
from picklebot.config.load import Loaded
from picklebot.config.workspace import Workspace
from picklebot.errors import NotFoundError, PicklebotError, UnknownSessionError
from picklebot.model import words
from picklebot.model.choice import Said as Answered
from picklebot.model.events import Failed
from picklebot.model.events import Final as FinalEvent
from picklebot.ports.platform import Receipt


@dataclass(frozen=True, slots=True)
class Entered:
    """A session's id, and what its speaker has to know of it."""

    session_id: str
    notice: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, what was said beside it, and the paths of the files that it came with."""

    reply: str
    notices: tuple[str, ...]
    files: tuple[str, ...] = ()


class Door(Protocol):
    """A way to a gateway."""

    async def session(self, wish: SessionWish) -> Entered:
        """The speaker's session, made when there is none or a fresh one is wished for."""
        ...

    async def ask(self, session_id: str, text: str) -> Said:
        """The answer, also to a command. Raises UnknownSessionError, and PicklebotError for a turn that failed."""
        ...


@asynccontextmanager
async def open_door(place: Workspace, loaded: Loaded) -> AsyncGenerator[Door]:
    """The gateway that runs in this workspace; where there is none, one of our own for as long as it takes.

    Raises WorkspaceBusyError when somebody else keeps the workspace and never opens a door.
    """
    async with running_or_lock(place, loaded) as running:
        if running is not None:
            yield RunningDoor(running)
            return
        async with open_app(place, loaded, load_agents(place, loaded), listen=False) as app:
            yield OwnDoor(AppGateway(app))
            await app.drain()


class RunningDoor:
    """Through the gateway that runs, by its HTTP API."""

    def __init__(self, gateway: RunningGateway) -> None:
        self._gateway = gateway

    async def session(self, wish: SessionWish) -> Entered:
        body = {"platform": wish.platform, "speaker": wish.speaker, "agent": wish.agent, "fresh": wish.fresh}
        found = await self._gateway.post("/api/v1/sessions", body)
        return Entered(found["id"], found["notice"])

    async def ask(self, session_id: str, text: str) -> Said:
        body = {"text": text, "message_id": uuid4().hex, "commands": True}
        try:
            said = await self._gateway.post(f"/api/v1/sessions/{session_id}/messages", body)
            return Said(said["reply"], tuple(said["notices"]), tuple(said["files"]))
        except NotFoundError:
            raise UnknownSessionError(session_id) from None


class OwnDoor:
    """Through a gateway of our own, without platforms."""

    def __init__(self, gateway: AppGateway) -> None:
        self._gateway = gateway

    async def session(self, wish: SessionWish) -> Entered:
        opened = await self._gateway.open_session(wish)
        return Entered(opened.session.id, words.LOST_HISTORY if opened.lost else None)

    async def ask(self, session_id: str, text: str) -> Said:
        message_id = uuid4().hex
        with self._gateway.hub.subscribe(session_id, only_reply_to=message_id) as replies:
            receipt = await self._gateway.post(session_id, text, message_id, commands=True)
            if isinstance(receipt, Answered):
                return Said(receipt.text, ())
            if receipt is not Receipt.ACCEPTED:
                raise PicklebotError(
                    "too many messages wait in this session; try again when some are answered"
                )
            turn = await self._gateway.turn_of(session_id, message_id)
            notices: list[str] = []
            async for item in replies:
                match item.event:
                    case FinalEvent(text=notice) if turn is None or item.parcel_id != turn.id:
                        notices.append(notice)
                    case FinalEvent(text=reply, files=files):
                        return Said(reply, tuple(notices), tuple(file.path for file in files))
                    case Failed(text=reason):
                        raise PicklebotError(reason)
                    case _:
                        continue
        raise PicklebotError("the gateway stopped before it answered; ask again")
