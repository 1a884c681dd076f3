"""Sessions know what their speakers chose; messages may be taken back, and say what they cost.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns: nothing was chosen, taken back or counted so far."""
    op.add_column("sessions", sa.Column("model", sa.Text(), nullable=False, server_default=""))
    for name in ("verbose", "agent_chosen"):
        op.add_column("sessions", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("history", sa.Column("taken_back", sa.BigInteger()))
    for name in ("input_tokens", "output_tokens"):
        op.add_column("history", sa.Column(name, sa.Integer()))
