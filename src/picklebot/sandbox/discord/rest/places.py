"""Finding what a call talks about, and refusing what the bot may not do there."""

from picklebot.sandbox.discord.refusals import (
    Refused,
    missing_access,
    missing_permissions,
    unknown,
)
from picklebot.sandbox.discord.rest.route import RestCall
from picklebot.sandbox.discord.rows import Channel, ChannelKind, Message
from picklebot.sandbox.discord.world import World


def find_channel(world: World, call: RestCall) -> Channel:
    """The channel of the path. Raises Refused: 10003 unknown, 50001 hidden."""
    channel = world.channels.get(call.id("channel"))
    if channel is None:
        raise unknown("Channel", 10003)
    if channel.concealed:
        raise missing_access()
    return channel


def find_message(channel: Channel, call: RestCall) -> Message:
    """The message of the path. Raises Refused: 10008; a message for one person alone is unknown too."""
    message = channel.messages.get(call.id("message"))
    if message is None or message.ephemeral:
        raise unknown("Message", 10008)
    return message


def check_messages(channel: Channel) -> None:
    """Raises Refused for a forum, which holds no messages (50024)."""
    if channel.kind is ChannelKind.FORUM:
        raise Refused(400, 50024, "Cannot execute action on this channel type")


def check_sending(channel: Channel) -> None:
    """Raises Refused where the bot may not send: 50007, 50013, 50024, 50083."""
    check_messages(channel)
    if channel.recipient is not None and not channel.recipient.dms_open:
        raise Refused(403, 50007, "Cannot send messages to this user")
    if channel.read_only or (channel.parent is not None and channel.parent.read_only):
        raise missing_permissions()
    if channel.locked:
        raise Refused(400, 50083, "Thread is archived")
