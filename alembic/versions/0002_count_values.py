"""Keep with a release how many records have each value of each filter."""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    binary = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "counts",
        sa.Column("resource", binary, nullable=False),
        sa.Column("field", binary, nullable=False),
        sa.Column("value", binary, nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("resource", "field", "value", name=op.f("pk_counts")),
    )


def downgrade() -> None:
    op.drop_table("counts")
