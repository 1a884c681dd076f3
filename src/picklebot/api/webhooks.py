"""Where platforms bring what they have to say. Who knocks there was proven by the guard."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from picklebot.api.access import GatewayOf
from picklebot.api.problems import Problem
from picklebot.errors import PlatformError, StorageError

router = APIRouter(include_in_schema=False)


@router.post("/webhooks/{platform}")
async def bring(request: Request, gateway: GatewayOf, platform: str) -> Any:
    """Take an update. 200 says that it is kept; 503, that it is to be brought again."""
    webhook = gateway.webhooks.get(request.url.path)
    if webhook is None:
        raise Problem(404, "not_found", f"There is no webhook for {platform}.")
    try:
        await webhook.take(await request.body())
    except (PlatformError, StorageError) as error:
        raise Problem(503, error.code, "Bring it again in a moment.") from error
    return {}
