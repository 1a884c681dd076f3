"""What came too late is found by its session, for those who ask what became of their messages.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_EXPIRED = sa.text("state = 'expired'")


def upgrade() -> None:
    """Index these few rows."""
    columns = ["session_id", "number"]
    op.create_index("ix_outbox_expired", "outbox", columns, sqlite_where=_EXPIRED, postgresql_where=_EXPIRED)
