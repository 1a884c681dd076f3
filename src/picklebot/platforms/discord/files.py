"""Files on Discord: whoever was told of one may fetch it from its address for a day."""

from __future__ import annotations

from picklebot.errors import DeliveryDelayedError, DeliveryError, FileError
from picklebot.model.message import Attachment
from picklebot.platforms.discord.line import Line


class DiscordFiles:
    """Implements `ports.media.Fetcher`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def fetch(self, file: Attachment, most: int) -> bytes:
        """See Fetcher."""
        if file.size > most:
            raise FileError("it is too large")
        try:
            return await (await self._line.rest()).download(file.file_id)
        except DeliveryError as error:
            raise FileError(str(error), retryable=isinstance(error, DeliveryDelayedError)) from None
