"""The Bot API brings updates to us: each is kept first, and only then is Telegram told "received".

Telegram brings the updates of one chat one after the other, however many connections it uses, and brings again
what was not answered with 2xx. So order and safety need nothing more than that the answer waits for the commit.
Source: `WebhookActor` of https://github.com/tdlib/telegram-bot-api, and https://core.telegram.org/bots/api#setwebhook.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
import structlog
from aiogram import Bot
from aiogram.methods import SetWebhook
from anyio.abc import TaskStatus

from picklebot import clock
from picklebot.errors import PlatformError, StorageError, UnwritableError, UsageError
from picklebot.platforms.telegram.hearing import (
    HEARD,
    MOST_STUMBLES,
    Heard,
    Listening,
    hear,
    is_numbered,
)
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.methods import GetWebhookInfo
from picklebot.platforms.telegram.options import WebhookOptions
from picklebot.platforms.telegram.parse import Json
from picklebot.platforms.telegram.patience import ask
from picklebot.ports.platform import AdapterHealth, Intake
from picklebot.replies.eyes import Eyes
from picklebot.supervision.owned import owned_tasks

log = structlog.get_logger()

_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Open:
    identity: BotIdentity
    bus: Listening


@dataclass(slots=True)
class TelegramWebhook:
    """Implements `ports.webhook.Webhook` for one bot. It takes updates while `run` does."""

    bot: Bot
    options: WebhookOptions
    eyes: Eyes
    health: AdapterHealth = field(default_factory=lambda: AdapterHealth("starting"), init=False)
    path: str = field(default="/webhooks/telegram", init=False)
    header: str = field(default="x-telegram-bot-api-secret-token", init=False)
    _open: _Open | None = field(default=None, init=False)

    @property
    def host(self) -> str:
        """See Webhook."""
        return urlsplit(self.options.url).hostname or ""

    def admits(self, proof: bytes) -> bool:
        """See Webhook."""
        return hmac.compare_digest(proof, self.options.secret.encode())

    async def run(self, identity: BotIdentity, intake: Intake, *, task_status: TaskStatus[None]) -> None:
        """Have updates brought until cancelled. Raises PlatformError, also when the webhook was taken away."""
        await self._register()
        async with owned_tasks() as tasks:
            self._open = _Open(identity, Listening(self.bot, intake, tasks, self.eyes))
            try:
                self.health = AdapterHealth("up", last_contact=clock.now())
                task_status.started()
                while True:
                    await anyio.sleep(self.options.look_every)
                    await self._look()
            finally:
                self._open = None

    async def take(self, body: bytes) -> None:
        """See Webhook."""
        if self._open is None:
            raise PlatformError("Telegram is not listened to right now")
        for heard in hear([_update(body)], self._open.identity):
            await self._keep(heard, self._open.bus)
        self.health = AdapterHealth("up", last_contact=clock.now())

    async def _keep(self, heard: Heard, bus: Listening) -> None:
        """Keep this; what breaks the intake itself is given up, for those behind it."""
        for attempt in range(1, MOST_STUMBLES + 1):
            try:
                await bus.take(heard)
            except Exception as error:
                if isinstance(error, StorageError) and not isinstance(error, UnwritableError):
                    raise
                log.exception("a message could not be taken", update=heard.update_id, attempt=attempt)
                if attempt < MOST_STUMBLES:
                    await anyio.sleep(_PAUSE)
            else:
                return

    async def _register(self) -> None:
        """Each time: Telegram does not tell which secret it knows."""
        await ask(
            self.bot,
            SetWebhook(
                url=self._address,
                secret_token=self.options.secret,
                allowed_updates=[*HEARD],
                max_connections=self.options.max_connections,
            ),
        )
        log.info("Telegram brings updates to the webhook", url=self._address)

    async def _look(self) -> None:
        """What Telegram says of the webhook: whether it is still ours, and what went wrong since the last update."""
        info: Json = await ask(self.bot, GetWebhookInfo())
        if info.get("url") != self._address:
            raise PlatformError("the webhook was changed by another program; it is set again")
        seen = self.health.last_contact
        failed = int(info.get("last_error_date") or 0)
        if info.get("pending_update_count") and seen is not None and failed > seen.timestamp():
            trouble = f"Telegram cannot bring updates: {info.get('last_error_message')}"
            if trouble != self.health.detail:
                log.warning("updates do not arrive", detail=trouble)
            self.health = AdapterHealth("retrying", trouble, seen)
        else:
            self.health = AdapterHealth("up", last_contact=seen)

    @property
    def _address(self) -> str:
        return self.options.url.rstrip("/") + self.path


def _update(body: bytes) -> Json:
    try:
        update: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise UsageError("this is no update") from None
    if not is_numbered(update):
        raise UsageError("this is no update")
    return update
