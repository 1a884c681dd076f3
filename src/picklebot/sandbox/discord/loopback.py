"""Keeping the sandbox on this machine: who may bind it and who may talk to it."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@web.middleware
async def refuse_foreigners(request: web.Request, handler: Handler) -> web.StreamResponse:
    """403 for a Host or Origin that is not loopback, so that no web page elsewhere can reach the sandbox."""
    if not is_loopback(f"//{request.headers.get('Host', '')}"):
        raise web.HTTPForbidden(text="The sandbox answers to loopback names only.")
    origin = request.headers.get("Origin")
    if origin is not None and not is_loopback(origin):
        raise web.HTTPForbidden(text="The sandbox takes no calls from other origins.")
    if origin is not None and request.method == "OPTIONS":
        return web.Response(status=204)
    return await handler(request)


async def answer_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Let a page on another loopback port read the answer."""
    origin = request.headers.get("Origin")
    if origin is not None and is_loopback(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
        response.headers["Vary"] = "Origin"


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine by a loopback name."""
    try:
        return urlsplit(url).hostname in LOOPBACK
    except ValueError:
        return False
