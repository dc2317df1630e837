"""Releases while serving: the one in memory, and the watch that notices when the store holds another."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json
from sqlalchemy import QueuePool, func, select
from sqlalchemy.exc import SQLAlchemyError

from app import db
from app.answers import Answer, finished_headers, tag_of
from app.cache import Cache
from app.errors import ProblemError, StoreError
from app.indexes.edges import Facts
from app.indexes.effects import Reasoner
from app.indexes.graph import Graph
from app.indexes.lexicon import Lexicon, names_of
from app.indexes.search import Entry, SearchIndex, entry_of
from app.indexes.suggest import SuggestIndex
from app.metrics import Measured, Metrics
from app.store import Reading, Store

log = logging.getLogger("endoatlas")
Json = Any
INTERVAL = 1.0
"""Seconds between looks at the store."""
PATIENCE = 5.0
"""Seconds to wait for threads that read the store when the service stops."""
REASONING = 2
"""Requests that reason at once; others wait without a thread."""
HOT = 0.5
"""Share of the cache that a release may fill with record documents before its first request."""


RECORDS = select(db.records.c.key, db.records.c.document).order_by(db.records.c.key)
REFERRED = (
    select(db.links.c.target, func.count().label("referred"))
    .where(db.links.c.via.is_(None))
    .group_by(db.links.c.target)
)


def settle() -> None:
    """After a release was taken in, return what was freed, and spare its own objects garbage collections.

    glibc keeps freed memory for the process otherwise, more with each release; a collection of all that indexes hold
    stops every request for some tenths of a second.
    """
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@dataclass(frozen=True)
class Indexes:
    """What is searched of a release, and reasoned on."""

    search: SearchIndex
    suggest: SuggestIndex
    lexicon: Lexicon
    reasoner: Reasoner
    names: dict[str, str]
    """Names of records by key."""


@dataclass(frozen=True)
class Snapshot:
    """What the process holds of one release. Built beside the one before and swapped in one assignment."""

    release: str
    cache: Cache
    indexes: Future[Indexes]
    flights: dict[object, asyncio.Task[Answer]] = field(default_factory=dict)
    """Answers being computed now, so that simultaneous misses compute one."""
    reasoning: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REASONING))
    """What reasons passes here, so that it does not take every thread."""
    taken_in: float = field(default_factory=time.time)


def _indexes(reading: Reading) -> Indexes:
    referred = {row.target: row.referred for row in reading.connection.execute(REFERRED)}
    kept: list[Entry] = []
    spoken: list[Json] = []
    facts = Facts()

    def entries() -> Iterator[Entry]:
        """One record after the other, of which only what other indexes need is kept: all may be more than fits."""
        with reading.connection.execution_options(yield_per=500).execute(RECORDS) as rows:
            for row in rows:
                data = from_json(row.document)
                facts.take(data)
                entry = entry_of(data, referred.get(row.key, 0))
                kept.append(entry._replace(summary="", texts=()))
                spoken.append({part: data.get(part) for part in ("id", "name", "synonyms", "entity")})
                yield entry

    search = SearchIndex(entries())
    names = {entry.key: entry.name for entry in kept}
    return Indexes(search, SuggestIndex(kept), Lexicon(names_of(spoken)), Reasoner(Graph(facts)), names)


class Releases:
    """The release that is served. `refresh` looks at the store once; `start` keeps looking in a thread."""

    def __init__(self, store: Store, metrics: Metrics, cache_bytes: int) -> None:
        self.store, self.metrics, self.cache_bytes = store, metrics, cache_bytes
        self.problem: str | None = None
        """Why the store could not be read when last looked at; `None` where it could."""
        self.closing = False
        """Whether the server is about to stop: answers then ask clients to close their connections."""
        self.stale = False
        """Whether the snapshot has to be built anew although the release is the same."""
        self._evicted_before = 0
        self._wake, self._stopped = threading.Event(), False
        with store.read() as reading:
            self.current = Snapshot(reading.release_id, self._warm_cache(reading), Future())
        self._threads = [threading.Thread(target=self._index_first, name="indexes", daemon=True)]
        self._threads[0].start()
        metrics.measure = self._measure

    def _warm_cache(self, reading: Reading) -> Cache:
        """A cache with record documents in it, as many as fit."""
        cache = Cache(self.cache_bytes)
        with reading.connection.execution_options(yield_per=500).execute(RECORDS) as rows:
            for row in rows:
                if cache.size > self.cache_bytes * HOT:
                    break
                body = bytes(row.document)
                given = [(b"knowledge-release", reading.release_id.encode()), (b"content-type", b"application/json")]
                path = f"/v1/{row.key}"
                headers = finished_headers(given, path, tagged=True)
                route = self.metrics.route(f"/v1/{row.key.split('/')[0]}/{{slug}}")
                kept = Answer(200, headers, body, route, tag_of(body))
                cache.put(cache.key(path, b"", b"", None), kept)
        return cache

    @staticmethod
    def _index(reading: Reading) -> Indexes:
        gc.disable()  # collections among all that is being built would take as long as building it
        try:
            return _indexes(reading)
        finally:
            gc.enable()

    def _index_first(self) -> None:
        """Build the first release's indexes while its records are served already. A later release is built whole."""
        first = self.current
        try:
            with self.store.read() as reading:
                if reading.release_id != first.release:
                    raise StoreError("The store has changed meanwhile.")
                indexes = self._index(reading)
            settle()
            first.indexes.set_result(indexes)
        except Exception as error:
            log.exception("indexes cannot be built")
            first.indexes.set_exception(error)
            self.stale = True

    def refresh(self) -> None:
        """Look at the store, and take in its release where it is another. What is held stays where that fails."""
        try:
            try:
                self._take_in()
            except SQLAlchemyError:
                self._take_in()  # a connection that was lost says nothing yet: a replica may have taken over
        except (SQLAlchemyError, ProblemError) as error:
            reason = str(getattr(error, "orig", None) or error).strip()
            if self.problem is None:
                log.warning("store cannot be read", extra={"fields": {"reason": reason}})
            self.problem = reason
        else:
            if self.problem is not None:
                log.info("store can be read again")
            self.problem = None

    def _take_in(self) -> None:
        with self.store.read() as reading:
            if reading.release_id != self.current.release or self.stale:
                indexes: Future[Indexes] = Future()
                indexes.set_result(self._index(reading))
                snapshot = Snapshot(reading.release_id, self._warm_cache(reading), indexes)
                self._evicted_before += self.current.cache.evictions
                log.info("release taken in", extra={"fields": {"release": snapshot.release}})
                self.current, self.stale = snapshot, False
                gc.unfreeze()
                gc.collect()
                settle()

    def start(self) -> None:
        """Keep looking, until `stop`."""
        self._stopped = False
        self._threads.append(threading.Thread(target=self._watch, name="releases", daemon=True))
        self._threads[-1].start()

    def stop(self) -> None:
        """Stop looking, and wait until nothing reads the store: a connection in use outlives its pool."""
        self._stopped = True
        self._wake.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def wake(self) -> None:
        """Look now: an answer has shown another release."""
        self._wake.set()

    def _watch(self) -> None:
        while not self._stopped:
            self._wake.wait(INTERVAL)
            self._wake.clear()
            if not self._stopped:
                self.refresh()
                self.metrics.write()

    def _measure(self) -> Measured:
        current, pool = self.current, self.store.engine.pool
        gauges = {
            "cache_bytes": current.cache.size,
            "cache_answers": len(current.cache),
            "snapshot_age_seconds": time.time() - current.taken_in,
            "store_up": float(self.problem is None),
            "pool_connections": pool.checkedout() if isinstance(pool, QueuePool) else 0,
        }
        return Measured(current.release, self._evicted_before + current.cache.evictions, gauges)
