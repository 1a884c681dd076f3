"""What is kept under a chat's id, found through whole tables: a chat gets another id once in its life."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, delete, or_, select, union, update

from picklebot.model.message import Address
from picklebot.model.moved import Moved
from picklebot.model.parcel import PartState, chat_of
from picklebot.ports.storage import Transaction
from picklebot.sessions.key import escape, parse_key
from picklebot.storage.tables import OWED, WRITTEN, bindings, outbox, posted, sessions

_HAND_OVER = (
    update(sessions)
    .where(sessions.c.platform == bindparam("of_platform"), sessions.c.speaker == bindparam("before"))
    .values(speaker=bindparam("after"))
)
_OWED_THERE = select(outbox.c.parcel_id, outbox.c.address).where(
    or_(OWED, WRITTEN), outbox.c.chat == bindparam("of_chat")
)
_READDRESS = (
    update(outbox)
    .where(outbox.c.parcel_id == bindparam("of_parcel"))
    .values(address=bindparam("new_address"))
)
_LET_GO = delete(posted).where(posted.c.parcel_id == bindparam("of_parcel"), posted.c.state == PartState.SENT)


class SqlMoves:
    """Implements `ports.moves.MoveStore`."""

    def keys(self, tx: Transaction, platform: str, chat_id: str) -> Sequence[str]:
        def like_one(key: ColumnElement[str]) -> ColumnElement[bool]:
            chat = f"@{escape(chat_id)}"
            return or_(key.endswith(chat, autoescape=True), key.contains(f"{chat}#", autoescape=True))

        bound = select(bindings.c.key).where(bindings.c.platform == platform, like_one(bindings.c.key))
        earlier = select(sessions.c.speaker).where(
            sessions.c.platform == platform, like_one(sessions.c.speaker)
        )
        found = tx.connection.execute(union(bound, earlier)).scalars().all()
        return [key for key in found if parse_key(platform, key).chat == chat_id]

    def hand_over(self, tx: Transaction, platform: str, before: str, after: str) -> None:
        tx.connection.execute(_HAND_OVER, {"of_platform": platform, "before": before, "after": after})

    def readdress(self, tx: Transaction, moved: Moved) -> None:
        # The parcels stay in the line they stand in: who delivers from it just now shall not meet them twice.
        line = chat_of(Address(moved.platform, moved.bot_id, moved.before))
        for parcel_id, address in tx.connection.execute(_OWED_THERE, {"of_chat": line}).all():
            there = {**json.loads(address), "chat_id": moved.after, "thread_id": None, "reply_to": None}
            changed = {"of_parcel": parcel_id, "new_address": json.dumps(there)}
            tx.connection.execute(_READDRESS, changed)
            tx.connection.execute(_LET_GO, {"of_parcel": parcel_id})
