"""What turns do with their tools is kept, so that a turn that runs again does not do it twice.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make its table."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    texts = ("turn", "call_id", "tool", "kind", "arguments", "state", "result")
    op.create_table(
        "turn_steps",
        sa.Column("number", number, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("repeatable", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number", name="pk_turn_steps"),
    )
    op.create_index("ix_turn_steps_turn", "turn_steps", ["turn"])
