"""The bot is added to a server. Source: https://discord.com/developers/docs/events/gateway-events#guild-create."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import discord

from picklebot.model.arrival import Arrival
from picklebot.model.message import Address, ChatKind
from picklebot.platforms.discord.interaction import snowflake_at
from picklebot.platforms.discord.parse import Json


def joined(guild: Json) -> int:
    """The first id that the bot was there for."""
    at: str | None = guild.get("joined_at")
    return snowflake_at(datetime.fromisoformat(at).timestamp()) if at else 0


class Arrivals:
    """Finds where to speak on a server, among the channels that the bot `listens_in`."""

    def __init__(self, client: discord.Client, listens_in: Callable[[str], bool]) -> None:
        self._client = client
        self._listens_in = listens_in

    def arrival(self, raw: Json) -> Arrival | None:
        """That the bot came to this server; None where there is no place to speak."""
        guild, bot = self._client.get_guild(int(raw["id"])), self._client.user
        if guild is None or bot is None or (channel := self._channel(guild)) is None:
            return None
        guild_id, language = str(guild.id), str(raw.get("preferred_locale") or "")
        address = Address("discord", str(bot.id), str(channel.id), ChatKind.GROUP, language=language)
        return Arrival(f"guild:{guild_id}", guild_id, address, f"@{bot.name}")

    def _channel(self, guild: discord.Guild) -> discord.TextChannel | None:
        """The one for news of who came, else the first."""
        for channel in (guild.system_channel, *guild.text_channels):
            if channel is None or not self._listens_in(str(channel.id)):
                continue
            allowed = channel.permissions_for(guild.me)
            if allowed.view_channel and allowed.send_messages:
                return channel
        return None
