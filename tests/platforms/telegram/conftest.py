"""A sandbox, a bot on it through the real aiogram, and a person."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from tests.platforms.telegram.kit import RecordingIntake, options_for

from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.session import Session
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox


@pytest.fixture
async def tg() -> AsyncIterator[TelegramSandbox]:
    """A fresh sandbox with privacy mode on."""
    async with TelegramSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
async def bot(tg: TelegramSandbox) -> AsyncIterator[Bot]:
    """The bot under test; its connections close without aiogram's pause for TLS."""
    session = Session(options_for(tg))
    yield Bot(tg.token, session=session)
    if session._session is not None:
        await session._session.close()


@pytest.fixture
def adapter(tg: TelegramSandbox, bot: Bot) -> TelegramAdapter:
    """The adapter under test."""
    return TelegramAdapter(bot, options_for(tg))


@pytest.fixture
def intake() -> RecordingIntake:
    """A bus that keeps messages in memory."""
    return RecordingIntake()


@pytest.fixture
def ann(tg: TelegramSandbox) -> SandboxUser:
    """A person."""
    return tg.user(1001, "Ann", "ann")
