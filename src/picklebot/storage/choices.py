"""What chats may choose from."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from picklebot.model.blank import is_open
from picklebot.model.choice import Button, Buttons, Choice, Choices
from picklebot.model.message import Command
from picklebot.ports.choices import Offer
from picklebot.ports.storage import Transaction
from picklebot.storage.tables import choices as table

_ADD = insert(table)
_FIND = select(table).where(table.c.handle == bindparam("of_handle"))
_DECIDE = update(table).where(table.c.parcel_id == bindparam("of_parcel")).values(decided=bindparam("chosen"))


class SqlChoices:
    """Implements `ports.choices.ChoiceStore`."""

    def offer(
        self, tx: Transaction, choices: Choices, *, parcel_id: str, chat: str, user_id: str, until: datetime
    ) -> Buttons:
        shown = tuple(tuple((choice, new_handle()) for choice in row) for row in choices)
        offered = [
            {
                "handle": handle,
                "parcel_id": parcel_id,
                "chat": chat,
                "user_id": user_id,
                "label": choice.label,
                "command": choice.command.name,
                "args": choice.command.args,
                "aside": int(choice.aside),
                "until": until,
                "decided": "",
            }
            for row in shown
            for choice, handle in row
        ]
        if offered:
            tx.connection.execute(_ADD, offered)
        return tuple(
            tuple(Button(choice.label, handle, is_open(choice.command)) for choice, handle in row)
            for row in shown
        )

    def find(self, tx: Transaction, handle: str) -> Offer | None:
        row = tx.connection.execute(_FIND, {"of_handle": handle}).one_or_none()
        if row is None:
            return None
        return Offer(
            choice=Choice(row.label, Command(row.command, row.args), bool(row.aside)),
            parcel_id=row.parcel_id,
            chat=row.chat,
            user_id=row.user_id,
            until=row.until,
            decided=row.decided,
        )

    def decide(self, tx: Transaction, parcel_id: str, label: str) -> None:
        tx.connection.execute(_DECIDE, {"of_parcel": parcel_id, "chosen": label})


def new_handle() -> str:
    """A handle that cannot be guessed: 16 characters, of 96 bits."""
    return secrets.token_urlsafe(12)
