"""Settings, from `ENDOATLAS_*` environment variables."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How the service is run. Every field is read from `ENDOATLAS_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="ENDOATLAS_", frozen=True, extra="ignore")

    database_url: str = Field(
        "sqlite:///var/endoatlas.db",
        description="The store: `sqlite:///path` or `postgresql://user:password@host/database`.",
    )
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    body_limit: int = Field(1_048_576, ge=1024, description="Largest request body, in bytes.")
    cache_bytes: int = Field(
        67_108_864, ge=0, description="How much the response cache may hold in each worker, in bytes; 0 for none."
    )
    busy_timeout: float = Field(
        5.0, gt=0, description="How long to wait for a lock, a connection or, on PostgreSQL, a query, in seconds."
    )


def project_folder(name: str) -> Path:
    """A folder of the project (`alembic`, `seed_data`): inside the installed package, or beside it in a checkout."""
    here = Path(__file__).resolve().parent
    packaged = here / name
    return packaged if packaged.is_dir() else here.parent / name
