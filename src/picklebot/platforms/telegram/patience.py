"""Asks Telegram for what the adapter needs, with the patience that a network deserves."""

from __future__ import annotations

from typing import Any, Final

import anyio
import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import TelegramMethod

from picklebot.platforms.telegram.refusals import platform_error

log = structlog.get_logger()

QUICK_PAUSES: Final = (0.1, 0.5, 1.0)
"""Seconds between the tries that a lost connection is worth before the supervisor hears of it."""


async def ask(bot: Bot, method: TelegramMethod[Any], *, request_timeout: int | None = None) -> Any:
    """Call a method that may be repeated, and give its result as JSON where the method asks for that.

    Waits as long as a 429 tells. Raises PlatformError, or PlatformFatalError when the token is refused.
    """
    pauses = iter(QUICK_PAUSES)
    while True:
        try:
            return await bot(method, request_timeout=request_timeout)
        except TelegramRetryAfter as error:
            log.warning("Telegram asks the adapter to wait", seconds=error.retry_after)
            await anyio.sleep(error.retry_after)
        except AiogramError as error:
            passing = isinstance(error, TelegramNetworkError | TelegramServerError)
            pause = next(pauses, None) if passing else None
            if pause is None:
                raise platform_error(error) from None
            await anyio.sleep(pause)
