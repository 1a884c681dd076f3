"""How somebody is led to a bot's private chat from elsewhere."""

from __future__ import annotations

from typing import Protocol


class Invitation(Protocol):
    """A platform whose bot has an address that links can name."""

    def start_link(self, payload: str) -> str:
        """A link by which whoever follows it says `/start payload` to the bot; empty until its address is known.

        `payload` is at most 64 of `A-Za-z0-9_-`.
        """
        ...
