"""What waits for its turn may be added to, and changed.

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column: so far every row is as it came."""
    op.add_column("inbox", sa.Column("amended", sa.Integer(), nullable=False, server_default="0"))
