"""What was said in a chat before the bot heard it, where a platform tells of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from picklebot.model.message import Address, InboundMessage


class Recollection(Protocol):
    """One platform's memory of its chats."""

    async def before(self, address: Address, most: int) -> Sequence[InboundMessage]:
        """The last messages before the one that `address` answers, at most so many, as they would have been heard.

        Oldest first, and nothing of the bot's own. Nothing where the bot may not read. It may take long, and is given
        up without harm. Raises DeliveryDelayedError for what may be asked again, DeliveryError for what may not.
        """
        ...
