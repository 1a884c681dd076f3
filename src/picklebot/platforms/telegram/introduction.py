"""What is settled with Telegram before the first poll: who the bot is, and no webhook."""

from __future__ import annotations

import structlog
from aiogram import Bot
from aiogram.methods import DeleteWebhook

from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.methods import GetMe, GetWebhookInfo
from picklebot.platforms.telegram.patience import ask

log = structlog.get_logger()


async def introduce(bot: Bot, *, polled: bool) -> BotIdentity:
    """Make the bot ready to listen; one that is polled has no webhook. Raises PlatformError."""
    me = await ask(bot, GetMe())
    identity = BotIdentity(
        id=str(me["id"]),
        username=str(me.get("username", "")),
        hears_all=bool(me.get("can_read_all_group_messages")),
    )
    log.info(
        "Telegram knows the bot",
        bot=identity.id,
        username=identity.username,
        groups="all messages" if identity.hears_all else "commands and replies only (privacy mode)",
    )
    if polled:
        await _end_webhook(bot)
    return identity


async def _end_webhook(bot: Bot) -> None:
    """A webhook and polling exclude each other; what waits for delivery stays and comes with the first poll."""
    if (await ask(bot, GetWebhookInfo())).get("url"):
        await ask(bot, DeleteWebhook())
        log.warning("a webhook was set for this bot and has been removed, because it is polled")
