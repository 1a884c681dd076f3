"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

from inspect import isawaitable

import anyio
from aiohttp import web

from picklebot.sandbox.telegram.faults import Fault, FaultKind
from picklebot.sandbox.telegram.methods import LIMITED, METHODS
from picklebot.sandbox.telegram.params import Params, read_params
from picklebot.sandbox.telegram.refusal import BotApiError
from picklebot.sandbox.telegram.state import World

LARGEST_REQUEST = 64 * 1024 * 1024


class BotApi:
    """Answers the bot's calls out of a world."""

    def __init__(self, world: World) -> None:
        """Serve `world`."""
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to mount."""
        return [
            web.route("*", "/bot{token}/{method}", self._call),
            web.get("/file/bot{token}/{path:.+}", self._download),
        ]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        """Answer one call and write it down. It is done to its end also when the client has gone."""
        method = request.match_info["method"]
        params, fault = Params({}), None
        try:
            self._admit(request, method)
            params = await read_params(request)
            fault = self._world.faults.take(method, _chat_id(params))
            if fault and fault.kind is FaultKind.DROP:
                return self._drop(request, method, params, fault)
            result = await self._do(method, params, fault)
        except BotApiError as error:
            self._record(method, params, fault, error=error.description)
            return web.json_response(error.to_json(), status=error.code)
        if fault and fault.kind is FaultKind.DELIVER_THEN_DROP:
            return self._drop(request, method, params, fault, result)
        self._record(method, params, fault, result=result)
        return web.json_response({"ok": True, "result": result})

    def _admit(self, request: web.Request, method: str) -> None:
        if request.match_info["token"] != self._world.bot.token:
            raise BotApiError(401, "Unauthorized")
        if method.lower() not in METHODS:
            raise BotApiError(404, "Not Found: method not found")

    async def _do(self, method: str, params: Params, fault: Fault | None) -> object:
        if fault and fault.kind is FaultKind.ERROR:
            raise fault.error()
        if fault and fault.kind is FaultKind.DELAY:
            await anyio.sleep(fault.seconds)
        chat_id = _chat_id(params)
        if method.lower() in LIMITED and chat_id is not None:
            self._world.limits.spend(chat_id)
        result = METHODS[method.lower()](self._world, params)
        return await result if isawaitable(result) else result

    def _drop(
        self, request: web.Request, method: str, params: Params, fault: Fault, result: object = None
    ) -> web.Response:
        """Close the connection under the client; the response that is returned goes nowhere."""
        self._record(method, params, fault, result=result)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _record(
        self,
        method: str,
        params: Params,
        fault: Fault | None,
        *,
        result: object = None,
        error: str | None = None,
    ) -> None:
        kind = str(fault.kind) if fault else None
        self._world.journal.record_call(method, params.shown(), result=result, error=error, fault=kind)

    async def _download(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self._world.bot.token:
            return web.json_response(BotApiError(401, "Unauthorized").to_json(), status=401)
        file = self._world.files.at(request.match_info["path"])
        if file is None:
            return web.json_response(BotApiError(404, "Not Found").to_json(), status=404)
        return web.Response(body=file.data, content_type="application/octet-stream")


def _chat_id(params: Params) -> int | None:
    try:
        return params.optional_integer("chat_id")
    except BotApiError:
        return None
