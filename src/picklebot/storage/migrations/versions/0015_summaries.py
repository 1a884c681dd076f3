"""A conversation may go on from a summary of what was said before.

Revision 0015, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns: so far nothing was summed up."""
    op.add_column("sessions", sa.Column("summary_seq", sa.Integer()))
    op.add_column("history", sa.Column("through", sa.Integer()))
