"""The `messagebus.discord` block."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from picklebot.forms.chat import PlatformForm, off
from picklebot.forms.form import HttpUrl, Ids, checked_url, wrong
from picklebot.forms.secret import Secret
from picklebot.platforms.discord.memberships import GUILD, ROLE, membership

_TOKEN: Final = re.compile(r"[\w-]{18,}\.[\w-]{6,}\.[\w-]{25,}", re.ASCII)
EVERY_CHANNEL: Final = "*"
_VISIBLE: Final = re.compile(r"[!-~]+")


def _gateway_url(text: str) -> str:
    return checked_url(text, ("ws", "wss"))


def _threads(value: Any) -> Any:
    """One word is for every channel."""
    if isinstance(value, Mapping):
        given = cast("Mapping[Any, Any]", value)
        return {_channel_id(str(channel)): off(word) for channel, word in given.items()}
    return {} if off(value) == "off" else {EVERY_CHANNEL: value}


def _channel_id(text: str) -> str:
    if text == EVERY_CHANNEL or re.fullmatch(r"\d{1,20}", text, re.ASCII):
        return text
    raise wrong(f'{text!r} is not a channel id; write its number, or "*" for every other channel')


_WORD: Final = {"enum": ["off", "mention", False]}
Threads = Annotated[
    dict[str, Literal["off", "mention"]],
    BeforeValidator(_threads),
    WithJsonSchema({"anyOf": [_WORD, {"type": "object", "additionalProperties": _WORD}]}),
]
"""Where a mention begins a thread."""


class DiscordSettings(PlatformForm):
    """A Discord bot. `api_base_url` holds the version: `…/api/v10`."""

    api_base_url: HttpUrl | None = None
    """another server with Discord's REST API, with its version"""
    gateway_url: Annotated[str, AfterValidator(_gateway_url)] | None = None
    """the gateway of that server; without it the server is asked"""
    bot_token: Secret | None = Field(default=None, validate_default=True)
    """the token of the developer portal's Bot page"""
    channel_ids: Ids = frozenset()
    """the channels to listen in; all while it is empty"""
    threads: Threads = Field(default_factory=dict[str, Literal["off", "mention"]])
    """mention opens a thread for each conversation begun by a mention; or a map of channel ids, "*" for the others"""
    allowed_guild_ids: Ids = frozenset()
    """servers on which everybody may talk to the bot; live"""
    allowed_role_ids: Ids = frozenset()
    """roles that may talk to the bot, on their server; live"""

    def _admitted_memberships(self) -> frozenset[str]:
        guilds = (membership(GUILD, each) for each in self.allowed_guild_ids)
        return frozenset((*guilds, *(membership(ROLE, each) for each in self.allowed_role_ids)))

    @field_validator("bot_token")
    @classmethod
    def _check_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if info.data.get("enabled") is False:
            return token
        if token is None:
            raise wrong("is missing; the developer portal's Bot page gives you one, or set enabled: false")
        elsewhere = info.data.get("api_base_url") is not None
        if not (_VISIBLE if elsewhere else _TOKEN).fullmatch(token.get_secret_value()):
            raise wrong(
                "is not a Discord bot token; copy it from the developer portal's Bot page, without 'Bot '"
            )
        return token
