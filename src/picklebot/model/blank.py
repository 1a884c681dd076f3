"""What somebody has to write before a command can be carried out: a field of a form, or a message that asks for it.

The message that asks is known by its last line, so whoever replies to it fills in the blank, whenever that is and
whatever process hears it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from picklebot.model import words
from picklebot.model.message import Command, InboundMessage

LONGEST: Final = 4_000
"""Characters that may be written."""


@dataclass(frozen=True, slots=True)
class Blank:
    """One field to write in. Whoever submits it says the command that `handle` stands for, with what was written.

    `hint` is shown while nothing is there, `value` is there to be changed. A `long` one has several lines; what is
    not `required` may be left empty. `name` is what it is called among `words.FORMS`.
    """

    name: str
    handle: str
    hint: str = ""
    value: str = ""
    most: int = LONGEST
    long: bool = False
    required: bool = True

    @property
    def title(self) -> str:
        """What stands above the form."""
        title, _ = words.FORMS[self.name]
        return title

    @property
    def label(self) -> str:
        """What stands above the field."""
        _, label = words.FORMS[self.name]
        return label


def is_open(command: Command) -> bool:
    """Whether this command cannot be carried out before something is written, and nothing is."""
    return command.name in words.ASKING and not command.args.strip()


def asked_for(text: str) -> str | None:
    """The command that a message of the bot asks somebody to complete by a reply; None where it asks nothing."""
    *_, last = text.rsplit("\n", 1)
    lines = words.in_all("ASKS").values()
    return next((name for each in lines for name, line in each.items() if line == last.strip()), None)


def filled_in(message: InboundMessage, replied: str) -> InboundMessage:
    """The message as the command that it completes, where it replies to `replied`, a text of the bot that asks so."""
    name = asked_for(replied)
    if name is None or message.command is not None or not message.text.strip():
        return message
    command = Command(name, message.text.strip())
    return replace(message, text=f"/{name} {command.args}", command=command, quotes=())
