"""The ways to an agent from a terminal: through the gateway that runs, or through one of our own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final, Protocol
from uuid import uuid4

import anyio
import httpx

from picklebot.api.gateway import SessionWish
from picklebot.api.inside import AppGateway
from picklebot.app import load_agents, open_app
from picklebot.config.load import Loaded
from picklebot.config.lock import WorkspaceLock, owner
from picklebot.config.workspace import Workspace
from picklebot.errors import NotFoundError, PicklebotError, UnknownSessionError, WorkspaceBusyError
from picklebot.model.events import Failed
from picklebot.model.events import Final as FinalEvent
from picklebot.ports.platform import Receipt

PATIENCE: Final = 30.0
"""Seconds to wait for a gateway that is just starting, or for another one-shot `chat`."""

_LOOK_AGAIN: Final = 0.1


class Door(Protocol):
    """A way to a gateway."""

    async def session(self, wish: SessionWish) -> str:
        """The id of the speaker's session, made when there is none or a fresh one is wished for."""
        ...

    async def ask(self, session_id: str, text: str) -> str:
        """The answer. Raises UnknownSessionError, and PicklebotError for a turn that failed."""
        ...


@asynccontextmanager
async def open_door(place: Workspace, loaded: Loaded) -> AsyncGenerator[Door]:
    """The gateway that runs in this workspace; where there is none, one of our own for as long as it takes.

    Raises WorkspaceBusyError when somebody else keeps the workspace and never opens a door.
    """
    lock = WorkspaceLock(place)
    url = await _lock_or_url(place, lock)
    if url is not None:
        async with _client(url, loaded) as http:
            yield RunningDoor(http)
        return
    try:
        async with open_app(place, loaded, load_agents(place, loaded), listen=False) as app:
            yield OwnDoor(AppGateway(app))
            await app.drain()
    finally:
        lock.release()


async def _lock_or_url(place: Workspace, lock: WorkspaceLock) -> str | None:
    """Where the gateway that runs answers; None once the lock is ours."""
    give_up = anyio.current_time() + PATIENCE
    while True:
        running = owner(place)
        if running is not None and running.ready:
            return running.url or _no_way_in(place, running.pid)
        try:
            lock.acquire()
            return None
        except WorkspaceBusyError:
            if anyio.current_time() > give_up:
                raise
        await anyio.sleep(_LOOK_AGAIN)


def _no_way_in(place: Workspace, pid: int | None) -> str:
    raise PicklebotError(
        f"the gateway of {place.root} (process {pid}) runs without its web platform, which is the way in; "
        "set messagebus.web.enabled: true and start it again"
    )


def _client(url: str, loaded: Loaded) -> httpx.AsyncClient:
    token = loaded.settings.messagebus.web.token
    headers = {"authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    # An answer may take its time, and what runs here is not behind the environment's proxy.
    timeout = httpx.Timeout(10, read=None)
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout, trust_env=False)


class RunningDoor:
    """Through the gateway that runs, by its HTTP API."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def session(self, wish: SessionWish) -> str:
        body = {"platform": wish.platform, "speaker": wish.speaker, "agent": wish.agent, "fresh": wish.fresh}
        return str((await self._post("/api/v1/sessions", body))["id"])

    async def ask(self, session_id: str, text: str) -> str:
        body = {"text": text, "message_id": uuid4().hex}
        try:
            return str((await self._post(f"/api/v1/sessions/{session_id}/messages", body))["reply"])
        except NotFoundError:
            raise UnknownSessionError(session_id) from None

    async def _post(self, path: str, body: Mapping[str, object]) -> dict[str, object]:
        try:
            response = await self._http.post(path, json=body)
            answer = response.json()
        except httpx.HTTPError as error:
            raise PicklebotError(f"the running gateway does not answer ({error}); try again") from error
        except ValueError as error:
            raise PicklebotError("the running gateway gave an answer that is not JSON") from error
        if response.is_success:
            return answer
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            raise PicklebotError("the running gateway was started with another messagebus.web.token")
        message = answer.get("error", {}).get("message", response.reason_phrase)
        raise (NotFoundError if response.status_code == HTTPStatus.NOT_FOUND else PicklebotError)(message)


class OwnDoor:
    """Through a gateway of our own, without platforms."""

    def __init__(self, gateway: AppGateway) -> None:
        self._gateway = gateway

    async def session(self, wish: SessionWish) -> str:
        return (await self._gateway.open_session(wish)).session.id

    async def ask(self, session_id: str, text: str) -> str:
        message_id = uuid4().hex
        with self._gateway.hub.subscribe(session_id, only_reply_to=message_id) as replies:
            receipt = await self._gateway.post(session_id, text, message_id)
            if receipt is not Receipt.ACCEPTED:
                raise PicklebotError(
                    "too many messages wait in this session; try again when some are answered"
                )
            async for item in replies:
                match item.event:
                    case FinalEvent(text=reply):
                        return reply
                    case Failed(text=reason):
                        raise PicklebotError(reason)
                    case _:
                        continue
        raise PicklebotError("the gateway stopped before it answered; ask again")
