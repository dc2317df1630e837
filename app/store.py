"""Reading the store: each request sees one release in one snapshot transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, Row, Select, bindparam, func, select
from sqlalchemy.sql.compiler import SQLCompiler

from app import db
from app.errors import ProblemError

store_seconds: ContextVar[list[float] | None] = ContextVar("store_seconds", default=None)
"""Where reads add the seconds they took, for the `Server-Timing` of the request they belong to."""


LATEST = select(db.releases).order_by(db.releases.c.sequence.desc()).limit(1)
SERVED = (
    select(db.releases.c.id)
    .where(
        db.releases.c.sequence == select(func.max(db.releases.c.sequence)).scalar_subquery(),
        db.releases.c.layout == bindparam("layout"),
    )
    .scalar_subquery()
)
"""The id of the served release, null where another version wrote its rows: with it among its columns, one statement is
a whole reading."""


@dataclass(frozen=True)
class Reading:
    """One snapshot of the store, and the release it holds."""

    connection: Connection
    release: Row[tuple[object, ...]]
    kept: dict[str, Any]
    """What earlier readings of the same release left for later ones: what takes long to read, by what it is."""

    @property
    def release_id(self) -> str:
        """The id of the release."""
        return str(self.release.id)


@dataclass(frozen=True)
class Store:
    """The store the service reads from."""

    engine: Engine
    layout: str
    """What rows have to be written as for this version to read them."""
    _kept: dict[str, dict[str, Any]] = field(default_factory=dict, compare=False)
    _compiled: dict[Select[Any], tuple[SQLCompiler, dict[str, Any]]] = field(default_factory=dict, compare=False)

    @property
    def has_connections(self) -> bool:
        """Whether a reading need not wait for another to end."""
        pool = self.engine.pool
        return isinstance(pool, QueuePool) and pool.checkedout() < pool.size()

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """A snapshot: whatever is loaded meanwhile, all that is read in it is of one release. Problems name it too."""
        began = time.perf_counter()
        try:
            yield from self._read()
        finally:
            if (seconds := store_seconds.get()) is not None:
                seconds[0] += time.perf_counter() - began

    def rows(self, statement: Select[Any], parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of one statement, of those made once and for all, as the driver gives them.

        A snapshot by itself, so that it needs no transaction: a page takes half the time it takes in `read`. Raises
        `SQLAlchemyError`, or an error of the driver.
        """
        began = time.perf_counter()
        if statement not in self._compiled:
            compiled = statement.compile(self.engine)
            assert isinstance(compiled, SQLCompiler)
            self._compiled[statement] = compiled, {**compiled.params, "layout": self.layout}
        compiled, fixed = self._compiled[statement]
        values = {**fixed, **parameters}
        given = values if compiled.positiontup is None else [values[name] for name in compiled.positiontup]
        connection = self.engine.raw_connection()
        try:
            driver: Any = connection.driver_connection
            rows: list[tuple[Any, ...]] = driver.execute(compiled.string, given).fetchall()
        finally:
            connection.close()
            if (seconds := store_seconds.get()) is not None:
                seconds[0] += time.perf_counter() - began
        return rows

    @property
    def driver_error(self) -> type[Exception]:
        """What the driver raises."""
        driver: Any = self.engine.dialect.loaded_dbapi
        return driver.Error  # type: ignore[no-any-return]  # both drivers have it

    def _read(self) -> Iterator[Reading]:
        with self.engine.connect() as connection, connection.begin():
            release = connection.execute(LATEST).one_or_none()
            if release is None:
                raise _unavailable("The store holds no release yet.")
            if release.layout != self.layout:
                raise _unavailable("The store was loaded by another version of endoatlas than this service runs.")
            kept = self._kept.get(str(release.id))
            if kept is None:
                kept = {}
                self._kept.clear()
                self._kept[str(release.id)] = kept
            try:
                yield Reading(connection, release, kept)
            except ProblemError as problem:
                problem.headers.setdefault("knowledge-release", str(release.id))
                raise


def _unavailable(detail: str) -> ProblemError:
    headers = {"retry-after": "5"}
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "store-unavailable", detail, headers=headers)
