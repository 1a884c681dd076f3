"""What each person used of their day.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Keep a row for everybody who used something while quotas are set."""
    numbers = ("since", "messages", "tokens", "microdollars")
    op.create_table(
        "quotas",
        sa.Column("speaker", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in numbers),
        sa.PrimaryKeyConstraint("speaker", name="pk_quotas"),
    )
