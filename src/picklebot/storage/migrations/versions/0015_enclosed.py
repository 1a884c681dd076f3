"""A history names the files that came with an answer.

Revision 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column: what came with earlier answers is in the folders of their sessions."""
    op.add_column("history", sa.Column("files", sa.Text()))
