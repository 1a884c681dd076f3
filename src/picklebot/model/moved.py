"""A chat that goes on under another id."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moved:
    """From now on the chat `before` is the chat `after`, as when a group becomes a supergroup.

    Nobody has to know whether it was told before: to move what has moved changes nothing.
    """

    update_id: str
    platform: str
    bot_id: str
    before: str
    after: str
