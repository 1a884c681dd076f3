"""What is owed to chats, kept until it arrived."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, case, func, insert, literal, select, union_all, update

from picklebot.model.message import Address, ChatKind
from picklebot.model.parcel import Parcel, ParcelState, PartState
from picklebot.ports.storage import Transaction
from picklebot.storage.tables import OWED, TOLD, WRITTEN, outbox, posted

_OF_PARCEL = outbox.c.parcel_id == bindparam("of_parcel")
_OF_CHAT = outbox.c.chat == bindparam("of_chat")
_OF_PART = (
    posted.c.parcel_id == bindparam("of_parcel"),
    posted.c.position == bindparam("of_position"),
)
_IS_THERE = select(literal(1)).where(_OF_PARCEL)
_ADD = insert(outbox)
_COMPLETE = (
    update(outbox)
    .where(_OF_PARCEL)
    .values(
        state=bindparam("new_state"),
        text=bindparam("new_text"),
        created_at=bindparam("completed_at"),
        asked_at=bindparam("asked"),
    )
)
_SETTLE = (
    update(outbox)
    .where(_OF_PARCEL)
    .values(state=bindparam("new_state"), settled_at=bindparam("settled"))
    .returning(outbox.c.address)
)
_FORGET = update(outbox).where(_OF_PARCEL).values(address=bindparam("without_handle"))
_DOUBT = (
    update(outbox).where(_OF_PARCEL, outbox.c.state == ParcelState.NEW).values(state=ParcelState.UNCERTAIN)
)
_POST = insert(posted)
# A send that begins while the last one's end is unknown is one more that may have arrived unseen.
_SEND = (
    update(posted)
    .where(*_OF_PART)
    .values(
        state=PartState.SENDING,
        interrupted=posted.c.interrupted + case((posted.c.state == PartState.SENDING, 1), else_=0),
    )
)
_SENT = update(posted).where(*_OF_PART).values(state=PartState.SENT, message_id=bindparam("new_message"))
_NOT_SENT = update(posted).where(*_OF_PART).values(state=PartState.NEW)
_CUT_OFF = {"state": PartState.UNCERTAIN, "interrupted": posted.c.interrupted + 1}
_UNCERTAIN = update(posted).where(*_OF_PART).values(_CUT_OFF)
_PARTS = (
    select(posted.c.position, posted.c.message_id, posted.c.state, posted.c.interrupted)
    .where(posted.c.parcel_id == bindparam("of_parcel"))
    .order_by(posted.c.position)
)
_TEXT = select(outbox.c.text).where(_OF_PARCEL)
_FIRST_OWED = select(outbox).where(OWED, _OF_CHAT).order_by(outbox.c.number).limit(bindparam("most"))
_OWED_CHATS = select(outbox.c.chat).where(OWED).group_by(outbox.c.chat).order_by(func.min(outbox.c.number))
_WRITTEN = select(outbox.c.parcel_id).where(WRITTEN)
_UNSETTLED = union_all(_WRITTEN, select(outbox.c.parcel_id).where(OWED))
_CUT_OFF_PARTS = select(posted.c.parcel_id, posted.c.position).where(
    posted.c.parcel_id.in_(_UNSETTLED), posted.c.state == PartState.SENDING
)
_TOLD_SINCE = select(outbox.c.parcel_id).where(TOLD, _OF_CHAT, outbox.c.told_at > bindparam("since"))
_TELL = update(outbox).where(_OF_PARCEL).values(told_at=bindparam("told"))


class SqlOutbox:
    """Implements `ports.storage.Outbox`."""

    def put(self, tx: Transaction, parcel: Parcel) -> None:
        values = {
            "of_parcel": parcel.id,
            "new_state": _state(parcel),
            "new_text": parcel.text,
            "completed_at": parcel.created_at,
            "asked": parcel.asked_at,
        }
        if not tx.connection.execute(_COMPLETE, values).rowcount:
            _add(tx, parcel)

    def note_sending(self, tx: Transaction, parcel: Parcel, index: int) -> None:
        if not tx.connection.execute(_SEND, _part(parcel.id, index)).rowcount:
            _make_sure(tx, parcel)
            _post(tx, parcel.id, index, PartState.SENDING)

    def note_posted(self, tx: Transaction, parcel: Parcel, index: int, message_id: str) -> None:
        part = _part(parcel.id, index) | {"new_message": message_id}
        if not tx.connection.execute(_SENT, part).rowcount:
            _make_sure(tx, parcel)
            _post(tx, parcel.id, index, PartState.SENT, message_id)

    def note_not_sent(self, tx: Transaction, parcel_id: str, index: int) -> None:
        tx.connection.execute(_NOT_SENT, _part(parcel_id, index))

    def note_uncertain(self, tx: Transaction, parcel_id: str, index: int) -> None:
        tx.connection.execute(_UNCERTAIN, _part(parcel_id, index))
        tx.connection.execute(_DOUBT, {"of_parcel": parcel_id})

    def settle(self, tx: Transaction, parcel_id: str, state: ParcelState, now: datetime) -> None:
        values = {"of_parcel": parcel_id, "new_state": state, "settled": now}
        address = tx.connection.execute(_SETTLE, values).scalar()
        if address is not None and (known := json.loads(address))["interaction"] is not None:
            # The handle of a slash command is a secret, and serves nobody once its answer is settled.
            bare = json.dumps(known | {"interaction": None})
            tx.connection.execute(_FORGET, {"of_parcel": parcel_id, "without_handle": bare})

    def parts(self, tx: Transaction, parcel: Parcel) -> Parcel:
        rows = tx.connection.execute(_PARTS, {"of_parcel": parcel.id}).all()
        doubtful = {row.position for row in rows if row.interrupted or row.state == PartState.SENDING}
        ids = tuple(row.message_id for row in rows if row.message_id)
        return replace(parcel, posted=ids, uncertain=frozenset(doubtful))

    def text(self, tx: Transaction, parcel_id: str) -> str | None:
        return tx.connection.execute(_TEXT, {"of_parcel": parcel_id}).scalar()

    def owed(self, tx: Transaction, chat: str, limit: int) -> Sequence[Parcel]:
        rows = tx.connection.execute(_FIRST_OWED, {"of_chat": chat, "most": limit}).all()
        return [self.parts(tx, _parcel(row)) for row in rows]

    def owed_chats(self, tx: Transaction) -> Sequence[str]:
        return tx.connection.execute(_OWED_CHATS).scalars().all()

    def recover(self, tx: Transaction) -> Sequence[str]:
        for parcel_id, position in tx.connection.execute(_CUT_OFF_PARTS).all():
            self.note_uncertain(tx, parcel_id, position)
        return tx.connection.execute(_WRITTEN).scalars().all()

    def grant_line(self, tx: Transaction, parcel: Parcel, now: datetime, *, most: int, every: float) -> bool:
        since = now - timedelta(seconds=every)
        told = tx.connection.execute(_TOLD_SINCE, {"of_chat": parcel.chat, "since": since}).scalars().all()
        if parcel.id not in told:
            if len(told) >= most:
                return False
            tx.connection.execute(_TELL, {"of_parcel": parcel.id, "told": now})
        return True


def _part(parcel_id: str, index: int) -> dict[str, Any]:
    return {"of_parcel": parcel_id, "of_position": index}


def _make_sure(tx: Transaction, parcel: Parcel) -> None:
    if tx.connection.execute(_IS_THERE, {"of_parcel": parcel.id}).scalar() is None:
        _add(tx, replace(parcel, posted=()))


def _add(tx: Transaction, parcel: Parcel) -> None:
    tx.connection.execute(
        _ADD,
        {
            "parcel_id": parcel.id,
            "session_id": parcel.session_id,
            "chat": parcel.chat,
            "state": _state(parcel),
            "created_at": parcel.created_at,
            "asked_at": parcel.asked_at,
            "address": json.dumps(asdict(parcel.address)),
            "text": parcel.text,
        },
    )
    for index, message_id in enumerate(parcel.posted):
        _post(tx, parcel.id, index, PartState.SENT, message_id)


def _post(tx: Transaction, parcel_id: str, index: int, state: PartState, message_id: str = "") -> None:
    part = {
        "parcel_id": parcel_id,
        "position": index,
        "message_id": message_id,
        "state": state,
        "interrupted": 0,
    }
    tx.connection.execute(_POST, part)


def _state(parcel: Parcel) -> ParcelState:
    return ParcelState.OPEN if parcel.text is None else ParcelState.NEW


def _parcel(row: Row[*tuple[Any, ...]]) -> Parcel:
    address = json.loads(row.address)
    return Parcel(
        id=row.parcel_id,
        session_id=row.session_id,
        address=Address(**{**address, "chat_kind": ChatKind(address["chat_kind"])}),
        created_at=row.created_at,
        text=row.text,
        asked_at=row.asked_at,
    )
