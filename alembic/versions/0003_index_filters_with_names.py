"""Index single-valued filters with the order of names, so that a filtered list is read in order and not sorted."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FILTERS = {
    "compounds": ["compound_class"],
    "conditions": ["condition_class"],
    "glossary": ["letter"],
    "hormones": ["hormone_class"],
    "interactions": ["effect", "kind", "object", "predicate", "severity", "status", "subject"],
    "peptides": ["peptide_class"],
    "processes": ["process_class"],
    "proteins": ["protein_class"],
    "protocols": ["goal"],
    "sources": ["source_type", "tier", "year"],
    "tissues": ["tissue_class"],
}


def upgrade() -> None:
    for table, filters in FILTERS.items():
        for name in filters:
            op.drop_index(op.f(f"ix_{table}_{name}"), table)
            op.create_index(op.f(f"ix_{table}_{name}_sort_name_key"), table, [name, "sort_name", "key"])


def downgrade() -> None:
    for table, filters in FILTERS.items():
        for name in filters:
            op.drop_index(op.f(f"ix_{table}_{name}_sort_name_key"), table)
            op.create_index(op.f(f"ix_{table}_{name}"), table, [name])
