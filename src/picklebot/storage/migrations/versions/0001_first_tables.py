"""The first tables.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_GROWING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UNFINISHED = sa.text("state IN ('accepted', 'running')")
_OWED = sa.text("state = 'new'")
_BY_USER = sa.text("role = 'user'")


def upgrade() -> None:
    """Make every table."""
    _make_bindings()
    _make_sessions()
    _make_inbox()
    _make_outbox()


def _make_bindings() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
    op.create_table(
        "bindings",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "key", name="pk_bindings"),
    )
    op.create_index("ix_bindings_session_id", "bindings", ["session_id"])
    op.create_table(
        "binding_history",
        sa.Column("revision", _GROWING, autoincrement=True, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text()),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_binding_history"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_binding_history_platform_key_revision", "binding_history", ["platform", "key", "revision"]
    )


def _make_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_message_at", sa.BigInteger()),
        sa.Column("active_at", sa.BigInteger(), nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("user_total", sa.Integer(), nullable=False),
        sa.Column("first_user_seq", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_active_at", "sessions", ["active_at"])
    op.create_index(
        "ix_sessions_platform_speaker_active_at", "sessions", ["platform", "speaker", "active_at"]
    )
    op.create_index("ix_sessions_agent_active_at", "sessions", ["agent", "active_at"])
    op.create_table(
        "history",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text()),
        sa.PrimaryKeyConstraint("session_id", "seq", name="pk_history"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_history_session_id"),
    )
    op.create_index(
        "ix_history_user_turn",
        "history",
        ["session_id", "turn"],
        sqlite_where=_BY_USER,
        postgresql_where=_BY_USER,
    )


def _make_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("arrival", _GROWING, autoincrement=True, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("update_key", sa.Text(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("arrival", name="pk_inbox"),
        sa.UniqueConstraint("job_id", name="uq_inbox_job_id"),
        sa.UniqueConstraint("update_key", name="uq_inbox_update_key"),
        sa.UniqueConstraint("message_key", name="uq_inbox_message_key"),
    )
    op.create_index(
        "ix_inbox_unfinished", "inbox", ["arrival"], sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED
    )


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("number", _GROWING, autoincrement=True, nullable=False),
        sa.Column("parcel_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.PrimaryKeyConstraint("number", name="pk_outbox"),
        sa.UniqueConstraint("parcel_id", name="uq_outbox_parcel_id"),
    )
    op.create_index(
        "ix_outbox_owed", "outbox", ["created_at", "number"], sqlite_where=_OWED, postgresql_where=_OWED
    )
    op.create_table(
        "posted",
        sa.Column("parcel_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("parcel_id", "position", name="pk_posted"),
        sa.ForeignKeyConstraint(["parcel_id"], ["outbox.parcel_id"], name="fk_posted_parcel_id"),
    )
    op.create_table(
        "notices",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_notices"),
    )
