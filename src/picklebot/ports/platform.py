"""The two halves of a platform: an adapter that listens and a frontend that shows replies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from anyio.abc import TaskStatus

from picklebot.model.arrival import Arrival
from picklebot.model.blank import Blank
from picklebot.model.change import Edited, Withdrawn
from picklebot.model.choice import Buttons, Choices, Press, Suggestion
from picklebot.model.events import ReplyEvent
from picklebot.model.message import InboundMessage
from picklebot.model.moved import Moved
from picklebot.model.parcel import Parcel
from picklebot.ports.results import OpenFile


class Receipt(StrEnum):
    """What the bus did with a message. Whatever it says, the platform may be told "received".

    `accepted` begins a question, `joined` goes on with one: its answer comes where that began.
    """

    ACCEPTED = "accepted"
    JOINED = "joined"
    DUPLICATE = "duplicate"
    HANDLED = "handled"
    REFUSED = "refused"
    IGNORED = "ignored"
    FULL = "full"


class Intake(Protocol):
    """The bus, as adapters see it."""

    async def accept(self, message: InboundMessage) -> Receipt:
        """Take one message. When this returns, it is durable or was rightly not taken.

        Waits while the queue as a whole is full, so an adapter that awaits it stops listening by itself.
        Raises StorageError when it could not be kept: then the platform must not be told "received".
        """
        ...

    async def accept_all(self, messages: Sequence[InboundMessage]) -> Sequence[Receipt]:
        """Take what came together, in order and in one commit, which is cheaper; a receipt for each.

        Raises when one of them could not be kept; then none is for certain, and each is offered by itself. A
        command waits here with the others for room, so it is better offered by itself as well.
        """
        ...

    async def fall_due(self, message: InboundMessage, *, agent: str | None) -> Receipt:
        """Take what a schedule says at one of its times, as a job for `agent` or for the default agent.

        Nobody's admission is asked, since it is the operator who speaks. When this returns, it is durable, or was
        before (DUPLICATE). FULL where there is no room now; IGNORED while an earlier job of the schedule has not
        ended. Raises StorageError as `accept` does.
        """
        ...

    async def edit(self, edited: Edited) -> None:
        """A message reads otherwise now. When this returns, what follows from it is durable.

        Raises StorageError as `accept` does.
        """
        ...

    async def withdraw(self, withdrawn: Withdrawn) -> None:
        """A message is not there any more. When this returns, what follows from it is durable.

        Raises StorageError as `accept` does.
        """
        ...

    async def arrive(self, arrival: Arrival) -> None:
        """The bot was added to a group or server. When this returns, it is kept that it says so there, once.

        Raises StorageError as `accept` does.
        """
        ...

    async def move(self, moved: Moved) -> None:
        """A chat has another id from now on. When this returns, its conversations are durably there.

        Raises StorageError as `accept` does.
        """
        ...

    def refuses(self, message: InboundMessage) -> bool:
        """Whether its sender is not admitted, as it stands now. Nothing is asked, kept or said for it."""
        ...

    async def suggest(self, message: InboundMessage) -> Sequence[Suggestion]:
        """What may follow the command of a message that is still being typed; nothing of it is kept."""
        ...

    async def blank_for(self, message: InboundMessage) -> Blank | None:
        """The form in which its sender completes a command that is open, or a message that is to be asked about.

        When this returns, what the form stands for is durable, and its submission is offered to `press`. None where
        the message is to be accepted as it is. Raises StorageError.
        """
        ...

    async def blank_of(self, press: Press) -> Blank | str:
        """The form that a button opens, whose submission is offered to `press`; or a note why it opens none.

        Nothing is kept. Raises StorageError.
        """
        ...

    async def press(self, press: Press) -> str:
        """Take the press of a button, or the submission of a form. When this returns, what it led to is durable.

        Gives a note for who pressed, empty where there is nothing to say; whatever it says, the press is to be
        answered to the platform. Raises StorageError as `accept` does.
        """
        ...


@dataclass(frozen=True, slots=True)
class AdapterHealth:
    """What an adapter saw last: `state` is starting, up, retrying or parked; `detail` one line for people;
    `last_contact` the last successful poll or heartbeat."""

    state: str
    detail: str = ""
    last_contact: datetime | None = None


class Adapter(Protocol):
    """Listens on one platform."""

    @property
    def platform(self) -> str:
        """The platform's word: telegram, discord, web, console, schedule."""
        ...

    async def run(self, intake: Intake, *, task_status: TaskStatus[None]) -> None:
        """Listen until cancelled. `task_status.started()` is called once it has really listened.

        Hands each message to `intake` before the platform is told "received"; one message that cannot be
        parsed is logged and never blocks the next. Raises PlatformError to be started again after a pause
        and PlatformFatalError to be parked. May be run again after either.
        """
        ...

    def health(self) -> AdapterHealth:
        """What it saw last."""
        ...


class PartNotes(Protocol):
    """What becomes of a parcel's parts, written down. Each note is durable when its call returns.

    Beside the parts stand `model.parcel.STATUS` and `CALL`, and the files from `FILES` down.
    """

    async def note_sending(self, index: int) -> None:
        """Part `index` is about to be posted, by a call that must not be repeated unseen."""
        ...

    async def note_posted(self, index: int, message_id: str, *, last: bool = False) -> None:
        """Part `index` is shown by that message; the `last` one completes the reply, and ends the parcel too."""
        ...

    async def offer(self, choices: Choices) -> Buttons:
        """Keep what the asker may choose while the reply is written, and give the buttons to show.

        Raises StorageError.
        """
        ...

    async def open_file(self, path: str) -> OpenFile | None:
        """A file that goes with the reply, to be sent and closed; None where it is gone."""
        ...

    async def link_file(self, path: str) -> str:
        """A link to that file for whoever reads the chat; empty where nobody could follow one.

        Raises StorageError.
        """
        ...

    async def note_failed(self, index: int, *, maybe_done: bool) -> None:
        """The call that was to post part `index` failed; `maybe_done` when it may have arrived all the same."""
        ...


class Frontend(Protocol):
    """Shows one reply on one platform."""

    async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:
        """Show `events` at `parcel.address` until the last of them, and return when that has arrived.

        A sign of life comes first, text as it grows, one complete final message whatever became of the
        previews. `parcel.posted` are messages that show it already: they are edited, not posted again. Of the parts
        in `parcel.uncertain` nobody knows whether they arrived. `parcel.status` goes when the answer begins. The
        files of `Final` come after its text, those that have not arrived before.
        Raises DeliveryImpossibleError when it can never arrive there.
        """
        ...

    async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
        """Let a silent line stand for a reply that has not begun; its message, which is `parcel.status` from then on.

        Where `parcel.status` stands already, that says it now. None where nothing needs to stand. Raises
        DeliveryError: it is a courtesy, and goes after all that is owed.
        """
        ...

    async def withdraw(self, parcel: Parcel, message_id: str) -> None:
        """Take such a line away; that it is gone already is no error. Raises DeliveryError."""
        ...

    def close(self, parcel: Parcel) -> None:
        """This reply was given with another one, or will never be: let what marks its question as open go.

        Returns at once.
        """
        ...
