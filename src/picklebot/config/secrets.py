"""Which values of the settings are secrets, for the logs to hide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from pydantic import BaseModel, SecretStr

from picklebot.config.settings import Settings


def secrets_of(settings: Settings) -> Iterator[str]:
    """Every secret that is set, whatever block it stands in."""
    return _secrets(settings)


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets(getattr(value, name))
        case dict():
            for inner in cast("dict[str, Any]", value).values():
                yield from _secrets(inner)
        case _:
            return
