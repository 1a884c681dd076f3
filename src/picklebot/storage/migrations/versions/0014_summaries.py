"""A conversation may go on from a summary of what was said before.

Revision 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the columns: so far nothing was summed up."""
    op.add_column("sessions", sa.Column("summary_seq", sa.Integer()))
    op.add_column("history", sa.Column("through", sa.Integer()))
