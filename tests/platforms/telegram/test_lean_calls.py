"""The hot methods over our own session, held to what aiogram's does with the same answers."""

import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError, TelegramServerError
from aiogram.methods import TelegramMethod
from aiogram.types import LinkPreviewOptions, MessageEntity, ReplyParameters
from aiohttp import web

from picklebot.platforms.telegram.methods import EditMessageText, GetUpdates, SendChatAction, SendMessage
from picklebot.platforms.telegram.options import TelegramOptions
from picklebot.platforms.telegram.session import Session
from picklebot.sandbox.telegram import TEST_TOKEN, TelegramSandbox

OK = {"ok": True, "result": {"message_id": 7, "odd": [1, None, 1.5, "ü"]}}


def refused(code: int, description: str, **parameters: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return answer | ({"parameters": parameters} if parameters else {})


ANSWERS: list[tuple[str, int, Any]] = [
    ("a result", 200, OK),
    ("a result that is true", 200, {"ok": True, "result": True}),
    ("no result", 200, {"ok": True}),
    ("more than asked for", 200, {**OK, "description": "Done."}),
    ("parameters that are none", 200, {**OK, "parameters": "odd"}),
    ("created", 201, OK),
    ("not ok after all", 200, refused(400, "Bad Request: chat not found")),
    ("ok in words", 200, {"ok": "yes", "result": 1}),
    ("a list", 200, [1, 2]),
    ("nothing", 200, b""),
    ("half an answer", 200, b'{"ok":true,"result":{"mess'),
    ("half a character", 200, b'{"ok":true,"result":"\xc3"}'),
    ("half a surrogate", 200, b'{"ok":true,"result":"\\ud83d"}'),
    ("a page", 200, b"<html>Welcome to our hotel</html>"),
    ("bad request", 400, refused(400, "Bad Request: message is not modified")),
    ("unauthorised", 401, refused(401, "Unauthorized")),
    ("forbidden", 403, refused(403, "Forbidden: bot was blocked by the user")),
    ("not found", 404, refused(404, "Not Found")),
    ("conflict", 409, refused(409, "Conflict: terminated by other getUpdates request")),
    ("too large", 413, refused(413, "Request Entity Too Large")),
    ("too many", 429, refused(429, "Too Many Requests: retry after 3", retry_after=3)),
    ("moved", 400, refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001)),
    ("trouble", 500, refused(500, "Internal Server Error")),
    ("a restart", 502, refused(502, "Bad Gateway: restart")),
    ("a teapot", 418, refused(418, "I'm a teapot")),
    ("a page that refuses", 403, b"<html>Forbidden</html>"),
]


@asynccontextmanager
async def server(answer: web.Response) -> AsyncGenerator[str]:
    """A Bot API that has one answer to everything; gives its base URL."""

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return answer

    app = web.Application()
    app.router.add_post("/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def outcome(session: AiohttpSession, method: TelegramMethod[Any]) -> tuple[Any, ...]:
    """What a call gave, or all that its exception says."""
    try:
        return "result", await Bot(TEST_TOKEN, session=session)(method)
    except Exception as error:  # noqa: BLE001 - what it is, is the question
        fields = {name: value for name, value in vars(error).items() if name not in {"method", "original"}}
        return type(error), str(error), json.dumps(fields, default=str, sort_keys=True)
    finally:
        if session._session is not None:
            await session._session.close()


def lean(base_url: str) -> Session:
    return Session(TelegramOptions(TEST_TOKEN, base_url, request_timeout=60))


def stock(base_url: str) -> AiohttpSession:
    return AiohttpSession(api=TelegramAPIServer.from_base(base_url), timeout=60)


@pytest.mark.parametrize(("status", "body"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
async def test_every_answer_is_what_aiogram_makes_of_it(status: int, body: Any) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    method = SendMessage(chat_id=1, text="hello")
    found: list[tuple[Any, ...]] = []
    for session in (lean, stock):
        answer = web.Response(status=status, body=raw, content_type="application/json")
        async with server(answer) as base_url:
            found.append(await outcome(session(base_url), method))
    ours, theirs = found
    if theirs[0] is UnicodeDecodeError:  # which aiogram leaves to its callers
        assert ours == ("result", "\ufffd")
    else:
        assert ours == theirs


async def test_a_proxys_page_is_trouble_of_the_server() -> None:
    answer = web.Response(status=502, body=b"<html>Bad Gateway</html>", content_type="text/html")
    async with server(answer) as base_url:
        assert (await outcome(lean(base_url), SendMessage(chat_id=1, text="hello")))[0] is TelegramServerError


@pytest.mark.requirement("P30")
async def test_who_is_not_there_or_hangs_up_or_is_silent_is_a_network_error_without_the_token() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        hurried = TelegramOptions(TEST_TOKEN, f"http://127.0.0.1:{port}", request_timeout=1)
        slow = await outcome(Session(hurried), GetUpdates(timeout=0))
    gone = await outcome(Session(hurried), SendMessage(chat_id=1, text="hello"))
    assert [slow[0], gone[0]] == [TelegramNetworkError, TelegramNetworkError]
    assert TEST_TOKEN not in str([slow, gone])


async def test_a_call_that_is_sent_on_follows(tg: TelegramSandbox) -> None:
    there = f"{tg.base_url}/bot{tg.token}/getUpdates"
    async with server(web.Response(status=307, headers={"Location": there})) as base_url:
        assert await outcome(lean(base_url), GetUpdates(timeout=0)) == ("result", [])


CALLS: list[TelegramMethod[Any]] = [
    GetUpdates(offset=None, timeout=0, allowed_updates=["message", "channel_post"]),
    GetUpdates(offset=8, timeout=0),
    SendChatAction(chat_id="1001", action="typing", message_thread_id=None),
    SendMessage(chat_id="1001", text="plain ü 🥒", disable_notification=True),
    SendMessage(
        chat_id="1001",
        text="rich link",
        entities=[
            MessageEntity(type="bold", offset=0, length=4),
            MessageEntity(type="text_link", offset=5, length=4, url="https://a.b"),
        ],
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_parameters=ReplyParameters(message_id=4, allow_sending_without_reply=True),
    ),
    SendMessage(chat_id="1001", text="", message_thread_id=3),
    EditMessageText(chat_id="1001", message_id=1, text="more", entities=None),
]


@pytest.mark.parametrize("method", CALLS, ids=lambda method: method.__api_method__)
async def test_every_call_says_what_aiograms_says(tg: TelegramSandbox, method: TelegramMethod[Any]) -> None:
    tg.user(1001, "Ann")
    for session in (lean, stock):
        await outcome(session(tg.base_url), method)
    ours, theirs = (call.params for call in tg.calls if call.method == method.__api_method__)
    assert {name: _parsed(text) for name, text in ours.items()} == {
        name: _parsed(text) for name, text in theirs.items()
    }


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
