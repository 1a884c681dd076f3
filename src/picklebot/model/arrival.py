"""The bot came to where several people talk."""

from __future__ import annotations

from dataclasses import dataclass

from picklebot.model.message import Address


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody added the bot to `place`, a group or a server; `address` is where it may speak there.

    It is called by `name` (`@pickle_bot`); in a group that `hears_mentions` not, by commands and replies alone.
    """

    update_id: str
    place: str
    address: Address
    name: str
    hears_mentions: bool = True
