"""Tries until something is durable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import anyio
import structlog

from picklebot.errors import StoppingError, StorageError, UnwritableError

log = structlog.get_logger()

T = TypeVar("T")

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0
_MOST_STUMBLES: Final = 3


class Keeping:
    """`trouble` says why messages cannot be kept now; it is empty when they can."""

    def __init__(self) -> None:
        self.trouble = ""

    async def until_kept(self, take: Callable[[], Awaitable[T]], message_id: str) -> T | None:
        """Try until it is durable; what breaks the intake itself is given up, for those behind it.

        Raises StoppingError: then the next start asks for it.
        """
        stumbles, pause = 0, _FIRST_PAUSE
        while True:
            try:
                taken = await take()
                self.trouble = ""
                return taken
            except StoppingError:
                raise
            except Exception as error:
                if isinstance(error, StorageError) and not isinstance(error, UnwritableError):
                    self.trouble = f"messages cannot be kept: {error}"
                    log.error("a message cannot be kept yet", message=message_id, error=str(error))
                else:
                    stumbles += 1
                    log.exception("a message could not be taken", message=message_id, attempt=stumbles)
                if stumbles == _MOST_STUMBLES:
                    return None
            await anyio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
