"""Discord's REST API as far as it is used, with its failures in our words."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from io import BufferedIOBase
from typing import Any, BinaryIO, Final, cast

import anyio
from discord import File, MessageFlags
from discord.http import HTTPClient, Route, handle_message_parameters

from picklebot.platforms.discord.refusals import FAILURES, delivery_error

Json = dict[str, Any]

PING_NOBODY: Final[Json] = {"parse": []}
"""Whatever a text mentions, nobody's phone rings for it."""

PING_ASKER: Final[Json] = {"parse": [], "replied_user": True}
"""The same, but for the phone of whoever wrote the message that this is a reply to."""

PAGE: Final = 100
"""So many messages come at once."""

_LONGEST_CALL: Final = 90.0
"""Seconds; within them discord.py waits for rate limits and repeats what failed on Discord's side."""


class Rest:
    """One logged-in connection. Every call raises DeliveryError; see `refusals`."""

    def __init__(self, http: HTTPClient, bot_id: str, application_id: str) -> None:
        self._http = http
        self.bot_id = bot_id
        self.application_id = application_id

    async def channel(self, channel_id: str) -> Json:
        """A channel or thread as Discord describes it."""
        return await self._call("GET", "/channels/{channel_id}", channel_id=channel_id)

    async def open_direct(self, user_id: str) -> str:
        """The channel of direct messages with this user."""
        channel = await self._call("POST", "/users/@me/channels", {"recipient_id": user_id})
        return str(channel["id"])

    async def message(self, channel_id: str, message_id: str) -> Json:
        """One message of a channel."""
        path = "/channels/{channel_id}/messages/{message_id}"
        return await self._call("GET", path, channel_id=channel_id, message_id=message_id)

    async def open_thread(self, channel_id: str, message_id: str, name: str) -> None:
        """A thread on this message, which is then its id. Raises ThreadThereError where it has one."""
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        await self._call("POST", path, {"name": name}, channel_id=channel_id, message_id=message_id)

    async def history(self, channel_id: str, after: int) -> list[Json]:
        """The first hundred messages behind this id, oldest first; from a server, too, without its `guild_id`."""
        query = {"after": str(after), "limit": str(PAGE)}
        found = await self._call("GET", "/channels/{channel_id}/messages", query=query, channel_id=channel_id)
        return sorted(found, key=lambda message: int(message["id"]))

    async def last(self, channel_id: str, before: str, most: int) -> list[Json]:
        """The last messages before this id, at most so many, oldest first; without `guild_id`, too."""
        query = {"before": before, "limit": str(most)}
        found = await self._call("GET", "/channels/{channel_id}/messages", query=query, channel_id=channel_id)
        return sorted(found, key=lambda message: int(message["id"]))

    async def type(self, channel_id: str) -> None:
        """Show for ten seconds that the bot is typing."""
        await self._call("POST", "/channels/{channel_id}/typing", channel_id=channel_id)

    async def send(self, channel_id: str, message: Json, nonce: str, *, pings: bool = False) -> Json:
        """A new message. Of the same nonce within two minutes, the message that there is already.

        One that `pings` rings for whoever wrote the message that it is a reply to.
        """
        allowed = PING_ASKER if pings else PING_NOBODY
        said = {**message, "allowed_mentions": allowed, "nonce": nonce, "enforce_nonce": True}
        return await self._call("POST", "/channels/{channel_id}/messages", said, channel_id=channel_id)

    async def attach(self, channel_id: str, name: str, content: BinaryIO, nonce: str | None) -> str:
        """A new message that is a file, and rings for nobody; its id. Of the same nonce as `send` has it."""
        flags = MessageFlags(suppress_notifications=True)
        content.seek(0)
        async with self._calling():
            with handle_message_parameters(file=_file(content, name), flags=flags, nonce=nonce) as upload:
                return str((await self._http.send_message(int(channel_id), params=upload))["id"])

    async def edit(self, channel_id: str, message_id: str, message: Json) -> None:
        """Change one of our messages."""
        said = {**message, "allowed_mentions": PING_NOBODY}
        path = "/channels/{channel_id}/messages/{message_id}"
        await self._call("PATCH", path, said, channel_id=channel_id, message_id=message_id)

    async def delete(self, channel_id: str, message_id: str) -> None:
        """Take one of our messages away."""
        path = "/channels/{channel_id}/messages/{message_id}"
        await self._call("DELETE", path, channel_id=channel_id, message_id=message_id)

    async def react(self, channel_id: str, message_id: str, emoji: str, *, wanted: bool) -> None:
        """Put the bot's reaction under a message, or take it away."""
        path = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me"
        method = "PUT" if wanted else "DELETE"
        await self._call(method, path, channel_id=channel_id, message_id=message_id, emoji=emoji)

    async def respond(self, interaction_id: str, token: str, response: Json) -> None:
        """Give the first answer to an interaction, which must come within three seconds."""
        path = "/interactions/{webhook_id}/{webhook_token}/callback"
        await self._call("POST", path, response, webhook_id=interaction_id, webhook_token=token)

    async def follow_up(self, application_id: str, token: str, message: Json) -> None:
        """One more message after the first answer to an interaction."""
        said = {**message, "allowed_mentions": PING_NOBODY}
        path = "/webhooks/{webhook_id}/{webhook_token}"
        await self._call("POST", path, said, webhook_id=application_id, webhook_token=token)

    async def edit_original(self, application_id: str, token: str, message: Json) -> str:
        """Change the first answer to an interaction, also from "thinking…"; its message id."""
        said = {**message, "allowed_mentions": PING_NOBODY}
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        answer = await self._call("PATCH", path, said, webhook_id=application_id, webhook_token=token)
        return str(answer["id"])

    async def delete_original(self, application_id: str, token: str) -> None:
        """Take the first answer to an interaction away."""
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        await self._call("DELETE", path, webhook_id=application_id, webhook_token=token)

    async def download(self, url: str) -> bytes:
        """A file by its address."""
        try:
            with anyio.fail_after(_LONGEST_CALL):
                return await self._http.get_from_cdn(url)
        except FAILURES as error:
            raise delivery_error(error) from None

    async def commands(self) -> list[Json]:
        """The slash commands that are registered everywhere, with what they are in other languages."""
        path, query = "/applications/{application_id}/commands", {"with_localizations": "true"}
        return await self._call("GET", path, query=query, application_id=self.application_id)

    async def set_commands(self, commands: list[Json]) -> None:
        """Put these slash commands in place of those."""
        path = "/applications/{application_id}/commands"
        await self._call("PUT", path, commands, application_id=self.application_id)

    async def _call(
        self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None, **parameters: str
    ) -> Any:
        given: dict[str, Any] = {}
        if body is not None:
            given["json"] = body
        if query is not None:
            given["params"] = query
        async with self._calling():
            return await self._http.request(Route(method, path, **parameters), **given)

    @asynccontextmanager
    async def _calling(self) -> AsyncGenerator[None]:
        """A block with one call, whose failures are put in our words.

        discord.py holds all calls while one of them waits for a limit that is one for all, and only that one lets
        them go on. Should it be given up meanwhile, as a sign of typing is, they go on all the same.
        """
        others = self._http._global_over  # noqa: SLF001 - the library knows no other way
        try:
            with anyio.fail_after(_LONGEST_CALL):
                await others.wait()
                try:
                    yield
                except anyio.get_cancelled_exc_class():
                    others.set()
                    raise
        except FAILURES as error:
            raise delivery_error(error) from None


def _file(content: BinaryIO, name: str) -> File:
    # A name that happens to begin with SPOILER_ loses that, instead of being hidden behind a click.
    return File(cast("BufferedIOBase", content), name, spoiler=False)
