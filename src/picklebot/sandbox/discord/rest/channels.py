"""Channels, direct messages and threads."""

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.payloads import channel_payload
from picklebot.sandbox.discord.refusals import Refused, invalid_form
from picklebot.sandbox.discord.rest.places import check_sending, find_channel, find_message
from picklebot.sandbox.discord.rest.route import RestCall, Route, snowflake
from picklebot.sandbox.discord.rows import Channel, ChannelKind
from picklebot.sandbox.discord.world import World


class Channels:
    """`/channels/{channel}`, its threads, and the direct messages the bot opens."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What this resource answers."""
        return [
            Route("GET", "/channels/{channel}", self.read),
            Route("POST", "/users/@me/channels", self.open_direct),
            Route("POST", "/channels/{channel}/threads", self.start_thread),
            Route("POST", "/channels/{channel}/messages/{message}/threads", self.start_thread_on),
        ]

    def read(self, call: RestCall) -> Json:
        """One channel."""
        return channel_payload(find_channel(self._world, call))

    def open_direct(self, call: RestCall) -> Json:
        """The direct messages with a user: the same channel each time."""
        user = self._world.users.get(snowflake("recipient_id", call.form.get("recipient_id")))
        if user is None or user.bot:
            raise Refused(400, 50033, "Invalid Recipient(s)")
        return channel_payload(self._world.direct(user))

    def start_thread(self, call: RestCall) -> Json:
        """A thread of its own."""
        parent = self._parent(call)
        return channel_payload(self._world.add_thread(parent, _name(call), self._world.bot))

    def start_thread_on(self, call: RestCall) -> Json:
        """A thread on a message, which has at most one (160004)."""
        parent = self._parent(call)
        message = find_message(parent, call)
        if message.thread is not None:
            raise Refused(400, 160004, "A thread has already been created for this message")
        return channel_payload(self._world.add_thread(parent, _name(call), self._world.bot, on=message))

    def _parent(self, call: RestCall) -> Channel:
        parent = find_channel(self._world, call)
        if parent.kind is not ChannelKind.TEXT:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        check_sending(parent)
        return parent


def _name(call: RestCall) -> str:
    name = str(call.form.get("name") or "")
    if not 1 <= len(name) <= 100:
        raise invalid_form("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    return name
