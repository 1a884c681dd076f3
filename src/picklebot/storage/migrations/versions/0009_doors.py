"""Strangers may have a code, and what follows from its approval is written into the operators' file.

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Keep who waits with a code, and the edits that the file lacks."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    texts = ("platform", "user_id", "name", "digest")
    op.create_table(
        "pairings",
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "user_id", name="pk_pairings"),
    )
    op.create_table(
        "list_edits",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_list_edits"),
        sqlite_autoincrement=True,
    )
