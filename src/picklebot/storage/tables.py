"""The tables, as one MetaData for SQLite and PostgreSQL. A change here needs a migration beside it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from picklebot.storage.columns import CleanText, UtcTime, growing

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A partial index serves only queries that repeat its condition word for word, so index and query share these.
# On PostgreSQL the migrations make the same indexes partial; to name its option here as well would load its
# dialects into every gateway.
UNFINISHED = text("state IN ('accepted', 'running')")
FAILED = text("state = 'failed'")
OWED = text("state IN ('new', 'uncertain')")
WRITTEN = text("state = 'open'")
EXPIRED = text("state = 'expired'")
TOLD = text("told_at IS NOT NULL")
BY_USER = text("role = 'user'")

meta = Table(
    "meta",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("value", CleanText, nullable=False),
)

bindings = Table(
    "bindings",
    metadata,
    Column("platform", CleanText, nullable=False),
    Column("key", CleanText, nullable=False),
    Column("session_id", CleanText, nullable=False, index=True),
    Column("origin", CleanText, nullable=False),
    PrimaryKeyConstraint("platform", "key"),
)
"""What each key is bound to now. The id may name a session that is not there yet."""

binding_history = Table(
    "binding_history",
    metadata,
    Column("revision", growing(), primary_key=True, autoincrement=True),
    Column("platform", CleanText, nullable=False),
    Column("key", CleanText, nullable=False),
    Column("session_id", CleanText),
    Column("origin", CleanText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "platform", "key", "revision"),
    sqlite_autoincrement=True,  # a revision is never used twice, also not after rows were deleted
)
"""Every change of a binding; session_id is NULL where it ended."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("agent", CleanText, nullable=False),
    Column("platform", CleanText, nullable=False),
    Column("speaker", CleanText, nullable=False),
    Column("mode", CleanText, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_message_at", UtcTime),
    Column("active_at", UtcTime, nullable=False, index=True),
    Column("message_count", Integer, nullable=False),
    Column("user_total", Integer, nullable=False),
    Column("first_user_seq", Integer),
    Column("model", CleanText, nullable=False, server_default=""),
    Column("verbose", Integer, nullable=False, server_default="0"),
    Column("agent_chosen", Integer, nullable=False, server_default="0"),
    Column("summary_seq", Integer),
    Index(None, "platform", "speaker", "active_at"),
    Index(None, "agent", "active_at"),
)
"""active_at is the last message's time, else the creation's. The counters spare every count of the history.
summary_seq is the row of the summary that its agent goes on from."""

