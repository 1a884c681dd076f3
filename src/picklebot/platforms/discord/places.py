"""Finds out where something was said: in which channel's thread, and by which role the bot goes there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import discord

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model.message import Address
from picklebot.platforms.discord.parse import Json, Place
from picklebot.platforms.discord.rest import Rest

_THREADS: Final = frozenset({10, 11, 12})
_REMEMBERED: Final = 1000


class Places:
    """Knows what the gateway told of servers, and asks for what it did not, such as a thread that was archived."""

    def __init__(
        self, client: discord.Client, rest: Rest, opens_threads: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._client = client
        self._rest = rest
        self._opens_threads = opens_threads
        self._asked: dict[str, Json] = {}
        self._starters: dict[str, str | None] = {}

    async def of_message(self, raw: Json) -> Place:
        """Where a message was said. Raises DeliveryError when Discord cannot be asked."""
        channel_id = str(raw["channel_id"])
        if "guild_id" not in raw:
            return Place(channel_id, private=True)
        known = self._client.get_channel(int(channel_id))
        if known is None:
            return self._described(await self._ask(channel_id), raw)
        own_role = self._own_role(raw)
        if isinstance(known, discord.Thread):
            starter = await self._starter(known)
            return Place(str(known.parent_id), channel_id, own_role=own_role, starter=starter)
        return Place(channel_id, own_role=own_role, opens_threads=self._may_open_threads(known))

    def readable(self, channel: Json) -> bool:
        """Whether the bot may read what was said in a channel that the gateway told of.

        Asking in vain is not free: Discord shuts out who does it too often.
        """
        known = self._client.get_channel(int(channel["id"]))
        if not isinstance(known, discord.abc.GuildChannel | discord.Thread):
            return True
        allowed = known.permissions_for(known.guild.me)
        return allowed.view_channel and allowed.read_message_history

    def guild_of(self, address: Address) -> str | None:
        """The server of a chat whose past the bot may read; None where it may not, or does not know it."""
        thread_id = None if address.begins_thread else address.thread_id
        here = self._client.get_channel(int(address.chat_id))
        known = self._client.get_channel(int(thread_id)) if thread_id else here
        channel = known or here  # of a thread that was archived nothing is told
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return None
        allowed = channel.permissions_for(channel.guild.me)
        return str(channel.guild.id) if allowed.view_channel and allowed.read_message_history else None

    def of_slash(self, raw: Json) -> Place:
        """Where a slash command was used, which tells of its channel by itself."""
        if "guild_id" not in raw:
            return Place(str(raw["channel_id"]), private=True)
        return self._described(raw["channel"], raw)

    async def _ask(self, channel_id: str) -> Json:
        if channel_id not in self._asked:
            if len(self._asked) >= _REMEMBERED:
                self._asked.clear()
            self._asked[channel_id] = await self._rest.channel(channel_id)
        return self._asked[channel_id]

    def _may_open_threads(self, channel: object) -> bool:
        """Whether a mention there begins a thread. Without the right to, each would begin a conversation in vain."""
        if not isinstance(channel, discord.TextChannel) or not self._opens_threads(str(channel.id)):
            return False
        allowed = channel.permissions_for(channel.guild.me)
        return allowed.create_public_threads and allowed.send_messages_in_threads

    async def _starter(self, thread: discord.Thread) -> str | None:
        """Who began a thread that the bot opened on their message; None for any other."""
        if str(thread.owner_id) != self._rest.bot_id:
            return None
        thread_id = str(thread.id)
        if thread_id not in self._starters:
            if len(self._starters) >= _REMEMBERED:
                self._starters.clear()
            self._starters[thread_id] = await self._author(str(thread.parent_id), thread_id)
        return self._starters[thread_id]

    async def _author(self, channel_id: str, message_id: str) -> str | None:
        """Raises DeliveryDelayedError when Discord cannot be asked now."""
        try:
            return str((await self._rest.message(channel_id, message_id))["author"]["id"])
        except DeliveryDelayedError:
            raise
        except DeliveryError:
            return None  # it was deleted

    def _described(self, channel: Json, raw: Json) -> Place:
        channel_id, own_role = str(channel["id"]), self._own_role(raw)
        if channel["type"] in _THREADS:
            return Place(str(channel["parent_id"]), channel_id, own_role=own_role)
        return Place(channel_id, own_role=own_role)

    def _own_role(self, raw: Json) -> str | None:
        guild = self._client.get_guild(int(raw["guild_id"]))
        role = guild.self_role if guild else None
        return str(role.id) if role else None
