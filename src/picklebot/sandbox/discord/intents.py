"""What the gateway withholds from a bot that did not ask, or may not: pure functions."""

from picklebot.sandbox.discord.feed import Json

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
GUILD_REACTIONS = 1 << 10
GUILD_TYPING = 1 << 11
DIRECT_MESSAGES = 1 << 12
DIRECT_REACTIONS = 1 << 13
DIRECT_TYPING = 1 << 14
MESSAGE_CONTENT = 1 << 15

CONTENT_FLAG = 1 << 19
MEMBERS_FLAG = 1 << 15
"""The flags by which an application tells which privileged intents were approved, as far as it is a small one."""

PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT

_NEEDS: dict[str, tuple[int, int]] = {
    "GUILD_CREATE": (GUILDS, GUILDS),
    "CHANNEL_CREATE": (GUILDS, GUILDS),
    "GUILD_ROLE_CREATE": (GUILDS, GUILDS),
    "GUILD_ROLE_UPDATE": (GUILDS, GUILDS),
    "THREAD_CREATE": (GUILDS, GUILDS),
    "THREAD_UPDATE": (GUILDS, GUILDS),
    "MESSAGE_CREATE": (GUILD_MESSAGES, DIRECT_MESSAGES),
    "MESSAGE_UPDATE": (GUILD_MESSAGES, DIRECT_MESSAGES),
    "MESSAGE_DELETE": (GUILD_MESSAGES, DIRECT_MESSAGES),
    "MESSAGE_REACTION_ADD": (GUILD_REACTIONS, DIRECT_REACTIONS),
    "MESSAGE_REACTION_REMOVE": (GUILD_REACTIONS, DIRECT_REACTIONS),
    "TYPING_START": (GUILD_TYPING, DIRECT_TYPING),
}
"""The intent that an event needs in a guild, and in a direct message."""

_CONTENT: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


def admits(event: str, data: Json, intents: int) -> bool:
    """Whether a session with these intents is told of this event."""
    in_guild, in_direct = _NEEDS.get(event, (0, 0))
    needed = in_guild if "guild_id" in data or event == "GUILD_CREATE" else in_direct
    return needed & intents == needed


def withhold_content(message: Json, bot_id: int) -> Json:
    """A guild's message as a bot without the message content intent gets it, over the gateway and REST.

    Its own messages and those that mention it keep their content; so do direct messages, which do not come here.
    """
    own = message.get("author", {}).get("id") == str(bot_id)
    mentioned = any(each.get("id") == str(bot_id) for each in message.get("mentions", ()))
    if own or mentioned or "content" not in message:
        return message
    shown = {name: value for name, value in message.items() if name != "poll"} | _CONTENT
    quoted = message.get("referenced_message")
    return shown | ({"referenced_message": withhold_content(quoted, bot_id)} if quoted else {})
