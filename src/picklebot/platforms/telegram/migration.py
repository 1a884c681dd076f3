"""A group that became a supergroup. Pure. Source: https://core.telegram.org/bots/api#message.

Telegram tells it twice, in the old chat and in the new one; either may be lost to a bot that was away for a day.
"""

from __future__ import annotations

from picklebot.model.moved import Moved
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.parse import Json

_TO, _FROM = "migrate_to_chat_id", "migrate_from_chat_id"


def parse_move(update: Json, bot: BotIdentity) -> Moved | None:
    """The move that an update tells of, None for any other. Raises as `parse` does for an odd one."""
    raw: Json = update.get("message") or {}
    if _TO not in raw and _FROM not in raw:
        return None
    here = raw["chat"]["id"]
    before, after = (here, raw[_TO]) if _TO in raw else (raw[_FROM], here)
    return Moved(str(update["update_id"]), "telegram", bot.id, str(int(before)), str(int(after)))
