"""Index the counts of values by number, so that the most frequent are read and not sorted."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_counts_resource_field_records_value"), "counts", ["resource", "field", "records", "value"])


def downgrade() -> None:
    op.drop_index(op.f("ix_counts_resource_field_records_value"), "counts")
