"""What is owed to chats, kept until it arrived."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Insert,
    Row,
    Table,
    bindparam,
    case,
    func,
    literal,
    select,
    union_all,
    update,
)

from picklebot.model.choice import Button, Buttons
from picklebot.model.enclosure import Enclosure
from picklebot.model.message import Address
from picklebot.model.parcel import CALL, FILES, STATUS, Parcel, ParcelState, PartState
from picklebot.model.plain import plain
from picklebot.ports.storage import Transaction
from picklebot.storage.prepared import Prepared
from picklebot.storage.tables import OWED, TOLD, WRITTEN, outbox, posted

_OF_PARCEL = outbox.c.parcel_id == bindparam("of_parcel")
_OF_CHAT = outbox.c.chat == bindparam("of_chat")
_OF_PART = (
    posted.c.parcel_id == bindparam("of_parcel"),
    posted.c.position == bindparam("of_position"),
)
_IS_THERE = Prepared(select(literal(1)).where(_OF_PARCEL))


def _or_complete(insert: Callable[[Table], Any]) -> Insert:
    adding = insert(outbox)
    new = adding.excluded
    # The number too: a line may stand for an answer before those to earlier messages are complete.
    names = ("number", "state", "text", "created_at", "asked_at", "files")
    changes = {name: new[name] for name in names}
    return adding.on_conflict_do_update(index_elements=["parcel_id"], set_=changes)


def _or_send_again(insert: Callable[[Table], Any]) -> Insert:
    # A send that begins while the last one's end is unknown is one more that may have arrived unseen.
    more = case((posted.c.state == PartState.SENDING, 1), else_=0)
    changes = {"state": PartState.SENDING, "interrupted": posted.c.interrupted + more}
    return insert(posted).on_conflict_do_update(index_elements=["parcel_id", "position"], set_=changes)


_PUT = Prepared(_or_complete)
_SETTLE = Prepared(
    update(outbox).where(_OF_PARCEL).values(state=bindparam("new_state"), settled_at=bindparam("settled"))
)
_FORGET = update(outbox).where(_OF_PARCEL).values(address=bindparam("without_handle"))
_DOUBT = (
    update(outbox).where(_OF_PARCEL, outbox.c.state == ParcelState.NEW).values(state=ParcelState.UNCERTAIN)
)
_SEND = Prepared(_or_send_again)
_POST = Prepared(lambda insert: insert(posted).on_conflict_do_nothing())
_SENT = Prepared(
    update(posted).where(*_OF_PART).values(state=PartState.SENT, message_id=bindparam("new_message"))
)
_NOT_SENT = update(posted).where(*_OF_PART).values(state=PartState.NEW)
_ADOPT = update(posted).where(*_OF_PART).values(position=0)
_CUT_OFF = {"state": PartState.UNCERTAIN, "interrupted": posted.c.interrupted + 1}
_UNCERTAIN = update(posted).where(*_OF_PART).values(_CUT_OFF)
_PARTS = (
    select(posted.c.position, posted.c.message_id, posted.c.state, posted.c.interrupted)
    .where(posted.c.parcel_id == bindparam("of_parcel"))
    .order_by(posted.c.position)
)
_TEXT = select(outbox.c.text).where(_OF_PARCEL)
_FILES = select(outbox.c.files).where(_OF_PARCEL)
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
        _PUT.run(tx, **_row(parcel))
        for index, message_id in enumerate(parcel.posted):
            _POST.run(tx, **_part(parcel.id, index, PartState.SENT, message_id))
        if parcel.calls:
            _POST.run(tx, **_part(parcel.id, CALL, PartState.NEW))

    def note_sending(self, tx: Transaction, parcel: Parcel, index: int) -> None:
        self._make_sure(tx, parcel)
        _SEND.run(tx, **_part(parcel.id, index, PartState.SENDING))

    def note_posted(self, tx: Transaction, parcel: Parcel, index: int, message_id: str) -> None:
        if not _SENT.run(tx, of_parcel=parcel.id, of_position=index, new_message=message_id):
            self._make_sure(tx, parcel)
            _POST.run(tx, **_part(parcel.id, index, PartState.SENT, message_id))

    def note_not_sent(self, tx: Transaction, parcel_id: str, index: int) -> None:
        tx.connection.execute(_NOT_SENT, {"of_parcel": parcel_id, "of_position": index})

    def note_uncertain(self, tx: Transaction, parcel_id: str, index: int) -> None:
        tx.connection.execute(_UNCERTAIN, {"of_parcel": parcel_id, "of_position": index})
        tx.connection.execute(_DOUBT, {"of_parcel": parcel_id})

    def settle(self, tx: Transaction, parcel: Parcel, state: ParcelState, now: datetime) -> None:
        _SETTLE.run(tx, of_parcel=parcel.id, new_state=state, settled=now)
        if parcel.address.interaction is not None:
            # The handle of a slash command is a secret, and serves nobody once its answer is settled.
            bare = json.dumps(plain(replace(parcel.address, interaction=None)))
            tx.connection.execute(_FORGET, {"of_parcel": parcel.id, "without_handle": bare})

    def parts(self, tx: Transaction, parcel: Parcel) -> Parcel:
        rows = tx.connection.execute(_PARTS, {"of_parcel": parcel.id}).all()
        parts = [row for row in rows if row.position >= 0]
        doubtful = {row.position for row in parts if row.interrupted or row.state == PartState.SENDING}
        return replace(
            parcel,
            posted=tuple(row.message_id for row in parts if row.message_id),
            uncertain=frozenset(doubtful),
            status=next((row.message_id for row in rows if row.position == STATUS), None),
            calls=any(row.position == CALL and row.state == PartState.NEW for row in rows),
            files=_followed(parcel.files, rows),
        )

    def adopt(self, tx: Transaction, parcel: Parcel) -> None:
        known = self.parts(tx, parcel)
        if known.status and not (known.posted or known.uncertain):
            tx.connection.execute(_ADOPT, {"of_parcel": parcel.id, "of_position": STATUS})

    def has(self, tx: Transaction, parcel_id: str) -> bool:
        return _IS_THERE.row(tx, of_parcel=parcel_id) is not None

    def text(self, tx: Transaction, parcel_id: str) -> str | None:
        return tx.connection.execute(_TEXT, {"of_parcel": parcel_id}).scalar()

    def files(self, tx: Transaction, parcel_id: str) -> Sequence[Enclosure]:
        return _enclosed(tx.connection.execute(_FILES, {"of_parcel": parcel_id}).scalar())

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

    def _make_sure(self, tx: Transaction, parcel: Parcel) -> None:
        """The parcel has a row, which its parts belong to."""
        if not self.has(tx, parcel.id):
            self.put(tx, replace(parcel, posted=()))


def _row(parcel: Parcel) -> dict[str, Any]:
    return {
        "parcel_id": parcel.id,
        "session_id": parcel.session_id,
        "chat": parcel.chat,
        "state": ParcelState.OPEN if parcel.text is None else ParcelState.NEW,
        "created_at": parcel.created_at,
        "asked_at": parcel.asked_at,
        "address": json.dumps(plain(parcel.address)),
        "text": parcel.text,
        "buttons": _dump(parcel.buttons),
        "files": json.dumps([[it.path, it.size] for it in parcel.files]) if parcel.files else None,
    }


def _part(parcel_id: str, index: int, state: PartState, message_id: str = "") -> dict[str, Any]:
    return {
        "parcel_id": parcel_id,
        "position": index,
        "message_id": message_id,
        "state": state,
        "interrupted": 0,
    }


def _parcel(row: Row[*tuple[Any, ...]]) -> Parcel:
    return Parcel(
        id=row.parcel_id,
        session_id=row.session_id,
        address=Address.load(json.loads(row.address)),
        created_at=row.created_at,
        text=row.text,
        asked_at=row.asked_at,
        buttons=_load(row.buttons),
        files=_enclosed(row.files),
    )


def _dump(buttons: Buttons) -> str | None:
    return json.dumps([[astuple(button) for button in row] for row in buttons]) if buttons else None


def _load(text: str | None) -> Buttons:
    return tuple(tuple(Button(*button) for button in row) for row in json.loads(text)) if text else ()


def _enclosed(text: str | None) -> tuple[Enclosure, ...]:
    return tuple(Enclosure(*facts) for facts in json.loads(text)) if text else ()


def _followed(files: tuple[Enclosure, ...], rows: Sequence[Row[Any]]) -> tuple[Enclosure, ...]:
    """The files with what became of each."""
    if not files:
        return ()
    known = {FILES - row.position: row for row in rows if row.position <= FILES}
    return tuple(
        replace(
            file,
            begun=True,
            interrupted=known[index].interrupted,
            arrived=known[index].state == PartState.SENT,
        )
        if index in known
        else file
        for index, file in enumerate(files)
    )
