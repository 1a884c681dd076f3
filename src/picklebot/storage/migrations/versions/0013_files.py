"""Agents write files, which go with their answers.

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Keep which files an answer has, the links to some of them, and whose are to be removed."""
    op.add_column("outbox", sa.Column("files", sa.Text()))
    op.create_table(
        "file_links",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("digest", "session_id", "path")),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_file_links"),
    )
    op.create_index("ix_file_links_session_id", "file_links", ["session_id"])
    op.create_index("ix_file_links_until", "file_links", ["until"])
    op.create_table(
        "removed_sessions",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_removed_sessions"),
    )
