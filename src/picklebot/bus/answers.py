"""Answers that need no agent: the message is kept and its answer owed, in one commit."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from picklebot import clock
from picklebot.bus.taking import dedupe_keys, job_for
from picklebot.model.choice import Said
from picklebot.model.ids import new_id
from picklebot.model.message import Address, InboundMessage
from picklebot.model.parcel import Parcel, chat_of
from picklebot.ports.choices import ChoiceStore
from picklebot.ports.storage import Inbox, InboxState, Transaction
from picklebot.replies.delivery import Delivery
from picklebot.sessions.resolver import SessionResolver

CHOOSABLE: Final = timedelta(days=1)
"""So long something may be chosen."""


class Answers:
    """Owes what the bus itself says."""

    def __init__(
        self, inbox: Inbox, choices: ChoiceStore, resolver: SessionResolver, delivery: Delivery
    ) -> None:
        self._inbox = inbox
        self._choices = choices
        self._resolver = resolver
        self._delivery = delivery

    def keep(self, tx: Transaction, message: InboundMessage, said: Said | None, *, shown_by: str = "") -> str:
        """Keep the message as done, and owe what is said to it; `shown_by` is a message that comes to show it.

        Gives the id that it is kept under.
        """
        job = job_for(message, self._resolver.current(tx, message))
        self._inbox.add(tx, dedupe_keys(message), job, InboxState.DONE)
        if said is not None:
            # In no session's name, so that it does not come after the answer that is being written there.
            self.owe(tx, message, said, "", shown_by=shown_by)
        return job.id

    def announce(self, tx: Transaction, address: Address, text: str) -> None:
        """Owe this to a chat in which nobody asked."""
        self._delivery.owe(tx, Parcel(new_id(), "", address, clock.now(), text))

    def owe(
        self, tx: Transaction, message: InboundMessage, said: Said, session_id: str, *, shown_by: str = ""
    ) -> None:
        """Owe this to the chat of the message; only its sender may choose from what it offers."""
        now, parcel_id = clock.now(), new_id()
        address, asker = message.address, message.sender.user_id
        buttons = (
            self._choices.offer(
                tx,
                said.choices,
                parcel_id=parcel_id,
                chat=chat_of(address),
                user_id=asker,
                until=now + CHOOSABLE,
            )
            if said.choices
            else ()
        )
        parcel = Parcel(
            parcel_id,
            session_id,
            address,
            now,
            said.text,
            posted=(shown_by,) if shown_by else (),
            asked_at=message.sent_at,
            buttons=buttons,
        )
        self._delivery.owe(tx, parcel)
