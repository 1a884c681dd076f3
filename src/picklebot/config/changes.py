"""Which settings may change while the gateway runs, and what differs between two states. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from pydantic import BaseModel

from picklebot.config.settings import Settings, agent_key
from picklebot.forms.chat import ChatForm, PlatformForm

LIVE: Final = ("default_agent", "chat_max_history", "job_max_history", "operators", "quotas")
LIVE_LIMITS: Final = ("turn",)
LIVE_PLATFORM: Final = ("allowed_user_ids", "denied_user_ids", "allowed_bot_ids", "pairing", "chats")
LIVE_DISCORD: Final = ("allowed_guild_ids", "allowed_role_ids")


def apply_live(current: Settings, wanted: Settings) -> Settings:
    """`current` with the live keys of `wanted`.

    A platform whose block is gone admits nobody any more, though it stays connected until a restart.
    """
    bus = current.messagebus
    platforms: dict[str, PlatformForm] = {}
    if bus.telegram is not None:
        platforms["telegram"] = _copy(
            bus.telegram, wanted.messagebus.telegram or PlatformForm(), LIVE_PLATFORM
        )
    if bus.discord is not None:
        shut = bus.discord.model_copy(update=dict.fromkeys(LIVE_DISCORD, frozenset[str]()))
        discord = _copy(bus.discord, wanted.messagebus.discord or shut, LIVE_DISCORD)
        platforms["discord"] = _copy(discord, wanted.messagebus.discord or PlatformForm(), LIVE_PLATFORM)
    limits = _copy(current.limits, wanted.limits, LIVE_LIMITS)
    parts = {"messagebus": bus.model_copy(update=platforms), "limits": limits}
    return _copy(current, wanted, LIVE).model_copy(update=parts)


def keep_agents(current: Settings, wanted: Settings, keys: Collection[str]) -> Settings:
    """`wanted`, with the agents of `current` at these of the keys that `Settings.agents_named` gives."""
    bus = wanted.messagebus
    platforms = {
        name: block.model_copy(update={"chats": _kept_chats(name, current, block, keys)})
        for name in ("telegram", "discord")
        if (block := bus.chat_platform(name)) is not None
    }
    default = current.default_agent if "default_agent" in keys else wanted.default_agent
    return wanted.model_copy(
        update={"default_agent": default, "messagebus": bus.model_copy(update=platforms)}
    )


def _kept_chats(
    platform: str, current: Settings, block: PlatformForm, keys: Collection[str]
) -> dict[str, ChatForm]:
    before = current.messagebus.chat_platform(platform) or PlatformForm()
    return {
        chat: form.model_copy(update={"agent": before.rule(chat).agent})
        if agent_key(platform, chat) in keys
        else form
        for chat, form in block.chats.items()
    }


def named_values(settings: Settings) -> dict[str, Any]:
    """Every value under its dotted key. Values are comparable and may be secrets: not for showing."""
    return dict(_flat("", settings))


def differing(one: Settings, other: Settings) -> dict[str, Any]:
    """The dotted keys whose values differ, with `other`'s values."""
    before, after = named_values(one), named_values(other)
    keys = sorted(before.keys() | after.keys())
    return {key: after.get(key) for key in keys if before.get(key) != after.get(key)}


def _copy(into: Any, source: BaseModel, keys: tuple[str, ...]) -> Any:
    return into.model_copy(update={key: getattr(source, key) for key in keys})


def _flat(prefix: str, form: BaseModel) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key in type(form).model_fields:
        value = getattr(form, key)
        if isinstance(value, BaseModel):
            found += _flat(f"{prefix}{key}.", value)
        elif value is not None:
            found.append((prefix + key, value))
    return found
