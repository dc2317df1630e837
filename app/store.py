"""Reading the store: each request sees one release in one snapshot transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy import Connection, Engine, Row, select

from app import db
from app.errors import ProblemError


@dataclass(frozen=True)
class Reading:
    """One snapshot of the store, and the release it holds."""

    connection: Connection
    release: Row[tuple[object, ...]]

    @property
    def release_id(self) -> str:
        """The id of the release."""
        return str(self.release.id)


@dataclass(frozen=True)
class Store:
    """The store the service reads from."""

    engine: Engine

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """A snapshot: whatever is loaded meanwhile, all that is read in it is of one release. Problems name it too."""
        with self.engine.connect() as connection, connection.begin():
            latest = select(db.releases).order_by(db.releases.c.sequence.desc()).limit(1)
            release = connection.execute(latest).one_or_none()
            if release is None:
                raise ProblemError(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    "store-unavailable",
                    "The store holds no release yet.",
                    headers={"retry-after": "5"},
                )
            try:
                yield Reading(connection, release)
            except ProblemError as problem:
                problem.headers.setdefault("knowledge-release", str(release.id))
                raise
