"""Who our bot is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """The bot as Telegram introduces it.

    `username` comes without @. Unless it `hears_all`, a group shows it only commands and replies to it.
    """

    id: str
    username: str
    hears_all: bool
