"""Discord on loopback: REST and gateway that an unmodified client connects to, and hands to play people with.

    async with DiscordSandbox.start() as dc:
        general = dc.guild(1, "Garden").channel(2, "general")
        asked = general.say(dc.user(7, "Ann"), "hello", mentions_bot=True)
        reply = await general.next_reply(asked)

It is the other side of the wire and imports no client library. discord.py is pointed at it by
`discord.http.Route.BASE = dc.api_base_url` and
`discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(dc.gateway_url)`.
"""

from picklebot.sandbox.discord.calls import Call
from picklebot.sandbox.discord.faults import Fault
from picklebot.sandbox.discord.interactions import Interaction
from picklebot.sandbox.discord.people import SandboxChannel, SandboxGuild
from picklebot.sandbox.discord.rows import Message, User
from picklebot.sandbox.discord.sandbox import TEST_TOKEN, DiscordSandbox

__all__ = [
    "TEST_TOKEN",
    "Call",
    "DiscordSandbox",
    "Fault",
    "Interaction",
    "Message",
    "SandboxChannel",
    "SandboxGuild",
    "User",
]
