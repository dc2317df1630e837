"""What is asked for most, answered without FastAPI: a record by its key, a page of a list, search and names.

Routing, dependencies and validation in FastAPI take longer than the store does. Here only what is plainly right is
answered; whatever is not (an error, a name instead of a key, a parameter unknown or given twice) is left to the routes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Response
from pydantic import BaseModel, ValidationError
from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from app import db
from app.answers import RawHeaders
from app.deps import answer
from app.errors import ProblemError
from app.paging import ListQuery, is_list, list_page, list_query, next_link, whole_page
from app.releases import Snapshot
from app.resource import Resource
from app.routers.finding import SearchQuery, SuggestQuery, search_page, suggestions
from app.routers.names import ResolveQuery, resolutions
from app.store import SERVED, Store

DOCUMENT = select(db.records.c.document, SERVED).where(db.records.c.key == bindparam("key"))
THREADS = {"sqlite": 2, "postgresql": 8}
"""Threads that read at once. On SQLite, where none waits for long, more of them only wait for each other and for the
interpreter: with twenty, a third as many lists a second were measured."""
SUGGEST = "/v1/suggest"
QUICK = re.compile(rb"((limit|cursor|sort)=[^&]*(&|$))*")
"""Queries of a page that is read off an index, whatever the store holds."""


@dataclass(frozen=True)
class Direct:
    """An answer's parts, as a route would give them, and the route's template."""

    headers: RawHeaders
    body: bytes
    template: str


class DirectRoutes:
    """The lists and records of some resources over a store, and what finds them."""

    def __init__(self, store: Store, resources: tuple[Resource, ...]) -> None:
        self.store = store
        self.threads = ThreadPoolExecutor(THREADS[store.engine.dialect.name], "direct")
        self._embedded = store.engine.dialect.name == "sqlite"
        self._lists = {f"/v1/{resource.name}": (resource, list_query(resource)) for resource in resources}
        self._models: dict[str, type[BaseModel]] = {path: model for path, (_, model) in self._lists.items()}
        self._models |= {"/v1/search": SearchQuery, SUGGEST: SuggestQuery, "/v1/resolve": ResolveQuery}

    def takes(self, path: str, query: bytes) -> bool:
        """Whether `find` may know the answer: so cheap to say that it need not leave the event loop."""
        return path in self._models or (not query and path.rpartition("/")[0] in self._lists)

    def is_quick(self, path: str, query: bytes) -> bool:
        """Whether a hop to a thread would take longer than `find`: there is no server to wait for, and no count."""
        read_off = self._embedded and self.takes(path, query) and QUICK.fullmatch(query) is not None
        return path == SUGGEST or (read_off and self.store.has_connections)

    def find(self, snapshot: Snapshot, path: str, query: bytes) -> Direct | None:
        """The answer; `None` where a route has to give it, or say why not. Reads the store, so it may take its time."""
        model = self._models.get(path)
        try:
            if model is None:
                template, given = f"{path.rpartition('/')[0]}/{{slug}}", self._record(path)
            else:
                template, given = path, self._answer(snapshot, path, query, model)
        except (ProblemError, ValidationError, SQLAlchemyError, self.store.driver_error):
            return None
        return Direct(given.raw_headers, bytes(given.body), template) if given is not None else None

    def _record(self, path: str) -> Response | None:
        key = path.removeprefix("/v1/")
        for document, release in self.store.rows(DOCUMENT, {"key": key}) if "\0" not in key else ():
            return answer(document, release) if release is not None else None
        return None

    def _answer(self, snapshot: Snapshot, path: str, query: bytes, model: type[BaseModel]) -> Response | None:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        values = _values(pairs, model)
        if values is None:
            return None
        asked = model.model_validate(values)
        match asked:
            case ListQuery():
                return self._page(path, query, pairs, asked)
            case ResolveQuery():
                return resolutions(self.store, asked.name, asked.resource)
            case SearchQuery() if snapshot.indexes.done():
                return search_page(snapshot, asked, pairs)
            case SuggestQuery() if snapshot.indexes.done():
                return suggestions(snapshot, asked)
        return None

    def _page(self, path: str, query: bytes, pairs: Sequence[tuple[str, str]], asked: ListQuery) -> Response | None:
        resource, _ = self._lists[path]
        if QUICK.fullmatch(query) is not None:
            page = whole_page(self.store, resource, asked)
        else:
            with self.store.read() as reading:
                page = list_page(reading, resource, asked)
        return answer(page.body, page.release, next_link(path, pairs, page.cursor)) if page is not None else None


def _values(pairs: Sequence[tuple[str, str]], model: type[BaseModel]) -> Mapping[str, str | list[str]] | None:
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
