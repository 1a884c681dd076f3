"""Listens on Telegram."""

from __future__ import annotations

from aiogram import Bot
from anyio.abc import TaskStatus

from picklebot.platforms.telegram.introduction import introduce
from picklebot.platforms.telegram.menus import Menus
from picklebot.platforms.telegram.options import TelegramOptions
from picklebot.platforms.telegram.poller import Poller
from picklebot.platforms.telegram.reactions import Reactions
from picklebot.platforms.telegram.webhook import TelegramWebhook
from picklebot.ports.platform import AdapterHealth, Intake
from picklebot.replies.eyes import Eyes
from picklebot.supervision.owned import owned_tasks


class TelegramAdapter:
    """Implements `ports.platform.Adapter`: polls, or has updates brought to its `webhook`; and `ports.invitation`.

    `eyes` are shown under the messages that were taken in groups.
    """

    platform = "telegram"

    def __init__(self, bot: Bot, options: TelegramOptions, menus: Menus | None = None) -> None:
        """Without `menus` those that Telegram has stay as they are."""
        self._bot = bot
        self._username = ""
        self._menus = menus
        self.eyes = Eyes(Reactions(bot).show)
        self.webhook = TelegramWebhook(bot, options.webhook, self.eyes) if options.webhook else None
        self._listener = self.webhook or Poller(bot, options.poll_timeout, self.eyes)

    async def run(self, intake: Intake, *, task_status: TaskStatus[None]) -> None:
        """See Adapter."""
        identity = await introduce(self._bot, polled=self.webhook is None)
        self._username = identity.username
        async with owned_tasks() as tasks:
            tasks.start_soon(self.eyes.run)
            if self._menus is not None:
                tasks.start_soon(self._menus.keep, identity.id)
            await self._listener.run(identity, intake, task_status=task_status)

    def start_link(self, payload: str) -> str:
        """See Invitation. Telegram's apps open it wherever the Bot API is served from."""
        return f"https://t.me/{self._username}?start={payload}" if self._username else ""

    def health(self) -> AdapterHealth:
        """See Adapter."""
        return self._listener.health
