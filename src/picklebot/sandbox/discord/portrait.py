"""The sandbox as a page wants to see it: pure functions from rows to JSON."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.payloads import channel_payload, message_payload, user_payload
from picklebot.sandbox.discord.people import SandboxChannel
from picklebot.sandbox.discord.rows import Message

if TYPE_CHECKING:
    from picklebot.sandbox.discord.sandbox import DiscordSandbox


def describe_message(message: Message) -> Json:
    """A message with what Discord's JSON does not tell."""
    known = {message.author.id: message.author}
    payload = message_payload(message, message.author, known)
    pinged = message.pinged
    return payload | {
        "from_bot": message.from_bot,
        "ephemeral": message.ephemeral,
        "loading": message.loading,
        "versions": [asdict(each) for each in message.versions],
        "pinged": {
            "users": [str(each) for each in pinged.users],
            "roles": [str(each) for each in pinged.roles],
            "everyone": pinged.everyone,
        },
    }


def describe_channel(channel: SandboxChannel) -> Json:
    """A channel with its messages, oldest first."""
    row = channel.row
    marks: Json = {"hidden": row.hidden, "read_only": row.read_only, "locked": row.locked}
    return {
        **channel_payload(row),
        **marks,
        "messages": [describe_message(each) for each in channel.messages],
    }


def describe_state(sandbox: "DiscordSandbox") -> Json:
    """Everything there is."""
    gateway = sandbox.gateway
    return {
        "bot": {**user_payload(sandbox.bot), "message_content": sandbox.content_approved},
        "token": sandbox.token,
        "api_base_url": sandbox.api_base_url,
        "gateway_url": sandbox.gateway_url,
        "users": [
            {**user_payload(each), "dms_open": each.dms_open, "locale": each.locale} for each in sandbox.users
        ],
        "guilds": [
            {
                "id": str(each.id),
                "name": each.row.name,
                "members": [str(member) for member in each.row.members],
                "roles": [{"id": str(role), "name": name} for role, name in each.row.roles.items()],
                "worn": {
                    str(member): [str(role) for role in sorted(worn)]
                    for member, worn in each.row.worn.items()
                },
            }
            for each in sandbox.guilds
        ],
        "channels": [describe_channel(each) for each in sandbox.channels.values()],
        "commands": sandbox.commands(),
        "faults": [{**asdict(fault), "times": times} for fault, times in sandbox.faults],
        "gateway": {
            "connected": gateway.connected,
            "identifies": gateway.identifies,
            "resumes": gateway.resumes,
        },
    }
