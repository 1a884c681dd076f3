"""The line to the Bot API: aiogram's Bot, and how long it lives."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError, TelegramServerError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientError, ClientTimeout

from picklebot.platforms.telegram.options import TelegramOptions


class Session(AiohttpSession):
    """aiogram's session, for which an http proxy needs no further library.

    What stands between us and Telegram may fail in HTML; that is a server's trouble like any other.
    """

    def __init__(self, options: TelegramOptions) -> None:
        """Serve one bot; connections are opened when they are needed."""
        super().__init__(
            api=TelegramAPIServer.from_base(options.api_base_url), timeout=options.request_timeout
        )
        self._http_proxy = options.proxy

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """See aiogram's BaseSession: the same errors for the same answers."""
        session = await self.create_session()
        try:
            async with session.post(
                self.api.api_url(token=bot.token, method=method.__api_method__),
                data=self.build_form_data(bot=bot, method=method),
                proxy=self._http_proxy,
                timeout=ClientTimeout(total=self.timeout if timeout is None else timeout),
            ) as response:
                body = await response.text(errors="replace")
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="Request timeout error") from error
        except ClientError as error:
            raise TelegramNetworkError(method=method, message=type(error).__name__) from error
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not body.startswith("{"):
            raise TelegramServerError(method=method, message=f"HTTP {response.status}")
        checked = self.check_response(bot=bot, method=method, status_code=response.status, content=body)
        return cast("TelegramType", checked.result)


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
