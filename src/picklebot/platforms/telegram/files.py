"""Files on Telegram. Source: https://core.telegram.org/bots/api#getfile."""

from __future__ import annotations

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiogram.methods import GetFile

from picklebot.errors import FileError
from picklebot.model.message import Attachment
from picklebot.platforms.telegram.session import Session


class TelegramFiles:
    """Implements `ports.media.Fetcher`. Telegram itself gives bots files of up to 20 MB."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def fetch(self, file: Attachment, most: int) -> bytes:
        """See Fetcher."""
        try:
            place = await self._bot(GetFile(file_id=file.file_id))
            return await self._session.download(self._bot.token, place.file_path or "", most)
        except TelegramBadRequest as error:  # it is too large, or was taken away
            raise FileError(error.message) from None
        except AiogramError as error:
            raise FileError(type(error).__name__, retryable=True) from None

    @property
    def _session(self) -> Session:
        assert isinstance(self._bot.session, Session)
        return self._bot.session
