"""The whole HTTP side as one app."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from picklebot import __version__
from picklebot.api import (
    agents,
    docs,
    health,
    inbox,
    login,
    messages,
    page,
    pairing,
    posts,
    problems,
    results,
    sessions,
    webhooks,
)
from picklebot.api.attempts import Attempts
from picklebot.api.gateway import Gateway
from picklebot.api.guard import Guard
from picklebot.api.token import Token
from picklebot.errors import ConfigError
from picklebot.platforms.web.settings import is_loopback


class _Assets(StaticFiles):
    """The page's files, asked for anew each time: a new version must not meet an old script."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


def build_api(gateway: Gateway, *, host: str, token: str | None) -> FastAPI:
    """The page and the API over `gateway`. Raises ConfigError for a host that others reach, without a token."""
    if not token and not is_loopback(host):
        raise ConfigError(
            f"messagebus.web.host is {host}, which others can reach; set messagebus.web.token, or use 127.0.0.1"
        )
    app = FastAPI(
        title="picklebot", version=__version__, openapi_url="/api/openapi.json", docs_url=None, redoc_url=None
    )
    app.state.gateway = gateway
    app.state.attempts = Attempts()
    app.state.token = Token(token) if token else None
    public_url = gateway.shelf.public_url
    app.add_middleware(
        Guard,
        host=host,
        token=app.state.token,
        webhooks=gateway.webhooks,
        public_name=None if public_url is None else urlsplit(public_url).hostname,
    )
    problems.install(app)
    for part in (health, page, login, docs, webhooks):
        app.include_router(part.router)
    app.include_router(results.links)
    app.include_router(_version_1())
    app.mount("/assets", _Assets(directory=page.FILES))
    return app


def _version_1() -> APIRouter:
    api = APIRouter(prefix="/api/v1")
    for part in (sessions, messages, results, inbox, posts, pairing, agents):
        api.include_router(part.router)
    return api
