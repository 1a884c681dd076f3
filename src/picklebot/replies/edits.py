"""Shows a streaming reply on platforms whose messages can be edited.

The answer's message is sent when it has something to say and edited to its end; a long answer goes on in
further messages. Every step may be repeated after a crash: what was posted is known, and edited again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Final, Generic, Protocol, TypeVar

import anyio

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model.events import ReplyEvent
from picklebot.model.parcel import Parcel
from picklebot.ports.platform import PartNotes
from picklebot.replies.budget import Allowance, Unlimited, Urgency
from picklebot.replies.fold import View, fold

Part = TypeVar("Part")

SILENCE: Final = 0.2
"""Seconds without a sign of typing: an answer that is there by then needs none."""

_TYPING_PATIENCE: Final = 2.0


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

    def split(self, text: str) -> Sequence[Part]:
        """Render `text` and cut it into messages. A growing text keeps its earlier cuts as far as it can."""
        ...

    async def typing(self) -> None:
        """Show that an answer is being written. Errors are the caller's to ignore."""
        ...

    async def post(self, part: Part, index: int) -> str:
        """Send part `index` as a new message and return its id."""
        ...

    async def edit(self, message_id: str, part: Part) -> None:
        """Make that message show `part`; that it already does is no error. Raises MessageGoneError."""
        ...

    async def remove(self, message_id: str) -> None:
        """Delete a message that shows a part which the final answer has not."""
        ...


class EditedReply(Generic[Part]):
    """One reply on one surface.

    With a `placeholder` every message is posted as that and edited at once: posting cannot be repeated unseen,
    an edit can. `allowance` is what the chat may be told. `silence` is how many seconds may pass before the
    sign of typing.
    """

    def __init__(
        self,
        surface: Surface[Part],
        parcel: Parcel,
        notes: PartNotes,
        *,
        allowance: Allowance | None = None,
        placeholder: Part | None = None,
        silence: float = SILENCE,
    ) -> None:
        self._surface = surface
        self._notes = notes
        self._allowance = allowance or Unlimited()
        self._placeholder = placeholder
        self._ids = list(parcel.posted)
        self._shown: list[Part | None] = [None] * len(parcel.posted)
        self._whole: int | None = None
        self._next_change = 0.0
        self._next_typing = time.monotonic() + silence

    async def show(self, events: AsyncIterator[ReplyEvent]) -> None:
        """Show events to the last; raises DeliveryError when the final text could not be shown in full."""
        view = View()
        stale = self._placeholder is not None and not self._ids
        while not view.done:
            await self._keep_typing()
            wanted = stale and self._worth_showing(view)
            if wanted and time.monotonic() >= self._next_change:
                await self._show_preview(view)
                wanted = stale = False
            with anyio.move_on_after(self._wait(wanted)):
                view = fold(view, await anext(events))
                stale = True
        parts = self._surface.split(view.shown)
        self._whole = len(parts)
        await self._bring_up(parts, Urgency.FINAL)
        await self._remove_rest(len(parts))

    def _worth_showing(self, view: View) -> bool:
        return view.worth_showing or (self._placeholder is not None and not self._ids)

    def _wait(self, wanted: bool) -> float:
        """Seconds until something is due: the next change of a message, if wanted, or the next sign of typing."""
        due = min(self._next_change, self._next_typing) if wanted else self._next_typing
        return max(0.0, due - time.monotonic())

    async def _keep_typing(self) -> None:
        """Renew the sign of typing when it is due. It is a courtesy: slow or failing, it is let go."""
        if time.monotonic() < self._next_typing:
            return
        with anyio.move_on_after(_TYPING_PATIENCE), contextlib.suppress(DeliveryError):
            await self._surface.typing()
        self._next_typing = time.monotonic() + self._surface.typing_every

    async def _show_preview(self, view: View) -> None:
        """A preview that fails is dropped; the final message says it all anyway."""
        try:
            await self._preview(view)
            self._next_change = time.monotonic() + self._surface.pace
        except DeliveryDelayedError as error:
            self._next_change = time.monotonic() + max(error.seconds, self._surface.pace)

    async def _preview(self, view: View) -> None:
        if self._placeholder is not None and not self._ids:
            await self._post(self._placeholder, 0, Urgency.BEGINNING)
        if view.worth_showing:
            beginning = Urgency.PREVIEW if self._ids else Urgency.BEGINNING
            await self._bring_up(self._surface.split(view.shown), beginning)

    async def _bring_up(self, parts: Sequence[Part], urgency: Urgency) -> None:
        """Make the chat show exactly these parts in order, changing only what differs."""
        for index, part in enumerate(parts):
            if index < len(self._ids) and self._shown[index] != part:
                await self._edit_or_post(part, index, urgency)
            elif index >= len(self._ids):
                await self._say(part, index, urgency)

    async def _edit_or_post(self, part: Part, index: int, urgency: Urgency) -> None:
        try:
            await self._edit(part, index, urgency)
        except MessageGoneError:
            await self._say(part, index, urgency)

    async def _say(self, part: Part, index: int, urgency: Urgency) -> None:
        """Show a part by a new message."""
        await self._post(self._placeholder or part, index, urgency)
        if self._shown[index] != part:
            await self._edit(part, index, urgency)

    async def _edit(self, part: Part, index: int, urgency: Urgency) -> None:
        async with self._allowance.spend(urgency):
            await self._surface.edit(self._ids[index], part)
        self._shown[index] = part

    async def _post(self, part: Part, index: int, urgency: Urgency) -> None:
        """Post a message that is not there. What is about to be posted is written down before, and its id after."""
        async with self._allowance.spend(urgency):
            message_id = await self._post_noted(part, index)
        self._ids[index:] = [message_id, *self._ids[index + 1 :]]
        self._shown[index:] = [part, *self._shown[index + 1 :]]
        last = part != self._placeholder and index + 1 == self._whole == len(self._ids)
        await self._notes.note_posted(index, message_id, last=last)

    async def _post_noted(self, part: Part, index: int) -> str:
        if part == self._placeholder:  # says nothing, so it may stand there twice
            return await self._surface.post(part, index)
        await self._notes.note_sending(index)
        try:
            return await self._surface.post(part, index)
        except DeliveryError as error:
            maybe_done = isinstance(error, DeliveryDelayedError) and error.maybe_done
            await self._notes.note_failed(index, maybe_done=maybe_done)
            raise

    async def _remove_rest(self, count: int) -> None:
        for message_id in self._ids[count:]:
            await self._surface.remove(message_id)
