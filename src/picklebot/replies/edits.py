"""Shows a streaming reply on platforms whose messages can be edited.

At first there is only a sign of typing. The answer's message is sent when it has something to say and edited to its
end; a long answer goes on in further messages. Where that takes long, a silent line says what is going on. Every
step may be repeated after a crash: what was posted is known, and edited again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Final, Generic

import anyio

from picklebot import clock
from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model import words
from picklebot.model.events import ReplyEvent
from picklebot.model.parcel import CALL, Parcel
from picklebot.ports.platform import PartNotes
from picklebot.ports.results import OpenFile
from picklebot.replies.age import calls
from picklebot.replies.budget import Allowance, Unlimited, Urgency
from picklebot.replies.drafts import Draft
from picklebot.replies.enclosing import Enclosing
from picklebot.replies.fold import View, fold
from picklebot.replies.markdown.file import as_file, too_long
from picklebot.replies.status import StatusLine
from picklebot.replies.stopping import StopButton
from picklebot.replies.surface import MessageGoneError, Part, Surface
from picklebot.replies.typing import Typing

SILENCE: Final = 0.2
"""Seconds without a sign of typing: an answer that is there by then needs none."""


class EditedReply(Generic[Part]):
    """One reply on one surface.

    With a `placeholder` every message is posted as that and edited at once: posting cannot be repeated unseen,
    an edit can. `allowance` is what the chat may be told. `silence` is how many seconds may pass before the
    sign of typing. A `draft` shows it until it is complete, or until drafts are refused.
    """

    def __init__(
        self,
        surface: Surface[Part],
        parcel: Parcel,
        notes: PartNotes,
        *,
        allowance: Allowance | None = None,
        placeholder: Part | None = None,
        draft: Draft | None = None,
        silence: float = SILENCE,
    ) -> None:
        self._surface = surface
        self._parcel = parcel
        self._notes = notes
        self._allowance = allowance or Unlimited()
        self._placeholder = placeholder
        self._draft = draft
        self._ids = list(parcel.posted)
        self._shown: list[Part | None] = [None] * len(parcel.posted)
        self._whole: int | None = None
        self._calls = False
        self._next_change = 0.0
        self._typing = Typing(surface.typing, every=surface.typing_every, silence=silence)
        self._stop = StopButton(parcel, notes)
        self._status = StatusLine(surface, notes, self._allowance, self._stop, parcel.status)

    async def show(self, events: AsyncIterator[ReplyEvent]) -> None:
        """Show events to the last; raises DeliveryError when the final text could not be shown in full."""
        await self._begin()
        view = await self._draft.follow(events) if self._draft else View()
        self._status.tell(view.doing)
        stale = self._expects_placeholder or bool(view.text)
        while not view.done:
            await self._typing.keep()
            if not self._ids:
                await self._status.keep()
            elif time.monotonic() >= self._stop.due:
                await self._stop.offer()
                stale = True
            wanted = stale and self._worth_showing(view)
            if wanted and time.monotonic() >= self._next_change:
                await self._show_preview(view)
                wanted = stale = False
            with anyio.move_on_after(self._wait(wanted)):
                view = fold(view, await anext(events))
                self._status.tell(view.doing)
                stale = True
        await self._finish(view)

    @property
    def _expects_placeholder(self) -> bool:
        return self._placeholder is not None and not self._ids

    def _worth_showing(self, view: View) -> bool:
        """Whether a message is begun for this, or one that has begun is changed."""
        if view.worth_showing or self._expects_placeholder:
            return True
        return bool(self._ids and (view.doing or (self._stop.buttons and self._says_nothing)))

    @property
    def _says_nothing(self) -> bool:
        """Whether what has begun is a placeholder still."""
        return self._placeholder is not None and self._shown[0] == self._placeholder

    def _wait(self, wanted: bool) -> float:
        """Seconds until something is due: a change of a message, if wanted, the sign of typing or the line."""
        due = min(self._next_change, self._typing.due) if wanted else self._typing.due
        if not self._ids:
            due = min(due, self._status.due)
        elif not wanted:
            due = min(due, self._stop.due)
        return max(0.0, due - time.monotonic())

    async def _begin(self) -> None:
        """Take away what stood for this reply until now."""
        if self._status.stands:
            with contextlib.suppress(DeliveryDelayedError):
                await self._status.clear()

    async def _finish(self, view: View) -> None:
        """Show the whole text. An asker whose phone rang for its beginning long ago is called."""
        begun = bool(self._ids)
        self._calls = not view.stopped and calls(self._parcel, clock.now())
        parts = self._surface.split(view.shown, self._parcel.buttons)
        more = self._status.stands or (begun and self._calls) or view.files
        self._whole = None if more else len(parts)
        if not any(file.begun for file in view.files):  # they come when all of the text stands there
            await self._bring_up(parts, Urgency.FINAL)
            await self._remove_rest(len(parts))
        await self._status.clear()
        if begun and self._calls:
            await self._call(last=not view.files)
        if view.files:
            await Enclosing(self._surface, self._parcel, self._notes, self._allowance).send(view.files)
        if too_long(parts):
            await self._attach(as_file(view.shown))

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
        if self._worth_showing(view):
            if time.monotonic() >= self._stop.due:
                await self._stop.offer()
            beginning = Urgency.PREVIEW if self._ids else Urgency.BEGINNING
            text = view.shown if view.shown.strip() else words.DOING.format(doing=words.THINKING)
            await self._bring_up(self._surface.split(text, self._stop.buttons), beginning)
        await self._status.clear()

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
            return await self._surface.post(part, index, calls=self._calls)
        await self._notes.note_sending(index)
        try:
            return await self._surface.post(part, index, calls=self._calls)
        except DeliveryError as error:
            maybe_done = isinstance(error, DeliveryDelayedError) and error.maybe_done
            await self._notes.note_failed(index, maybe_done=maybe_done)
            raise

    async def _remove_rest(self, count: int) -> None:
        for message_id in self._ids[count:]:
            await self._surface.remove(message_id)

    async def _attach(self, file: OpenFile) -> None:
        """The whole once more, to be kept. It is a courtesy: all of it stands in the chat already."""
        with contextlib.suppress(DeliveryError):
            async with self._allowance.spend(Urgency.FINAL):
                await self._surface.attach(file)

    async def _call(self, *, last: bool) -> None:
        """Ring for the asker, who saw the beginning long ago. In doubt they were called: once is what they want."""
        line = self._surface.line(words.CALLED, ())
        await self._notes.note_sending(CALL)
        try:
            async with self._allowance.spend(Urgency.FINAL):
                message_id = await self._surface.call(line, self._ids[0])
        except DeliveryDelayedError as error:
            await self._notes.note_failed(CALL, maybe_done=error.maybe_done)
            if not error.maybe_done:
                raise
        except DeliveryError:
            pass  # the answer itself has arrived
        else:
            await self._notes.note_posted(CALL, message_id, last=last)
