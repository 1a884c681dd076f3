"""Who may use the control API, and how its requests and answers look: JSON, one clear line for what is wrong."""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit

from aiohttp import web

from picklebot.sandbox.telegram.methods.intake import LOOPBACK

Json = dict[str, Any]
Action = Callable[[Json], object]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def acting(act: Action) -> Handler:
    """Let a request's body be acted on."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response(act(await read_body(request)))

    return handle


async def preflight(request: web.Request) -> web.StreamResponse:
    """Tell a page what it may ask for."""
    methods = {
        "Access-Control-Allow-Methods": "GET, POST, DELETE",
        "Access-Control-Allow-Headers": "Content-Type",
    }
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=allowed(request) | methods)


def guarded(handler: Handler) -> Handler:
    """Let in only who is on loopback, and turn a wrong request into one clear line."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if not _on_loopback(f"//{request.host}") or not _on_loopback(request.headers.get("Origin")):
            told = "the control API answers to loopback hosts and pages only"
            return web.json_response({"error": told}, status=HTTPStatus.FORBIDDEN)
        try:
            response = await handler(request)
        except (ValueError, TypeError, KeyError) as error:
            told = f"missing field {error}" if isinstance(error, KeyError) else str(error)
            response = web.json_response({"error": told}, status=HTTPStatus.BAD_REQUEST)
        if not response.prepared:
            response.headers.update(allowed(request))
        return response

    return handle


def _on_loopback(address: str | None) -> bool:
    """An absent Origin is a program, not a page."""
    try:
        return address is None or urlsplit(address).hostname in LOOPBACK
    except ValueError:
        return False


def allowed(request: web.Request) -> dict[str, str]:
    """Give the headers by which the page that asks may read the answer."""
    origin = request.headers.get("Origin")
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}


async def read_body(request: web.Request) -> Json:
    """Read the JSON object of a request. Raises ValueError or TypeError for anything else."""
    body = json.loads(await request.read() or b"{}")
    if not isinstance(body, dict):
        raise TypeError("the body is a JSON object")
    return cast("Json", body)
