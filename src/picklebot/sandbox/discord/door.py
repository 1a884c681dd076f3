"""How the control API's requests are read, and how it answers: JSON, and one clear line for what is wrong."""

import json
from collections.abc import Callable
from typing import Any

import anyio
from aiohttp import web

from picklebot.sandbox.discord.feed import Happening, Json

KEEP_ALIVE = 15.0


async def read_body(request: web.Request) -> Json:
    """The JSON object of a request. Raises HTTPBadRequest for anything else."""
    try:
        body: Any = json.loads(await request.text() or "{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(
            text=json.dumps({"error": "send a JSON object"}), content_type="application/json"
        )
    return body  # pyright: ignore[reportUnknownVariableType] - JSON has string keys


def answer(act: Callable[[], Any]) -> web.Response:
    """What came of an act: 404 for what is not there, 400 for what cannot be done."""
    try:
        result = act()
    except KeyError as missing:
        return web.json_response({"error": f"missing or unknown: {missing}"}, status=400)
    except LookupError as absent:
        return web.json_response({"error": str(absent)}, status=404)
    except (ValueError, TypeError) as wrong:
        return web.json_response({"error": str(wrong)}, status=400)
    return web.json_response({"ok": True} if result is None else result)


async def stream(response: web.StreamResponse, queue: Any) -> None:
    """Write events until either side ends; a comment now and then notices a client that has gone."""
    while True:
        try:
            with anyio.fail_after(KEEP_ALIVE):
                happening: Happening = await queue.receive()
            chunk = f"data: {json.dumps({'name': happening.name, 'data': happening.data})}\n\n"
        except TimeoutError:
            chunk = ": still here\n\n"
        except anyio.EndOfStream:
            return
        try:
            await response.write(chunk.encode())
        except ConnectionError:
            return
