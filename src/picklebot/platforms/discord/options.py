"""What the Discord platform needs to know, drawn from the operator's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from picklebot.model.rate import Rate
from picklebot.platforms.discord.settings import EVERY_CHANNEL, DiscordSettings

OFFICIAL: Final = "https://discord.com/api/v10"
PACE: Final = 1.2
"""Seconds between two changes of a message; Discord takes about five in five seconds for a channel."""
LARGEST: Final = 10_000_000
"""Bytes of a file that Discord takes of a bot. Source: https://discord.com/developers/docs/reference#uploading-files."""

_UNHURRIED: Final = 0.05


@dataclass(frozen=True, slots=True)
class DiscordOptions:
    """Times are in seconds.

    `api_base_url` is the REST base with its version; without a `gateway_url` that server is asked for it.
    `channel_ids` are the channels to listen in, all while it is empty; `threads` says of a channel, or of "*",
    whether a mention begins a thread there. `people` are those who may talk to the
    bot, as far as they are named. With `previews` off a message comes only when it is complete; with
    `placeholder` it begins as "…". `patience` is how long the gateway may be out of reach before the connection
    is built anew. `largest_file` is in bytes.
    """

    token: str = field(repr=False)
    api_base_url: str = OFFICIAL
    gateway_url: str | None = None
    proxy: str | None = field(default=None, repr=False)
    channel_ids: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    threads: Mapping[str, str] = field(default_factory=dict[str, str])
    chat_pace: float = PACE
    group_pace: float = PACE
    previews: bool = True
    placeholder: bool = False
    link_previews: bool = False
    patience: float = 300.0
    largest_file: int = LARGEST

    @classmethod
    def of(cls, settings: DiscordSettings) -> DiscordOptions:
        """The options of an enabled `messagebus.discord` block. A `rate` that nobody wrote is Discord's own."""
        rate, written = settings.rate, "rate" in settings.model_fields_set
        return cls(
            token=settings.bot_token.get_secret_value() if settings.bot_token else "",
            api_base_url=settings.api_base_url or OFFICIAL,
            gateway_url=settings.gateway_url,
            proxy=settings.proxy.get_secret_value() if settings.proxy else None,
            channel_ids=settings.channel_ids - {"*"},
            threads=settings.threads,
            people=settings.allowed_user_ids - settings.denied_user_ids - {"*"},
            chat_pace=_pace(rate and rate.chat) if written else PACE,
            group_pace=_pace(rate and rate.group) if written else PACE,
            previews=settings.streaming != "off",
            placeholder=settings.ring == "placeholder",
            link_previews=settings.link_previews,
            largest_file=LARGEST,
        )

    def listens_in(self, channel_id: str) -> bool:
        """Whether what is said in this channel of a server is for the bot."""
        return not self.channel_ids or channel_id in self.channel_ids

    def opens_threads_in(self, channel_id: str) -> bool:
        """Whether a mention in this channel begins a thread."""
        return self.threads.get(channel_id, self.threads.get(EVERY_CHANNEL)) == "mention"


def _pace(rate: Rate | None) -> float:
    return _UNHURRIED if rate is None else max(_UNHURRIED, rate.seconds / rate.amount)
