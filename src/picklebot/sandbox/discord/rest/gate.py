"""The gate of REST: reads the call, meets faults and limits, asks the route, and writes the call down."""

import json
from dataclasses import dataclass
from typing import Any

import anyio
from aiohttp import web

from picklebot.sandbox.discord.calls import DROPPED, Call, Calls
from picklebot.sandbox.discord.faults import Fault, Faults
from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.limits import RateLimits
from picklebot.sandbox.discord.refusals import Refused
from picklebot.sandbox.discord.rest.route import RestCall, Route, Upload
from picklebot.sandbox.discord.world import World

PREFIX = "/api/v10"
MAJOR = ("channel", "guild", "application", "token")


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer before it is on the wire; a `body` of None is 204."""

    status: int
    body: Any
    headers: dict[str, str]


class Gate:
    """Serves routes under /api/v10 to the one bot that knows the token."""

    def __init__(self, world: World, token: str, faults: Faults, limits: RateLimits, calls: Calls) -> None:
        self._world = world
        self._token = token
        self._faults = faults
        self._limits = limits
        self._calls = calls

    def mount(self, app: web.Application, routes: list[Route]) -> None:
        """Add the routes, and a 404 for the rest."""
        for route in routes:
            self._add(app, route)
        self._add(app, Route("*", "/{tail:.*}", _unknown))

    def _add(self, app: web.Application, route: Route) -> None:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(route, request)

        app.router.add_route(route.method, PREFIX + route.path, serve)

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        called = f"{request.method} {request.path.removeprefix(PREFIX)}"
        fault = self._faults.take(route.name, called)
        if fault is not None and fault.delay > 0:
            await anyio.sleep(fault.delay)
        try:
            call = await _read(request)
            outcome = self._answer(route, request, call, fault)
        except Refused as refusal:
            call = RestCall(dict(request.match_info), dict(request.query), None, {})
            outcome = Outcome(refusal.status, refusal.body, {})
        dropped = fault is not None and fault.drop is not None
        self._note(route, called, call, outcome, dropped=dropped)
        if dropped and request.transport is not None:
            request.transport.close()
        return _response(outcome)

    def _answer(self, route: Route, request: web.Request, call: RestCall, fault: Fault | None) -> Outcome:
        if fault is not None and fault.drop == "before":
            return Outcome(DROPPED, None, {})
        if fault is not None and fault.status is not None:
            return _faulty(fault, fault.status)
        if not route.open and request.headers.get("Authorization") != f"Bot {self._token}":
            return Outcome(401, {"message": "401: Unauthorized", "code": 0}, {})
        major = next((call.path[name] for name in MAJOR if name in call.path), "")
        verdict = self._limits.take(route.name, major, counts_globally=not route.open)
        if verdict.retry_after is not None:
            return Outcome(
                429, _limited(verdict.retry_after, everything=verdict.everything), verdict.headers()
            )
        try:
            body = route.answer(call)
        except Refused as refusal:
            return Outcome(refusal.status, refusal.body, verdict.headers())
        return Outcome(204 if body is None else 200, body, verdict.headers())

    def _note(self, route: Route, called: str, call: RestCall, outcome: Outcome, *, dropped: bool) -> None:
        self._calls.note(
            Call(
                number=self._calls.total + 1,
                route=route.name if route.method != "*" else called,
                called=called,
                body=call.body,
                query=dict(call.query),
                filenames=tuple(each.filename for each in call.files.values()),
                at=self._world.clock.now(),
                status=DROPPED if dropped else outcome.status,
                answer=outcome.body,
            )
        )


def _unknown(call: RestCall) -> None:  # noqa: ARG001 - every route is called with its call
    raise Refused(404, 0, "404: Not Found")


def _faulty(fault: Fault, status: int) -> Outcome:
    if status == 429 and fault.retry_after is not None:
        headers = {"Via": "1.1 google", "Retry-After": str(max(1, round(fault.retry_after)))}
        return Outcome(status, _limited(fault.retry_after, everything=fault.everything), headers)
    return Outcome(status, {"message": fault.message, "code": fault.code}, {})


def _limited(retry_after: float, *, everything: bool) -> Json:
    message = "You are being rate limited."
    return {"message": message, "retry_after": round(retry_after, 3), "global": everything, "code": 0}


async def _read(request: web.Request) -> RestCall:
    path, query = dict(request.match_info), dict(request.query)
    if request.content_type.startswith("multipart/"):
        return RestCall(path, query, *await _read_parts(request))
    text = await request.text()
    return RestCall(path, query, _parsed(text) if text else None, {})


async def _read_parts(request: web.Request) -> tuple[Json | list[Any] | None, dict[str, Upload]]:
    parts = await request.post()
    files = {
        name: Upload(part.filename, part.file.read())
        for name, part in parts.items()
        if isinstance(part, web.FileField)
    }
    payload = parts.get("payload_json")
    return (_parsed(payload) if isinstance(payload, str) else None), files


def _parsed(text: str) -> Json | list[Any]:
    try:
        return json.loads(text)
    except ValueError:
        raise Refused(400, 50109, "The request body contains invalid JSON.") from None


def _response(outcome: Outcome) -> web.Response:
    if outcome.body is None:
        return web.Response(status=outcome.status or 204, headers=outcome.headers)
    # Exactly this content type, without a charset: discord.py compares it as a whole.
    body = json.dumps(outcome.body, separators=(",", ":")).encode()
    return web.Response(
        status=outcome.status, body=body, content_type="application/json", headers=outcome.headers
    )
