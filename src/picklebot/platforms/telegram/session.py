"""The line to the Bot API: aiogram's Bot, and how long it lives."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Any, Final, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError, TelegramServerError
from aiogram.methods import GetFile, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientError, ClientResponse, ClientTimeout, TCPConnector
from aiohttp.hdrs import CONTENT_TYPE
from yarl import URL

from picklebot.errors import FileError
from picklebot.platforms.proxies import ProxyFailedError, connector_through, is_socks
from picklebot.platforms.telegram.options import TelegramOptions
from picklebot.platforms.telegram.wire import HOT, NO_RESULT, dump, load

_LONGEST: Final = 60.0
"""Seconds for a file."""
_JSON: Final = {CONTENT_TYPE: "application/json"}


class Session(AiohttpSession):
    """aiogram's session, through whatever proxy, and quick for hot methods.

    What stands between us and Telegram may fail in HTML; that is a server's trouble like any other.
    """

    def __init__(self, options: TelegramOptions) -> None:
        """Serve one bot; connections are opened when they are needed."""
        super().__init__(
            api=TelegramAPIServer.from_base(options.api_base_url), timeout=options.request_timeout
        )
        self._http_proxy = options.proxy
        if options.proxy is not None and is_socks(options.proxy):
            self._http_proxy = None
            self._connector_type = cast("type[TCPConnector]", partial(connector_through, options.proxy))
        self._urls: dict[str, URL] = {}
        self._timeouts: dict[float, ClientTimeout] = {}

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """See aiogram's BaseSession: the same errors for the same answers."""
        session = await self.create_session()
        hot = isinstance(method, HOT)
        try:
            async with session.post(
                self._url(bot, method),
                data=dump(method) if hot else self.build_form_data(bot=bot, method=method),
                headers=_JSON if hot else None,
                proxy=self._http_proxy,
                timeout=self._limit(self.timeout if timeout is None else timeout),
            ) as response:
                body = await response.read()
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="Request timeout error") from error
        except ClientError as error:
            raise TelegramNetworkError(method=method, message=_kind(error)) from error
        if hot and response.status == HTTPStatus.OK and (result := load(body)) is not NO_RESULT:
            return result
        return await self._judge(bot, method, response)

    async def download(self, token: str, path: str, most: int) -> bytes:
        """A file by its path. Raises FileError for one of more than `most` bytes, and TelegramNetworkError."""
        session, url = await self.create_session(), self.api.file_url(token, path)
        method = GetFile(file_id=path)
        try:
            async with session.get(
                url, proxy=self._http_proxy, timeout=ClientTimeout(total=_LONGEST)
            ) as answer:
                if answer.status != HTTPStatus.OK:
                    raise TelegramServerError(method=method, message=f"HTTP {answer.status}")
                data = await answer.content.read(most + 1)
                while len(data) <= most and (more := await answer.content.read(most + 1 - len(data))):
                    data += more
        except (TimeoutError, ClientError) as error:
            raise TelegramNetworkError(method=method, message=_kind(error)) from None
        if len(data) > most:
            raise FileError("it is too large")
        return data

    async def _judge(
        self, bot: Bot, method: TelegramMethod[TelegramType], response: ClientResponse
    ) -> TelegramType:
        body = await response.text(errors="replace")
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not body.startswith("{"):
            raise TelegramServerError(method=method, message=f"HTTP {response.status}")
        checked = self.check_response(bot=bot, method=method, status_code=response.status, content=body)
        return cast("TelegramType", checked.result)

    def _url(self, bot: Bot, method: TelegramMethod[Any]) -> URL:
        name = method.__api_method__
        if name not in self._urls:
            self._urls[name] = URL(self.api.api_url(token=bot.token, method=name))
        return self._urls[name]

    def _limit(self, seconds: float) -> ClientTimeout:
        if seconds not in self._timeouts:
            self._timeouts[seconds] = ClientTimeout(total=seconds)
        return self._timeouts[seconds]


def _kind(error: Exception) -> str:
    """What went wrong; only of what we word ourselves it is known that no token is in it."""
    return str(error) if isinstance(error, ProxyFailedError) else type(error).__name__


@asynccontextmanager
async def open_bot(options: TelegramOptions) -> AsyncGenerator[Bot]:
    """A bot for the adapter and the frontend to share; its connections are closed when the block ends.

    It outlives the adapter's runs, so replies go out while a poll fails, and after listening has stopped.
    """
    session = Session(options)
    try:
        yield Bot(options.token, session=session)
    finally:
        await session.close()
