"""Chats may be given something to choose from.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Keep what is offered, and the buttons of what is owed."""
    texts = ("handle", "parcel_id", "chat", "user_id", "label", "command", "args", "decided")
    op.create_table(
        "choices",
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("aside", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("handle", name="pk_choices"),
    )
    op.create_index("ix_choices_parcel_id", "choices", ["parcel_id"])
    op.create_index("ix_choices_until", "choices", ["until"])
    op.add_column("outbox", sa.Column("buttons", sa.Text()))
