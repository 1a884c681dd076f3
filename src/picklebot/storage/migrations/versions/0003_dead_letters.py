"""Failed messages are found without reading all that was ever accepted.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_FAILED = sa.text("state = 'failed'")


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_inbox_failed",
        "inbox",
        ["session_id", "arrival"],
        sqlite_where=_FAILED,
        postgresql_where=_FAILED,
    )
