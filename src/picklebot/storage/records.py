"""What is kept about one speaker. None of this is asked on a message's way, so it may look at many rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, and_, delete, func, insert, or_, select, update

from picklebot.bell import Bell
from picklebot.model.history import HistoryMessage
from picklebot.model.person import Identity
from picklebot.model.session import Session
from picklebot.ports.messages import FORGOTTEN
from picklebot.ports.records import Spent
from picklebot.ports.storage import Transaction
from picklebot.sessions.key import escape
from picklebot.storage.history import every_message
from picklebot.storage.sessions import SqlSessions
from picklebot.storage.tables import (
    BY_USER,
    bindings,
    choices,
    file_links,
    history,
    inbox,
    outbox,
    posted,
    removed_sessions,
    sessions,
    turn_steps,
)

_ARRIVED: Final = ("sent", "parked", "expired")
_ENDED: Final = ("done", "failed")


class SqlRecords:
    """Implements `ports.records.Records`. `removed` rings when sessions were removed, for whoever removes files."""

    def __init__(self) -> None:
        self.removed = Bell()

    def conversations(self, tx: Transaction, speaker: Identity) -> Sequence[Session]:
        ids = tx.connection.execute(_ids(speaker).order_by(sessions.c.active_at.desc())).scalars().all()
        found = (SqlSessions().get(tx, session_id) for session_id in ids)
        return [session for session in found if session is not None]

    def said(self, tx: Transaction, session_id: str) -> Iterator[HistoryMessage]:
        return every_message(tx, session_id)

    def spent(self, tx: Transaction, speaks_as: Sequence[Identity], since: datetime) -> Spent:
        owned = or_(*(history.c.session_id.in_(_ids(each)) for each in speaks_as))
        theirs = and_(owned, history.c.at >= since)
        counted = select(
            func.count(history.c.turn.distinct()).filter(BY_USER),
            func.coalesce(func.sum(history.c.input_tokens), 0),
            func.coalesce(func.sum(history.c.output_tokens), 0),
        ).where(theirs)
        messages, taken_in, given_out = tx.connection.execute(counted).one()
        return Spent(messages, int(taken_in), int(given_out))

    def keys(self, tx: Transaction, speaker: Identity) -> Sequence[str]:
        bound = select(bindings.c.key).where(
            bindings.c.platform == speaker.platform, _begins_with(bindings.c.key, speaker)
        )
        return tx.connection.execute(bound).scalars().all()

    def forget(self, tx: Transaction, speaker: Identity, chat: str) -> int:
        theirs = _ids(speaker)
        turns = select(history.c.turn).where(history.c.session_id.in_(theirs))
        told = select(outbox.c.parcel_id).where(
            outbox.c.state.in_(_ARRIVED),
            or_(outbox.c.session_id.in_(theirs), and_(outbox.c.chat == chat, outbox.c.chat != "")),
        )
        offered = and_(
            choices.c.user_id == speaker.user_id,
            func.substr(choices.c.chat, 1, len(speaker.platform) + 1) == f"{speaker.platform}:",
        )
        run = tx.connection.execute
        run(delete(turn_steps).where(turn_steps.c.turn.in_(turns)))
        run(delete(posted).where(posted.c.parcel_id.in_(told)))
        run(delete(outbox).where(outbox.c.parcel_id.in_(told)))
        run(delete(choices).where(offered))
        run(delete(history).where(history.c.session_id.in_(theirs)))
        run(delete(file_links).where(file_links.c.session_id.in_(theirs)))
        run(delete(removed_sessions).where(removed_sessions.c.session_id.in_(theirs)))
        run(insert(removed_sessions).from_select(["session_id"], theirs))
        forgotten: int = run(delete(sessions).where(sessions.c.id.in_(theirs))).rowcount
        for arrival, bare in list(_bared(tx, speaker)):
            blank = {"job": json.dumps(bare), "state": "done", "reason": FORGOTTEN, "session_id": ""}
            run(update(inbox).where(inbox.c.arrival == arrival).values(blank))
        tx.after_commit(self.removed.ring)
        return forgotten


def _ids(speaker: Identity) -> Any:
    return select(sessions.c.id).where(
        sessions.c.platform == speaker.platform, _begins_with(sessions.c.speaker, speaker)
    )


def _begins_with(key: Column[str], speaker: Identity) -> ColumnElement[bool]:
    """Keys of this very person, anywhere. No LIKE: on SQLite that takes Ann for ann."""
    name = escape(speaker.user_id)
    beginning = func.substr(key, 1, len(name) + 1)
    return or_(key == name, beginning == f"{name}@", beginning == f"{name}#")


def _bared(tx: Transaction, speaker: Identity) -> Iterator[tuple[int, dict[str, Any]]]:
    """The speaker's ended messages, each without what was said and who said it."""
    named = inbox.c.job.contains(f'"user_id": {json.dumps(speaker.user_id)}', autoescape=True)
    rows = select(inbox.c.arrival, inbox.c.job).where(inbox.c.state.in_(_ENDED), named)
    for arrival, dumped in tx.connection.execute(rows):
        job = json.loads(dumped)
        sender, address = job["sender"], job["address"]
        if (address["platform"], sender["user_id"]) != (speaker.platform, speaker.user_id):
            continue
        nothing: dict[str, Any] = {"text": "", "attachments": [], "quotes": [], "parts": [], "origin": ""}
        nobody: dict[str, Any] = {**sender, "user_id": "", "name": "", "memberships": []}
        yield (
            arrival,
            {
                **job,
                **nothing,
                "session_id": "",
                "sums_up": None,
                "sender": nobody,
                "address": {**address, "chat_id": "", "interaction": None},
            },
        )
