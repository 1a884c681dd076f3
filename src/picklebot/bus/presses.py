"""A button that is pressed says its command, by the same code; the answer takes the place of what was pressed.

A form that is submitted does the same, with what was written into it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from picklebot.bus.answers import Answers
from picklebot.bus.blanks import Blanks
from picklebot.bus.commands.desk import Asked, Commands
from picklebot.bus.taking import dedupe_keys
from picklebot.model import words
from picklebot.model.blank import Blank, is_open
from picklebot.model.choice import Press, Said
from picklebot.model.message import InboundMessage
from picklebot.model.parcel import chat_of
from picklebot.ports.choices import ChoiceStore, Offer
from picklebot.ports.platform import Receipt
from picklebot.ports.rules import Rules
from picklebot.ports.storage import Inbox, Transaction

FOR_OPERATORS: Final = frozenset({"stop"})
"""Commands that an operator may also say by a button that was offered to somebody else."""


class Presses:
    """Judges presses by what was offered, to whom, and until when."""

    def __init__(
        self,
        choices: ChoiceStore,
        inbox: Inbox,
        commands: Commands,
        answers: Answers,
        *,
        rules: Rules,
        blanks: Blanks,
        ask: Callable[[Transaction, Asked], Receipt],
    ) -> None:
        """`ask` takes the questions that buttons stand for, `blanks` are the forms that they open."""
        self._choices = choices
        self._inbox = inbox
        self._commands = commands
        self._answers = answers
        self._rules = rules
        self._blanks = blanks
        self._ask = ask

    def take(self, tx: Transaction, press: Press) -> str:
        """Do what the button says. Gives a note for who pressed: why not, or the answer to an aside; else empty."""
        offer = self._choices.find(tx, press.handle)
        if offer is None or offer.chat != chat_of(press.address):
            return words.CHOICE_GONE
        message = spoken(press, offer)
        if self._inbox.seen(tx, dedupe_keys(message)):
            return ""
        return self._refusal(offer, press) or self._carry_out(tx, press, offer, message)

    def blank(self, tx: Transaction, press: Press) -> Blank | str:
        """The form that the button opens, or why it opens none. Nothing is written."""
        offer = self._choices.find(tx, press.handle)
        if offer is None or offer.chat != chat_of(press.address) or not is_open(offer.choice.command):
            return words.CHOICE_GONE
        if refusal := self._refusal(offer, press):
            return refusal
        return self._blanks.of(tx, spoken(press, offer), offer.choice.command.name, press.handle)

    def _carry_out(self, tx: Transaction, press: Press, offer: Offer, message: InboundMessage) -> str:
        said = self._commands.carry_out(tx, message)
        if isinstance(said, Asked):
            return self._put(tx, said, press, offer)
        if offer.choice.aside:
            self._answers.keep(tx, message, None)
            return said.text
        if press.written is None and is_open(offer.choice.command):
            # Nothing is decided: the answer asks for the words, beside what was pressed.
            self._answers.keep(tx, message, said)
            return ""
        self._choices.decide(tx, offer.parcel_id, offer.choice.label)
        self._answers.keep(tx, message, said, shown_by=press.message_id)
        return ""

    def _put(self, tx: Transaction, asked: Asked, press: Press, offer: Offer) -> str:
        """Take a question; where a message showed what was pressed, that says so, and the answer comes anew.

        What found no place is not decided, and may be pressed again.
        """
        match self._ask(tx, asked):
            case Receipt.ACCEPTED:
                self._choices.decide(tx, offer.parcel_id, offer.choice.label)
                if press.message_id:
                    self._answers.owe(
                        tx, asked.message, Said(words.ASKED_AGAIN), "", shown_by=press.message_id
                    )
                return ""
            case Receipt.FULL:
                return words.LANE_FULL
            case _:
                return ""

    def _refusal(self, offer: Offer, press: Press) -> str:
        if offer.user_id and offer.user_id != press.sender.user_id and not self._may_step_in(offer, press):
            return words.CHOICE_NOT_YOURS
        if offer.decided:
            return words.CHOICE_MADE.format(label=offer.decided)
        return words.CHOICE_OVER if press.at > offer.until else ""

    def _may_step_in(self, offer: Offer, press: Press) -> bool:
        """Whether this is an operator, and something that operators may end for others."""
        operator = self._rules.is_operator(press.address.platform, press.sender.user_id)
        return operator and offer.choice.command.name in FOR_OPERATORS


def spoken(press: Press, offer: Offer) -> InboundMessage:
    """The message that says what the button stands for, and what was written into its form."""
    command = offer.choice.command
    if press.written is not None:
        command = replace(command, args=f"{command.args} {press.written.strip()}".strip())
    return InboundMessage(
        update_id=press.update_id,
        message_id=f"press:{press.update_id}",
        address=press.address,
        sender=press.sender,
        text=f"/{command.name} {command.args}".rstrip(),
        sent_at=press.at,
        command=command,
    )
