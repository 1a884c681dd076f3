"""Serves the page; all else that it does goes to the control APIs of the two sandboxes, straight from the browser.

GET /              the page
GET /<file>        its parts
GET /worlds.json   {"telegram", "discord"}: where the two are
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import resources
from typing import Final

import anyio
from aiohttp import web

from picklebot.sandbox.discord.listener import Listener
from picklebot.sandbox.discord.loopback import refuse_foreigners

_TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@asynccontextmanager
async def serve_page(
    host: str, port: int, *, telegram_url: str, discord_url: str, config: str
) -> AsyncGenerator[str]:
    """Serve the page until the block ends, and give its URL. Port 0 lets the system choose.

    `config` are the lines that the page shows while no gateway is connected. Raises OSError for a port in use.
    """
    listener = Listener(host, port)
    page = _Page(telegram_url, discord_url, config)
    try:
        await listener.open(page.build)
        yield f"http://{listener.authority}/"
    finally:
        with anyio.CancelScope(shield=True):
            await listener.close()


class _Page:
    def __init__(self, telegram_url: str, discord_url: str, config: str) -> None:
        self._worlds = {"telegram": telegram_url, "discord": discord_url, "config": config}
        reached = f"{telegram_url} {discord_url}"
        self._headers = {
            "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
            f"img-src 'self' {reached}; connect-src 'self' {reached}; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
        }
        self._files = _read_files()

    def build(self) -> web.Application:
        app = web.Application(middlewares=[refuse_foreigners])
        app.router.add_get("/", self._file)
        app.router.add_get("/worlds.json", self._where)
        app.router.add_get("/{name}", self._file)
        return app

    async def _where(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.json_response(self._worlds, headers=self._headers)

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        if name not in self._files:
            raise web.HTTPNotFound(text="there is no such file")
        kind = _TYPES[name[name.rindex(".") :]]
        return web.Response(body=self._files[name], content_type=kind, charset="utf-8", headers=self._headers)


def _read_files() -> dict[str, bytes]:
    """All parts of the page by name; only they can be asked for, so no path leads elsewhere."""
    folder = resources.files("picklebot.sandbox.page")
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.name.endswith(tuple(_TYPES))}
