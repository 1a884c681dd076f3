"""Forms for what a command needs: whatever one stands for is kept before it is shown, so it outlives a restart."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from picklebot import clock
from picklebot.bus.answers import CHOOSABLE, Answers
from picklebot.bus.commands.conversations import LONGEST_TITLE
from picklebot.model import words
from picklebot.model.blank import Blank
from picklebot.model.choice import Choice
from picklebot.model.ids import new_id
from picklebot.model.message import Command, InboundMessage
from picklebot.model.pairing import LENGTH
from picklebot.model.parcel import chat_of
from picklebot.ports.choices import ChoiceStore
from picklebot.ports.storage import Transaction
from picklebot.sessions.resolver import SessionResolver

_ABOUT: Final = "about"
"""The command, and the form, for a question about a message that somebody pointed at."""


class Blanks:
    """Gives the form for a command that was said without its words, or for a message that is to be asked about."""

    def __init__(self, choices: ChoiceStore, answers: Answers, resolver: SessionResolver) -> None:
        self._choices = choices
        self._answers = answers
        self._resolver = resolver

    def open(self, tx: Transaction, message: InboundMessage) -> Blank | None:
        """The form for this message; None where there is nothing to write it for, and its answer says so."""
        command = message.command
        if command is None:
            return self.of(tx, message, _ABOUT, self._offer(tx, message, self._kept(tx, message)))
        if command.name == "title" and self._resolver.current(tx, message) is None:
            return None
        return self.of(tx, message, command.name, self._offer(tx, message, command))

    def of(self, tx: Transaction, message: InboundMessage, name: str, handle: str) -> Blank:
        """The form of this name, whose submission says what `handle` stands for."""
        match name:
            case "title":
                session = self._resolver.current(tx, message)
                return Blank(name, handle, value=session.title if session else "", most=LONGEST_TITLE)
            case "code":
                return Blank(name, handle, most=2 * LENGTH)
            case name if name == _ABOUT:
                return Blank(name, handle, hint=words.WHAT_ABOUT_THIS, long=True, required=False)
            case _:
                return Blank(name, handle, long=True)

    def _kept(self, tx: Transaction, message: InboundMessage) -> Command:
        """Keep what was pointed at. Its marks are its own: those of the message are for what is carried out."""
        mark = f"pointed:{new_id()}"
        pointed = replace(
            message, update_id=mark, message_id=mark, text=f"/{_ABOUT}", command=Command(_ABOUT)
        )
        return Command(_ABOUT, self._answers.keep(tx, pointed, None))

    def _offer(self, tx: Transaction, message: InboundMessage, command: Command) -> str:
        title, _ = words.FORMS[command.name]
        [[button]] = self._choices.offer(
            tx,
            ((Choice(title, command),),),
            parcel_id=new_id(),
            chat=chat_of(message.address),
            user_id=message.sender.user_id,
            until=clock.now() + CHOOSABLE,
        )
        return button.handle
