"""What is owed to chats, kept until it arrived."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Row, bindparam, insert, literal, select, update

from picklebot.model.message import Address, ChatKind
from picklebot.model.parcel import Parcel, ParcelState
from picklebot.ports.storage import Transaction
from picklebot.storage.tables import OWED, outbox, posted

_OF_PARCEL = outbox.c.parcel_id == bindparam("of_parcel")
_OF_PART = (
    posted.c.parcel_id == bindparam("of_parcel"),
    posted.c.position == bindparam("of_position"),
)
_IS_THERE = select(literal(1)).where(_OF_PARCEL)
_ADD = insert(outbox)
_COMPLETE = update(outbox).where(_OF_PARCEL).values(state=bindparam("new_state"), text=bindparam("new_text"))
_SETTLE = update(outbox).where(_OF_PARCEL).values(state=bindparam("new_state"))
_REPOST = update(posted).where(*_OF_PART).values(message_id=bindparam("new_message"))
_POST = insert(posted)
_POSTED = (
    select(posted.c.message_id)
    .where(posted.c.parcel_id == bindparam("of_parcel"))
    .order_by(posted.c.position)
)
_TEXT = select(outbox.c.text).where(_OF_PARCEL)
_OWED = (
    select(outbox.c.parcel_id, outbox.c.session_id, outbox.c.address, outbox.c.created_at, outbox.c.text)
    .where(OWED)
    .order_by(outbox.c.created_at, outbox.c.number)
)
_POSTED_OF_OWED = (
    select(posted.c.parcel_id, posted.c.message_id)
    .join_from(posted, outbox, posted.c.parcel_id == outbox.c.parcel_id)
    .where(OWED)
    .order_by(posted.c.parcel_id, posted.c.position)
)


class SqlOutbox:
    """Implements `ports.storage.Outbox`."""

    def put(self, tx: Transaction, parcel: Parcel) -> None:
        values = {"of_parcel": parcel.id, "new_state": _state(parcel), "new_text": parcel.text}
        if tx.connection.execute(_COMPLETE, values).rowcount:
            return
        _add(tx, parcel)

    def note_posted(self, tx: Transaction, parcel: Parcel, index: int, message_id: str) -> None:
        part: dict[str, Any] = {"of_parcel": parcel.id, "of_position": index}
        if tx.connection.execute(_IS_THERE, {"of_parcel": parcel.id}).scalar() is None:
            _add(tx, replace(parcel, posted=()))
            _post(tx, parcel.id, index, message_id)
        elif not tx.connection.execute(_REPOST, part | {"new_message": message_id}).rowcount:
            _post(tx, parcel.id, index, message_id)

    def settle(self, tx: Transaction, parcel_id: str, state: ParcelState) -> None:
        tx.connection.execute(_SETTLE, {"of_parcel": parcel_id, "new_state": state})

    def posted(self, tx: Transaction, parcel_id: str) -> tuple[str, ...]:
        return tuple(tx.connection.execute(_POSTED, {"of_parcel": parcel_id}).scalars())

    def text(self, tx: Transaction, parcel_id: str) -> str | None:
        return tx.connection.execute(_TEXT, {"of_parcel": parcel_id}).scalar()

    def owed(self, tx: Transaction) -> Sequence[Parcel]:
        parts: defaultdict[str, list[str]] = defaultdict(list)
        for parcel_id, message_id in tx.connection.execute(_POSTED_OF_OWED):
            parts[parcel_id].append(message_id)
        return [_parcel(row, tuple(parts[row.parcel_id])) for row in tx.connection.execute(_OWED)]


def _add(tx: Transaction, parcel: Parcel) -> None:
    tx.connection.execute(
        _ADD,
        {
            "parcel_id": parcel.id,
            "session_id": parcel.session_id,
            "state": _state(parcel),
            "created_at": parcel.created_at,
            "address": json.dumps(asdict(parcel.address)),
            "text": parcel.text,
        },
    )
    for index, message_id in enumerate(parcel.posted):
        _post(tx, parcel.id, index, message_id)


def _post(tx: Transaction, parcel_id: str, index: int, message_id: str) -> None:
    tx.connection.execute(_POST, {"parcel_id": parcel_id, "position": index, "message_id": message_id})


def _state(parcel: Parcel) -> ParcelState:
    return ParcelState.OPEN if parcel.text is None else ParcelState.NEW


def _parcel(row: Row[*tuple[Any, ...]], parts: tuple[str, ...]) -> Parcel:
    address = json.loads(row.address)
    return Parcel(
        id=row.parcel_id,
        session_id=row.session_id,
        address=Address(**{**address, "chat_kind": ChatKind(address["chat_kind"])}),
        created_at=row.created_at,
        text=row.text,
        posted=parts,
    )
