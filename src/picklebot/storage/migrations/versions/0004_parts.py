"""A part of a parcel has a state, and the outbox is read chat by chat.

Revision 0004, after 0003.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_OWED = sa.text("state IN ('new', 'uncertain')")
_WRITTEN = sa.text("state = 'open'")
_TOLD = sa.text("told_at IS NOT NULL")


def upgrade() -> None:
    """Add the columns, name the chats of what is there, and index by them."""
    op.drop_index("ix_outbox_owed", "outbox")
    op.add_column("outbox", sa.Column("chat", sa.Text(), nullable=False, server_default=""))
    for name in ("asked_at", "told_at", "settled_at"):
        op.add_column("outbox", sa.Column(name, sa.BigInteger()))
    op.add_column("posted", sa.Column("state", sa.Text(), nullable=False, server_default="sent"))
    op.add_column("posted", sa.Column("interrupted", sa.Integer(), nullable=False, server_default="0"))
    _name_chats()
    _make_index("owed", ["chat", "number"], _OWED)
    _make_index("written", ["number"], _WRITTEN)
    _make_index("told", ["chat", "told_at"], _TOLD)


def _make_index(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(f"ix_outbox_{name}", "outbox", columns, sqlite_where=where, postgresql_where=where)


def _name_chats() -> None:
    """Only of what may still be delivered; what has arrived is never looked for by its chat."""
    unsettled = sa.text("SELECT number, address FROM outbox WHERE state IN ('open', 'new')")
    name = sa.text("UPDATE outbox SET chat = :chat WHERE number = :number")
    connection = op.get_bind()
    for number, address in connection.execute(unsettled).all():
        found = json.loads(address)
        chat = f"{found['platform']}:{found['bot_id']}:{found['chat_id']}"
        connection.execute(name, {"chat": chat, "number": number})
