"""The gateway that runs already, through its HTTP API."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from picklebot.config.load import Loaded
from picklebot.config.lock import owner
from picklebot.config.workspace import Workspace
from picklebot.errors import NotFoundError, PicklebotError, UsageError

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
        message = answer.get("error", {}).get("message", response.reason_phrase)
        raise _KINDS.get(response.status_code, PicklebotError)(message)


@asynccontextmanager
async def find_running(place: Workspace, loaded: Loaded) -> AsyncGenerator[RunningGateway | None]:
    """The gateway that serves this workspace, None where there is none that can be reached."""
    running = owner(place)
    if running is None or not running.url:
        yield None
        return
    token = loaded.settings.messagebus.web.token
    headers = {"authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    async with httpx.AsyncClient(
        base_url=running.url, headers=headers, timeout=httpx.Timeout(10, read=None), trust_env=False
    ) as http:
        yield RunningGateway(http)
