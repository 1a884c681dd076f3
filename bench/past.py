"""People who have talked to the bot before: their sessions and what was said, put into a workspace's database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from picklebot.model.history import HistoryMessage, Role
from picklebot.model.session import Session, SessionMode
from picklebot.ports.storage import Binding, Origin, Transaction
from picklebot.storage.bindings import SqlBindings
from picklebot.storage.database import Database
from picklebot.storage.history import SqlHistory
from picklebot.storage.sessions import SqlSessions

BATCH = 100
SAID = "what would a pickle see if it looked out of its jar at the moon tonight"


async def remember(workspace: Path, people: Sequence[int], messages: int) -> None:
    """Give each of these people a session in which so many messages were said, theirs and the agent's in turn."""
    path = workspace / "data/picklebot.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    async with Database.open(f"sqlite:///{path}") as database:
        for first in range(0, len(people), BATCH):
            await database.write(
                partial(_meet, people=people[first : first + BATCH], messages=_said(messages))
            )


def _said(messages: int) -> list[HistoryMessage]:
    now = datetime.now(UTC)
    return [
        HistoryMessage(Role.ASSISTANT if number % 2 else Role.USER, SAID, now) for number in range(messages)
    ]


def _meet(tx: Transaction, *, people: Sequence[int], messages: Sequence[HistoryMessage]) -> None:
    now = datetime.now(UTC)
    for person in people:
        session_id = str(uuid4())
        SqlSessions().create(
            tx, Session(session_id, "pickle", "telegram", str(person), SessionMode.CHAT, "", now, None)
        )
        SqlBindings().put(tx, "telegram", str(person), Binding(session_id, Origin.SERVICE))
        SqlHistory().append(tx, session_id, messages)
