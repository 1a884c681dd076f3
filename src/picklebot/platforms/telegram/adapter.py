"""Listens on Telegram."""

from __future__ import annotations

from aiogram import Bot
from anyio.abc import TaskStatus

from picklebot.platforms.telegram.introduction import introduce
from picklebot.platforms.telegram.options import TelegramOptions
from picklebot.platforms.telegram.poller import Poller
from picklebot.platforms.telegram.webhook import TelegramWebhook
from picklebot.ports.platform import AdapterHealth, Intake


class TelegramAdapter:
    """Implements `ports.platform.Adapter`: polls, or has updates brought to its `webhook`."""

    platform = "telegram"

    def __init__(self, bot: Bot, options: TelegramOptions) -> None:
        self._bot = bot
        self.webhook = TelegramWebhook(bot, options.webhook) if options.webhook else None
        self._listener = self.webhook or Poller(bot, options.poll_timeout)

    async def run(self, intake: Intake, *, task_status: TaskStatus[None]) -> None:
        """See Adapter."""
        identity = await introduce(self._bot, polled=self.webhook is None)
        await self._listener.run(identity, intake, task_status=task_status)

    def health(self) -> AdapterHealth:
        """See Adapter."""
        return self._listener.health
