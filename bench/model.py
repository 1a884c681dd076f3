"""A model that costs nothing, behind OpenAI's chat completions on loopback: it says what it was told last."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from bench.town import SAID

PIECES = 2
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@asynccontextmanager
async def open_model() -> AsyncGenerator[str]:
    """Serve; gives the base URL, which ends in /v1."""
    app = web.Application(client_max_size=2**26)
    app.router.add_post("/v1/chat/completions", _complete)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


async def _complete(request: web.Request) -> web.StreamResponse:
    body = await request.text()
    answer = last_said(body)
    if not json.loads(body).get("stream"):
        return web.json_response(_whole(answer))
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for chunk in chunks(answer):
        await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    await response.write(b"data: [DONE]\n\n")
    return response


def last_said(body: str) -> str:
    """What the newest message of a request says, without what a bot put around it."""
    found = re.findall(SAID, body)
    return found[-1] if found else "Nothing was said."


def chunks(answer: str) -> list[dict[str, Any]]:
    """The answer as a stream of a few pieces, its end, and what was used."""
    size = -(-len(answer) // PIECES)
    pieces = [answer[first : first + size] for first in range(0, len(answer), size)]
    deltas = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in pieces)]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    told = [{**_frame("chat.completion.chunk"), "choices": [choice]} for choice in choices]
    return [*told, {**_frame("chat.completion.chunk"), "choices": [], "usage": USAGE}]


def _whole(answer: str) -> dict[str, object]:
    message = {"role": "assistant", "content": answer}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {**_frame("chat.completion"), "choices": [choice], "usage": USAGE}


def _frame(kind: str) -> dict[str, object]:
    return {"id": "answer", "object": kind, "created": 1_700_000_000, "model": "parrot"}
