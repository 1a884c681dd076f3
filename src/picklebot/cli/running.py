"""The way to a workspace: through the gateway that runs there, by its HTTP API, or by its lock where none runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import anyio
import httpx

from picklebot.config.load import Loaded
from picklebot.config.lock import WorkspaceLock, owner
from picklebot.config.workspace import Workspace
from picklebot.errors import NotFoundError, PicklebotError, UsageError, WorkspaceBusyError

PATIENCE: Final = 30.0
"""Seconds to wait for a gateway that is just starting, or for another command that has the lock."""

_LOOK_AGAIN: Final = 0.1
_KINDS: Final[Mapping[int, type[PicklebotError]]] = {404: NotFoundError, 422: UsageError}


class RunningGateway:
    """Asks it to do something. Every refusal is an error in its own words."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """The answer's JSON. Raises NotFoundError for a 404, UsageError for a 422, else PicklebotError."""
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
        raise _KINDS.get(response.status_code, PicklebotError)(message)


@asynccontextmanager
async def running_or_lock(place: Workspace, loaded: Loaded) -> AsyncGenerator[RunningGateway | None]:
    """The gateway that runs in this workspace, or None: then the workspace's lock is held meanwhile.

    Raises WorkspaceBusyError when somebody else keeps the workspace and never opens a door.
    """
    lock = WorkspaceLock(place)
    url = await _lock_or_url(place, lock)
    if url is None:
        try:
            yield None
        finally:
            lock.release()
        return
    async with _client(url, loaded) as http:
        yield RunningGateway(http)


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
