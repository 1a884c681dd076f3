"""Identities on several platforms may be one person.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Keep who is one person, and the codes by which somebody shows it."""
    op.create_table(
        "identities",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("platform", "user_id", "person")),
        sa.PrimaryKeyConstraint("platform", "user_id", name="pk_identities"),
    )
    op.create_index("ix_identities_person", "identities", ["person"])
    op.create_table(
        "link_offers",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("platform", "user_id", "digest", "name", "address")
        ),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "user_id", name="pk_link_offers"),
        sa.UniqueConstraint("digest", name="uq_link_offers_digest"),
    )
