"""The people and places that a newcomer finds: enough to type at once, in every kind of chat."""

from collections.abc import Mapping
from typing import Final

from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import TelegramSandbox

TELEGRAM_PEOPLE: Final[Mapping[int, str]] = {1001: "Ann", 1002: "Ben"}
DISCORD_PEOPLE: Final[Mapping[int, str]] = {3001: "Cleo", 3002: "Dan"}

_GROUP: Final = -1000000002001
_FORUM: Final = -1000000002002
_GUILD: Final = 3100
_CHANNEL: Final = 3101


def settle_telegram(telegram: TelegramSandbox) -> None:
    """Put in two people with their private chats, a group of both, and a forum with two topics."""
    people = [telegram.user(number, name, name.lower()) for number, name in TELEGRAM_PEOPLE.items()]
    for person in people:
        telegram.private(person)
    telegram.group(_GROUP, "Kitchen", members=people)
    forum = telegram.group(_FORUM, "Garden club", forum=True, members=people)
    for topic in ("Seeds", "Harvest"):
        forum.topic(topic)


def settle_discord(discord: DiscordSandbox) -> None:
    """Put in a server with one channel and two members, who can also write to the bot directly."""
    members = [discord.user(number, name) for number, name in DISCORD_PEOPLE.items()]
    discord.guild(_GUILD, "Pickle house", members=members).channel(_CHANNEL, "general")
    for member in members:
        discord.dm(member)