history = Table(
    "history",
    metadata,
    Column("session_id", CleanText, ForeignKey("sessions.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("role", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("agent", CleanText, nullable=False),
    Column("turn", CleanText, nullable=False),
    Column("payload", CleanText),
    Column("taken_back", UtcTime),
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("through", Integer),
    Column("files", CleanText),
    PrimaryKeyConstraint("session_id", "seq"),
    Index("ix_history_user_turn", "session_id", "turn", sqlite_where=BY_USER),
)
"""seq counts each session's rows from 1. taken_back is when the speaker took the row back: then nobody reads it.
through is the last row that a summary sums up. files are paths in the session's folder, as JSON."""

inbox = Table(
    "inbox",
    metadata,
    Column("arrival", growing(), primary_key=True, autoincrement=True),
    Column("job_id", CleanText, nullable=False),
    Column("update_key", CleanText, nullable=False),
    Column("message_key", CleanText, nullable=False),
    Column("session_id", CleanText, nullable=False),
    Column("state", CleanText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("accepted_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("job", CleanText, nullable=False),
    Column("amended", Integer, nullable=False, server_default="0"),
    UniqueConstraint("job_id"),
    UniqueConstraint("update_key"),
    UniqueConstraint("message_key"),
    Index("ix_inbox_unfinished", "arrival", sqlite_where=UNFINISHED),
    Index("ix_inbox_failed", "session_id", "arrival", sqlite_where=FAILED),
)
"""job is JSON in ASCII, so it gives back the very text that came, whatever was in it. amended is 1 where more was
said to it later."""

outbox = Table(
    "outbox",
    metadata,
    Column("number", growing(), primary_key=True, autoincrement=True),
    Column("parcel_id", CleanText, nullable=False),
    Column("session_id", CleanText, nullable=False),
    Column("chat", CleanText, nullable=False, server_default=""),
    Column("state", CleanText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("asked_at", UtcTime),
    Column("told_at", UtcTime),
    Column("settled_at", UtcTime),
    Column("address", CleanText, nullable=False),
    Column("text", CleanText),
    Column("buttons", CleanText),
    Column("files", CleanText),
    UniqueConstraint("parcel_id"),
    Index("ix_outbox_owed", "chat", "number", sqlite_where=OWED),
    Index("ix_outbox_written", "number", sqlite_where=WRITTEN),
    Index("ix_outbox_expired", "session_id", "number", sqlite_where=EXPIRED),
    Index("ix_outbox_told", "chat", "told_at", sqlite_where=TOLD),
)
"""address is JSON. It may hold an interaction's token, a secret of short life: never log a row of this.

buttons is JSON, too: rows of labels and handles; so is files: paths and sizes. told_at is when the chat was granted
a line in the place of a parcel that came too late.
"""

posted = Table(
    "posted",
    metadata,
    Column("parcel_id", CleanText, ForeignKey("outbox.parcel_id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("message_id", CleanText, nullable=False),
    Column("state", CleanText, nullable=False, server_default="sent"),
    Column("interrupted", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("parcel_id", "position"),
)
"""The parts of a parcel, counted from 0; below that is what stands beside them (see `model.parcel`). message_id is
empty until one is known; interrupted counts sends that may have arrived unseen."""

notices = Table(
    "notices",
    metadata,
    Column("subject", CleanText, primary_key=True),
    Column("at", UtcTime, nullable=False),
)

choices = Table(
    "choices",
    metadata,
    Column("handle", CleanText, primary_key=True),
    Column("parcel_id", CleanText, nullable=False, index=True),
    Column("chat", CleanText, nullable=False),
    Column("user_id", CleanText, nullable=False),
    Column("label", CleanText, nullable=False),
    Column("command", CleanText, nullable=False),
    Column("args", CleanText, nullable=False),
    Column("aside", Integer, nullable=False),
    Column("until", UtcTime, nullable=False, index=True),
    Column("decided", CleanText, nullable=False),
)
"""What chats may choose from. decided is the label of what was chosen of the parcel's choices, empty until then."""

adapter_memory = Table(
    "adapter_memory",
    metadata,
    Column("platform", CleanText, nullable=False),
    Column("topic", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("value", CleanText, nullable=False),
    PrimaryKeyConstraint("platform", "topic", "name"),
)
"""What an adapter has to know after a restart, such as how far each channel was read."""

turn_steps = Table(
    "turn_steps",
    metadata,
    Column("number", growing(), primary_key=True, autoincrement=True),
    Column("turn", CleanText, nullable=False, index=True),
    Column("call_id", CleanText, nullable=False),
    Column("tool", CleanText, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("arguments", CleanText, nullable=False),
    Column("state", CleanText, nullable=False),
    Column("result", CleanText, nullable=False),
    Column("repeatable", Integer, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
)
"""Every call of a tool, kept before it begins and when it has ended. It goes with its turn's message."""

pairings = Table(
    "pairings",
    metadata,
    Column("platform", CleanText, nullable=False),
    Column("user_id", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("digest", CleanText, nullable=False),
    Column("until", UtcTime, nullable=False),
    PrimaryKeyConstraint("platform", "user_id"),
)
"""Strangers that have a code; digest is all that is kept of it."""

list_edits = Table(
    "list_edits",
    metadata,
    Column("number", growing(), primary_key=True, autoincrement=True),
    Column("path", CleanText, nullable=False),
    Column("item", CleanText, nullable=False),
    Column("present", Integer, nullable=False),
    sqlite_autoincrement=True,  # a number that was written is never used for another edit
)
"""Ids that are to come into lists of config.runtime.yaml, or to go, until it is written."""

quotas = Table(
    "quotas",
    metadata,
    Column("speaker", CleanText, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("messages", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("microdollars", BigInteger, nullable=False),
    PrimaryKeyConstraint("speaker"),
)
"""What each account used of the day that began at since; empty where no quotas are set."""

identities = Table(
    "identities",
    metadata,
    Column("platform", CleanText, nullable=False),
    Column("user_id", CleanText, nullable=False),
    Column("person", CleanText, nullable=False, index=True),
    PrimaryKeyConstraint("platform", "user_id"),
)
"""Who is one person in several places; whoever speaks from one place alone is not here."""

link_offers = Table(
    "link_offers",
    metadata,
    Column("platform", CleanText, nullable=False),
    Column("user_id", CleanText, nullable=False),
    Column("digest", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("address", CleanText, nullable=False),
    Column("until", UtcTime, nullable=False),
    PrimaryKeyConstraint("platform", "user_id"),
    UniqueConstraint("digest"),
)
"""Codes that are out; digest is all that is kept of one, and address, as JSON, tells where it was made."""

file_links = Table(
    "file_links",
    metadata,
    Column("digest", CleanText, primary_key=True),
    Column("session_id", CleanText, nullable=False, index=True),
    Column("path", CleanText, nullable=False),
    Column("until", UtcTime, nullable=False, index=True),
)
"""Files that whoever has a link may fetch until then; digest is all that is kept of the link."""

removed_sessions = Table(
    "removed_sessions",
    metadata,
    Column("session_id", CleanText, primary_key=True),
)
"""Sessions that are gone from here and may have files still, until those are gone, too."""
