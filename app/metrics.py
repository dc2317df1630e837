"""What the service counts of itself, for Prometheus (`/metrics`).

A hit takes about as long as a few dictionary lookups, so its counters are plain lists here; `prometheus_client` writes
them out when they are asked for. Workers of one service each write theirs to a file every second, so that any of them
can answer for all.
"""

from __future__ import annotations

import json
import os
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the latency buckets, in seconds; another without bound follows."""
STALE = 10.0
"""Seconds after which a worker that wrote no file counts as gone."""


class Series:
    """Requests of one route, method, status and source: how many took how long."""

    __slots__ = ("buckets", "seconds")

    def __init__(self, buckets: list[int] | None = None, seconds: float = 0.0) -> None:
        self.buckets, self.seconds = buckets or [0] * (len(BOUNDS) + 1), seconds

    def observe(self, seconds: float) -> None:
        """Count a request that took so long."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def add(self, other: Series) -> None:
        """Count the requests of another series too."""
        self.buckets = [mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True)]
        self.seconds += other.seconds


class Measured(NamedTuple):
    """The release a worker serves, how many answers its cache has evicted, and gauges by name."""

    release: str
    evictions: int
    gauges: dict[str, float]


Labels = tuple[str, str, str, str]
"""Route template, method, status, and `hit` or `miss`; of what is never cached, `none`."""


class Route:
    """The series of one route. Those of a cached GET are at hand."""

    __slots__ = ("hit", "hit_not_modified", "metrics", "template")

    def __init__(self, metrics: Metrics, template: str) -> None:
        self.metrics, self.template = metrics, template
        self.hit = metrics.series(template, "GET", 200, "hit")
        self.hit_not_modified = metrics.series(template, "GET", 304, "hit")

    def observe(self, method: str, status: int, source: str, seconds: float) -> None:
        """Count a request."""
        self.metrics.series(self.template, method, status, source).observe(seconds)


class Metrics:
    """The counters of this process, and of the other workers where they share a folder."""

    def __init__(self, shared: Path | None = None) -> None:
        self._series: dict[Labels, Series] = {}
        self._routes: dict[str, Route] = {}
        self._shared = shared
        self.measure: Callable[[], Measured] = lambda: Measured("", 0, {})
        """What is measured when asked for, rather than counted."""

    def series(self, template: str, method: str, status: int, source: str) -> Series:
        """The series with these labels."""
        return self._series.setdefault((template, method, str(status), source), Series())

    def route(self, template: str) -> Route:
        """The series of a route."""
        if template not in self._routes:
            self._routes[template] = Route(self, template)
        return self._routes[template]

    def write(self) -> None:
        """Put the counters where the other workers find them."""
        if self._shared is not None:
            file = self._shared / f"{os.getpid()}.json"
            partial = file.with_suffix(".partial")
            partial.write_text(json.dumps(self._state()), encoding="utf-8")
            partial.replace(file)

    def _state(self) -> dict[str, Any]:
        series = [(labels, one.buckets, one.seconds) for labels, one in list(self._series.items())]
        return {"series": series, **self.measure()._asdict()}

    def _states(self) -> Iterator[tuple[str, bool, Mapping[str, Any]]]:
        """Each worker, whether it still runs, and its counters. Those of one that has ended still count."""
        yield str(os.getpid()), True, self._state()
        for file in sorted(self._shared.glob("*.json")) if self._shared else ():
            if file.stem != str(os.getpid()):
                running = time.time() - file.stat().st_mtime < STALE
                yield file.stem, running, json.loads(file.read_text(encoding="utf-8"))

    def collect(self) -> Iterable[Metric]:
        """Every metric, in the shape that `prometheus_client` writes."""
        total: dict[Labels, Series] = {}
        evictions = CounterMetricFamily("endoatlas_cache_evictions", "Answers evicted from the response cache.")
        gauges = {
            name: GaugeMetricFamily(f"endoatlas_{name}", meaning, labels=["worker"])
            for name, meaning in {
                "cache_bytes": "Bytes the response cache holds.",
                "cache_answers": "Answers the response cache holds.",
                "snapshot_age_seconds": "Seconds since the served release was taken in.",
                "store_up": "Whether the store could be read when last looked at, every second.",
                "pool_connections": "Connections to the store in use.",
            }.items()
        }
        release = GaugeMetricFamily(
            "endoatlas_release", "The release a worker serves, as a label.", labels=["worker", "release"]
        )
        evicted = 0.0
        for worker, running, state in self._states():
            for labels, buckets, seconds in state["series"]:
                total.setdefault(tuple(labels), Series()).add(Series(buckets, seconds))
            evicted += state["evictions"]
            if running:
                release.add_metric([worker, state["release"]], 1)
                for name, value in state["gauges"].items():
                    gauges[name].add_metric([worker], value)
        evictions.add_metric([], evicted)
        yield from self._of_requests(total)
        yield from (evictions, release, *gauges.values())

    @staticmethod
    def _of_requests(total: Mapping[Labels, Series]) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "endoatlas_requests", "Requests answered.", labels=["route", "method", "status", "cache"]
        )
        latency = HistogramMetricFamily(
            "endoatlas_request_seconds", "Seconds from request to answer.", labels=["route", "method", "cache"]
        )
        hits = CounterMetricFamily("endoatlas_cache_hits", "Requests answered from the response cache.")
        merged: dict[tuple[str, str, str], Series] = {}
        found = 0
        for (template, method, status, source), series in sorted(total.items()):
            count = sum(series.buckets)
            if count:
                requests.add_metric([template, method, status, source], count)
                merged.setdefault((template, method, source), Series()).add(series)
                found += count if source == "hit" else 0
        for labels, series in merged.items():
            counted, cumulated = 0, []
            for bound, count in zip((*BOUNDS, float("inf")), series.buckets, strict=True):
                counted += count
                cumulated.append((str(bound) if bound != float("inf") else "+Inf", counted))
            latency.add_metric(list(labels), cumulated, series.seconds)
        hits.add_metric([], found)
        yield from (requests, latency, hits)
