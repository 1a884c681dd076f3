"""Who may knock: the check that every request passes before any route sees it.

A page that somebody visits elsewhere must not be able to talk to a gateway on their machine. So the Host must
be a name of ours (a name that an attacker points at 127.0.0.1 is not), an Origin must be our own, and with a
token nothing but the page's shell and the health checks is open without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from socket import gethostname
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from picklebot.api.problems import Problem, problem_response
from picklebot.api.token import COOKIE, Token
from picklebot.platforms.web.settings import is_loopback
from picklebot.ports.webhook import Webhook
from picklebot.replies.shelf import PATH

BODY_LIMIT: Final = 1024 * 1024
"""Bytes of a request's body."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_OPEN: Final = frozenset({"/", "/login", "/healthz", "/readyz", "/favicon.ico"})
_HEADERS: Final = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Authority:
    """The `name:port` of a Host header or an Origin."""

    name: str
    port: int


def parse_authority(text: str, *, default_port: int) -> Authority | None:
    """Read `name`, `name:port` or `[v6]:port`; None for anything else."""
    if not text or any(mark in text for mark in "/\\@?# \t,"):
        return None
    try:
        parts = urlsplit(f"//{text}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    return None if name is None else Authority(name.rstrip("."), port or default_port)


class Guard:
    """ASGI middleware. Refuses by Host (421), Origin (403), token (401) and size (413); adds the page's headers.

    Under `public_name` people may reach the page through something in front of it. What is let in by that name is
    links to files alone: whatever else comes by it has to come by a name of our own.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str,
        token: Token | None,
        webhooks: Mapping[str, Webhook],
        public_name: str | None = None,
    ) -> None:
        self._app = app
        self._public_name = public_name
        self._webhooks = webhooks
        self._host = host.strip("[]").lower()
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _with_headers(send))
        else:
            # There is no WebSocket here, so none is let in, whatever its Origin.
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._judge(scope)
        if refusal is None:
            await self._app(scope, _limited(receive), send)
            return
        response = problem_response(
            refusal.status_code,
            refusal.code,
            refusal.detail,
            {"connection": "close", **(refusal.headers or {})},
        )
        await response(scope, receive, send)

    def _judge(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        if (webhook := self._webhooks.get(scope["path"])) is not None:
            return self._judge_bringer(webhook, scope, headers)
        if scope["path"].startswith(PATH):
            return self._judge_link(scope, headers)
        return self._judge_visitor(scope, headers)

    def _judge_visitor(self, scope: Scope, headers: Headers) -> Problem | None:
        host = self._own_host(scope, headers)
        if host is None:
            return _wrong_host()
        # A link to one of these would come without the page's cookie, and be given another in its place.
        follows_link = scope["path"].startswith("/web/") and headers.get("sec-fetch-site") == "cross-site"
        if follows_link or not all(_same_origin(origin, host) for origin in headers.getlist("origin")):
            return Problem(403, "wrong_origin", "Other sites may not talk to picklebot.")
        if not self._may_enter(scope["path"], headers):
            message = "Send the token of messagebus.web.token as a bearer token, or log in on the page."
            return Problem(401, "no_token", message, {"www-authenticate": "Bearer"})
        if _declared_size(headers) > BODY_LIMIT:
            return _too_large()
        return None

    def _judge_bringer(self, webhook: Webhook, scope: Scope, headers: Headers) -> Problem | None:
        """Only this path is open under the webhook's public name, and only to who proves to be the platform."""
        if not _comes_by(webhook.host, headers) and self._own_host(scope, headers) is None:
            return _wrong_host()
        if headers.getlist("origin"):
            return Problem(403, "wrong_origin", "Pages of a browser have nothing to bring here.")
        # As bytes: whatever stands there is compared, and never decoded.
        proofs = [value for name, value in headers.raw if name == webhook.header.encode()]
        if len(proofs) != 1 or not webhook.admits(proofs[0]):
            return Problem(401, "no_secret", "The webhook's secret is missing or wrong.")
        return _too_large() if _declared_size(headers) > BODY_LIMIT else None

    def _judge_link(self, scope: Scope, headers: Headers) -> Problem | None:
        """Open to whoever has the link, as it needs no cookie; but pages of other sites do not read it."""
        public = self._public_name is not None and _comes_by(self._public_name, headers)
        if not public and self._own_host(scope, headers) is None:
            return _wrong_host()
        if headers.getlist("origin"):
            return Problem(403, "wrong_origin", "Other sites may not read files of picklebot.")
        return None

    def _own_host(self, scope: Scope, headers: Headers) -> Authority | None:
        """The Host header, if it names this server.

        On loopback the port must be ours too. A server that is reachable from outside may stand behind a
        port mapping, so there the name decides: the configured one, this machine's own, or any address
        written in numbers, which nobody can point elsewhere.
        """
        given = headers.getlist("host")
        _, own_port = scope.get("server") or (self._host, 0)
        host = parse_authority(given[0], default_port=80) if len(given) == 1 else None
        if host is None:
            return None
        if is_loopback(self._host):
            return host if host.name in {*_LOOPBACK, self._host} and host.port == own_port else None
        own_names = {*_LOOPBACK, self._host, gethostname().lower()}
        return host if host.name in own_names or _is_address(host.name) else None

    def _may_enter(self, path: str, headers: Headers) -> bool:
        if self._token is None or path in _OPEN or path.startswith("/assets/"):
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._token.is_token(given.strip()):
            return True
        return self._token.is_login(_cookie(headers, COOKIE))


def _comes_by(name: str, headers: Headers) -> bool:
    """Whether the Host header is this name; whatever stands in front of us may listen on another port."""
    given = headers.getlist("host")
    host = parse_authority(given[0], default_port=443) if len(given) == 1 else None
    return host is not None and host.name == name


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _same_origin(origin: str, host: Authority) -> bool:
    scheme, separator, rest = origin.partition("://")
    if not separator or scheme not in {"http", "https"}:
        return False
    return parse_authority(rest, default_port=443 if scheme == "https" else 80) == host


def _cookie(headers: Headers, name: str) -> str:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def _declared_size(headers: Headers) -> int:
    declared = headers.get("content-length", "0")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _wrong_host() -> Problem:
    return Problem(421, "wrong_host", "Open picklebot under the address that it printed when it started.")


def _too_large() -> Problem:
    return Problem(413, "too_large", "The request is larger than 1 MiB.")


def _limited(receive: Receive) -> Receive:
    """Count what really comes: a chunked body declares no size."""
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > BODY_LIMIT:
            raise _too_large()
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return sending
