"""What is asked for most, answered without FastAPI: a record by its key, and a page of a list.

Routing, dependencies and validation in FastAPI take longer than the store does. Here only what is plainly right is
answered; whatever is not (an error, a name instead of a key, a parameter unknown or given twice) is left to the routes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import parse_qsl

from pydantic import ValidationError
from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from app import db
from app.answers import RawHeaders
from app.deps import answer
from app.errors import ProblemError
from app.paging import ListQuery, is_list, list_page, list_query, next_link, whole_page
from app.resource import Resource
from app.store import SERVED, Store

DOCUMENT = select(db.records.c.document, SERVED).where(db.records.c.key == bindparam("key"))
THREADS = {"sqlite": 2, "postgresql": 8}
"""Threads that read at once. On SQLite, where none waits for long, more of them only wait for each other and for the
interpreter: with twenty, a third as many lists a second were measured."""
QUICK = re.compile(rb"((limit|cursor|sort)=[^&]*(&|$))*")
"""Queries of a page that is read off an index, whatever the store holds."""


@dataclass(frozen=True)
class Direct:
    """An answer's parts, as a route would give them, and the route's template."""

    headers: RawHeaders
    body: bytes
    template: str


class DirectRoutes:
    """The lists and records of some resources over a store."""

    def __init__(self, store: Store, resources: tuple[Resource, ...]) -> None:
        self.store = store
        self.threads = ThreadPoolExecutor(THREADS[store.engine.dialect.name], "direct")
        self._embedded = store.engine.dialect.name == "sqlite"
        self._lists = {f"/v1/{resource.name}": (resource, list_query(resource)) for resource in resources}

    def takes(self, path: str, query: bytes) -> bool:
        """Whether `find` may know the answer: so cheap to say that it need not leave the event loop."""
        return path in self._lists or (not query and path.rpartition("/")[0] in self._lists)

    def is_quick(self, path: str, query: bytes) -> bool:
        """Whether a hop to a thread would take longer than `find`: there is no server to wait for, and no count."""
        return (
            self._embedded
            and self.takes(path, query)
            and self.store.has_connections
            and QUICK.fullmatch(query) is not None
        )

    def find(self, path: str, query: bytes) -> Direct | None:
        """The answer; `None` where a route has to give it, or say why not. Reads the store, so it may take its time."""
        listed = self._lists.get(path)
        try:
            return self._record(path) if listed is None else self._page(path, query, *listed)
        except (ProblemError, ValidationError, SQLAlchemyError, self.store.driver_error):
            return None

    def _record(self, path: str) -> Direct | None:
        key = path.removeprefix("/v1/")
        for document, release in self.store.rows(DOCUMENT, {"key": key}) if "\0" not in key else ():
            if release is not None:
                given = answer(document, release)
                return Direct(given.raw_headers, bytes(given.body), f"{path.rpartition('/')[0]}/{{slug}}")
        return None

    def _page(self, path: str, query: bytes, resource: Resource, model: type[ListQuery]) -> Direct | None:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        values = _values(pairs, model)
        if values is None:
            return None
        asked = model.model_validate(values)
        if QUICK.fullmatch(query) is not None:
            page = whole_page(self.store, resource, asked)
        else:
            with self.store.read() as reading:
                page = list_page(reading, resource, asked)
        if page is None:
            return None
        given = answer(page.body, page.release, next_link(path, pairs, page.cursor))
        return Direct(given.raw_headers, bytes(given.body), path)


def _values(pairs: list[tuple[str, str]], model: type[ListQuery]) -> Mapping[str, str | list[str]] | None:
    """Parameters by name; `None` where one is unknown, or given more often than it may be."""
    values: dict[str, str | list[str]] = {}
    for name, value in pairs:
        field = model.model_fields.get(name)
        if field is None:
            return None
        if is_list(field.annotation):
            several = values.setdefault(name, [])
            assert isinstance(several, list)
            several.append(value)
        elif name in values:
            return None
        else:
            values[name] = value
    return values
