"""Something to choose from: a button is a command that somebody may say by pressing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from picklebot.model.message import Address, Command, Sender


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose. Pressing its button says `command`, and the answer takes the place of the question.

    An `aside` leaves the question as it is: its answer is a short note to who pressed.
    """

    label: str
    command: Command
    aside: bool = False


Choices = tuple[tuple[Choice, ...], ...]
"""Rows of what may be chosen."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may follow a command that is still being typed: `value`, shown as `label`."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answers. The text stands alone: not every platform has buttons. Without one nothing is said."""

    text: str
    choices: Choices = ()


@dataclass(frozen=True, slots=True)
class Button:
    """A choice as a chat is shown it. `handle` is opaque, and names what is kept about the choice.

    Where a platform has forms, one that `asks` opens the form in which its command is completed.
    """

    label: str
    handle: str
    asks: bool = False


Buttons = tuple[tuple[Button, ...], ...]
"""Rows of buttons."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed, or a form submitted: by whom, on which message of which chat.

    `update_id` is the key by which a redelivery is known. `written` is what was filled in, None for a mere press.
    What no message showed, such as a form that a command opened, has no `message_id`.
    """

    update_id: str
    message_id: str
    handle: str
    address: Address
    sender: Sender
    at: datetime
    written: str | None = None
