"""Which settings may change while the gateway runs, and what differs between two states. Pure."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from picklebot.config.settings import Settings
from picklebot.forms.chat import PlatformForm

LIVE: Final = ("default_agent", "chat_max_history", "job_max_history")
LIVE_LIMITS: Final = ("turn",)
LIVE_PLATFORM: Final = ("allowed_user_ids", "denied_user_ids", "chats")


def apply_live(current: Settings, wanted: Settings) -> Settings:
    """`current` with the live keys of `wanted`.

    A platform whose block is gone admits nobody any more, though it stays connected until a restart.
    """
    bus = current.messagebus
    platforms = {
        name: _copy(block, wanted.messagebus.chat_platform(name) or PlatformForm(), LIVE_PLATFORM)
        for name in ("telegram", "discord")
        if (block := bus.chat_platform(name)) is not None
    }
    limits = _copy(current.limits, wanted.limits, LIVE_LIMITS)
    parts = {"messagebus": bus.model_copy(update=platforms), "limits": limits}
    return _copy(current, wanted, LIVE).model_copy(update=parts)


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
