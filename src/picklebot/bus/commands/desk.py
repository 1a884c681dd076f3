"""Where a command goes: each is carried out at once, in the transaction that keeps its message.

A redelivered command is known by the same keys as a message, so `/new` never begins two conversations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Protocol

from picklebot.bus.commands.payload import meant
from picklebot.model import words
from picklebot.model.choice import Said, Suggestion
from picklebot.model.message import InboundMessage
from picklebot.ports.storage import Transaction


@dataclass(frozen=True, slots=True)
class Asked:
    """The command is a question after all: `message` goes on to the agent.

    `once_taken` is called in the same transaction when it found its place in the queue.
    """

    message: InboundMessage
    once_taken: Callable[[], None]


CarryOut = Callable[[Transaction, InboundMessage], Said | Asked]
"""Do what `message.command` says, and give the answer. What it owes and changes is written in the transaction."""


Suggest = Callable[[Transaction, InboundMessage], Sequence[Suggestion]]
"""What may follow a command, as far as it is typed. It only reads."""


class Group(Protocol):
    """Commands about one thing."""

    def known(self) -> Mapping[str, CarryOut]:
        """Its commands by name."""
        ...


class Commands:
    """Every command. None of them waits in a lane, so `/stop` and `/status` are answered while a turn runs."""

    def __init__(self, *groups: Group, suggesting: Mapping[str, Suggest]) -> None:
        self._suggesting = suggesting
        self._known = {name: carry_out for group in groups for name, carry_out in group.known().items()}

    def carry_out(self, tx: Transaction, message: InboundMessage) -> Said | Asked:
        """Do what `message.command` says and return the answer; unknown names get a hint."""
        if message.command is not None:
            message = replace(message, command=meant(message.command))
        name = message.command.name if message.command else ""
        if (carry_out := self._known.get(name)) is None:
            return Said(words.unknown_command(name, get_close_matches(name, self._known, 1)))
        return carry_out(tx, message)

    def suggest(self, tx: Transaction, message: InboundMessage) -> Sequence[Suggestion]:
        """What may follow the command of a message that is still being typed."""
        suggest = self._suggesting.get(message.command.name if message.command else "")
        return suggest(tx, message) if suggest else ()


def argument(message: InboundMessage) -> str:
    """What follows the command, without the spaces around it."""
    return message.command.args.strip() if message.command else ""
