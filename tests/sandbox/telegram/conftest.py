"""A sandbox, and real aiogram bots that talk to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox

Connect: TypeAlias = Callable[[TelegramSandbox], Bot]


@pytest.fixture
async def tg() -> AsyncIterator[TelegramSandbox]:
    """A fresh sandbox with privacy mode on."""
    async with TelegramSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Make bots; their connections close at the end, without aiogram's pause for TLS."""
    async with AsyncExitStack() as stack:

        def make(sandbox: TelegramSandbox) -> Bot:
            session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.base_url))

            async def close() -> None:
                if session._session is not None:
                    await session._session.close()

            stack.push_async_callback(close)
            return Bot(sandbox.token, session=session)

        yield make


@pytest.fixture
def bot(tg: TelegramSandbox, connect: Connect) -> Bot:
    """The bot under test."""
    return connect(tg)


@pytest.fixture
def ann(tg: TelegramSandbox) -> SandboxUser:
    """A person."""
    return tg.user(1001, "Ann", "ann")
