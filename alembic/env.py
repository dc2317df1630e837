"""Runs migrations on the connection that `endoatlas load` hands over, or on ENDOATLAS_DATABASE_URL."""

from alembic import context
from app.db import metadata, writing_engine
from app.settings import Settings


def run(connection: object) -> None:
    """Migrate over an open connection."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)  # type: ignore[arg-type]  # alembic hands attributes over untyped
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    settings = Settings()
    with writing_engine(settings.database_url, settings.busy_timeout).begin() as opened:
        run(opened)
