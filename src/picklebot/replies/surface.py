"""A chat whose messages can be edited, as replies see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from picklebot.errors import DeliveryError
from picklebot.model.choice import Buttons
from picklebot.ports.results import OpenFile

Part = TypeVar("Part")


class MessageGoneError(DeliveryError):
    """The message to edit is not there any more; its part is posted anew."""


class Surface(Protocol[Part]):
    """One chat on one platform, for the length of one reply.

    A `Part` is what one message of the platform holds, rendered; two equal parts look the same.
    """

    @property
    def pace(self) -> float:
        """Seconds that this chat allows between two changes of a message."""
        ...

    @property
    def typing_every(self) -> float:
        """Seconds after which a sign of typing has faded and is renewed."""
        ...

    def split(self, text: str, buttons: Buttons) -> Sequence[Part]:
        """Render `text` and cut it into messages, with buttons under the last.

        A growing text keeps its earlier cuts as far as it can.
        """
        ...

    def line(self, text: str, buttons: Buttons) -> Part:
        """A message that is no part of the answer; `text` is short and plain."""
        ...

    async def typing(self) -> None:
        """Show that an answer is being written. Errors are the caller's to ignore."""
        ...

    async def post(self, part: Part, index: int, *, calls: bool = False) -> str:
        """Send part `index`, or what stands beside the parts, as a new message and return its id.

        Only part 0 rings. With `calls` it rings for the asker also where others are talking.
        """
        ...

    async def call(self, part: Part, message_id: str) -> str:
        """Ring for the asker by one more message, which answers their question, or else refers to that message."""
        ...

    @property
    def largest_file(self) -> int:
        """Bytes of the largest file that may be sent."""
        ...

    async def attach(self, file: OpenFile, position: int | None = None) -> str:
        """Send a file, silently, and return the id of its message. Its content is read from the beginning.

        A `position` below that of `model.parcel.FILES` names it among the parcel's files. Raises DeliveryError.
        """
        ...

    async def edit(self, message_id: str, part: Part) -> None:
        """Make that message show `part`; that it already does is no error. Raises MessageGoneError."""
        ...

    async def remove(self, message_id: str) -> None:
        """Delete a message of ours; that it is gone already is no error."""
        ...
