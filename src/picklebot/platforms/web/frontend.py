"""Shows a reply to the pages and programs that look at its chat."""

from __future__ import annotations

from collections.abc import AsyncIterator

from picklebot.model.choice import Buttons
from picklebot.model.events import ReplyEvent
from picklebot.model.parcel import Parcel
from picklebot.platforms.web.hub import ReplyHub
from picklebot.ports.platform import PartNotes


class WebFrontend:
    """The frontend of the page and the API. Nobody has to look: the answer is in the history."""

    def __init__(self, hub: ReplyHub) -> None:
        self._hub = hub

    async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:  # noqa: ARG002 -- nothing stays on a page that could be edited later
        """Publish every event as it comes; return when the last is published."""
        address = parcel.address
        with self._hub.reply(address.chat_id, parcel.id, address.reply_to) as publish:
            async for event in events:
                publish(event)

    async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> None:
        """See Frontend. The page shows by itself that a message waits."""

    async def withdraw(self, parcel: Parcel, message_id: str) -> None:
        """See Frontend."""

    def close(self, parcel: Parcel) -> None:
        """See Frontend. Nothing of the kind is shown."""
