"""The handle on a slash command, with which it is answered later."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from typing import Final

DISCORD_EPOCH: Final = 1_420_070_400.0
"""Seconds since 1970 at which snowflakes begin. Source: https://discord.com/developers/docs/reference#snowflakes."""

_ANSWERABLE: Final = 14 * 60.0
"""Seconds in which the answer goes to the command itself; the token lives one minute longer."""


@dataclass(frozen=True, slots=True)
class InteractionHandle:
    """What an answer needs to know of its slash command. An `ephemeral` one is seen by its user alone."""

    id: str
    application_id: str
    user_id: str
    token: str
    ephemeral: bool

    @property
    def text(self) -> str:
        """The handle as an address carries it."""
        return json.dumps(astuple(self), separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> InteractionHandle:
        """The inverse of `text`."""
        return cls(*json.loads(text))

    def expired(self, now: float) -> bool:
        """Whether it is too late, at `now` seconds since 1970, to answer the command itself."""
        return now > snowflake_time(self.id) + _ANSWERABLE


def snowflake_time(snowflake: str) -> float:
    """When this id was made, in seconds since 1970."""
    return (int(snowflake) >> 22) / 1000 + DISCORD_EPOCH


def snowflake_at(seconds: float) -> int:
    """The first id of this time, in seconds since 1970."""
    return max(0, int((seconds - DISCORD_EPOCH) * 1000)) << 22
