"""`make bench-scale`: what grows, and how much, from two thousand records to a million."""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote
from urllib.request import urlopen

from app.paging import encode_cursor, list_query
from app.resources import RESOURCES
from bench.chart import lines
from bench.compare import RESULTS, WORK
from bench.measure import Side, free_port, ours, resident, served, wrk
from bench.store import build

SIZES = (2_800, 200_000, 1_000_000)
ASKED = 2000
INTERACTIONS = next(resource for resource in RESOURCES if resource.name == "interactions")


def pages(store: Path, release: str) -> dict[str, list[str]]:
    """Pages of 50 at the start, the middle and the end of the interactions, by the cursors a client would hold."""
    query = list_query(INTERACTIONS)(limit=50)
    with sqlite3.connect(store) as connection:
        keys = connection.execute("SELECT sort_name, key FROM interactions ORDER BY sort_name, key").fetchall()
    found = {}
    for label, at in (("start", 0), ("middle", len(keys) // 2), ("end", max(len(keys) - 1200, 0))):
        places = keys[at : at + 1000]
        cursors = [encode_cursor(query, "interactions", release, place) for place in places]
        found[label] = [f"/v1/interactions?limit=50&cursor={quote(cursor)}" for cursor in cursors]
    return found


def measure(store: Path, seconds: float) -> dict[str, float]:
    """Medians in milliseconds at one connection's worth of load, and sizes, of one store."""
    with sqlite3.connect(store) as connection:
        keys = [row[0] for row in connection.execute("SELECT key FROM records")]
    random.Random(0).shuffle(keys)  # no secret
    port = free_port()
    command, environment = ours(store, port)
    figures: dict[str, float] = {"records": len(keys), "store MB": store.stat().st_size / 1e6}
    with served(command, port, "/readyz", **environment) as (pid, ready):
        address = f"http://127.0.0.1:{port}"
        with urlopen(f"{address}/v1/release") as answer:
            release = json.load(answer)["id"]
        asked = {"record": [f"/v1/{key}" for key in keys[:ASKED]]}
        asked |= {f"list of 50, {label}": urls for label, urls in pages(store, release).items()}
        asked["list, one filter"] = [
            f"/v1/interactions?limit=50&status={status}&sort={sort}"
            for status in ("established", "supported", "contested")
            for sort in ("name", "-name")
        ]
        for what, urls in asked.items():
            file = WORK / "scale.urls"
            file.write_text("\n".join(urls), encoding="utf-8")
            side = Side("ours", address, file, pid, {})
            rate, median = wrk(side, seconds)
            figures[f"{what}: median ms"], figures[f"{what}: requests/s"] = median, rate
            print(f"{len(keys):,} records, {what}: {median:.2f} ms, {rate:,.0f}/s")
        first = f"{address}/v1/interactions?facets=true&limit=1"
        figures["facets of everything, first asked: ms"] = timed(first)
        figures["list, two filters, first asked: ms"] = timed(
            f"{address}/v1/interactions?status=contested&effect=increase"
        )
        figures["seconds until ready"], figures["MB resident"] = ready, resident(pid)
    return figures


def timed(url: str) -> float:
    """Milliseconds the service says that it took for one answer."""
    with urlopen(url) as answer:
        return float(answer.headers["server-timing"].rpartition("dur=")[2])


def main() -> None:
    """Build the stores that are missing, measure each, and write table and plot."""
    example = "Example: python -m bench.scale --seconds 5"
    parser = argparse.ArgumentParser(description=__doc__, epilog=example)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seconds", type=float, default=5)
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    measured = []
    for size in arguments.sizes:
        store = WORK / f"{size}.db"
        taken = SimpleNamespace(load=None)
        if not store.exists():
            taken.load = build(store, size)
        figures = measure(store, arguments.seconds)
        if taken.load is not None:
            figures["load: s"] = taken.load
        measured.append(figures)
    names = list(dict.fromkeys(name for figures in measured for name in figures))
    rows = "\n".join(
        f"| {name} | " + " | ".join(f"{figures[name]:,.2f}" if name in figures else "" for figures in measured) + " |"
        for name in names
    )
    table = (
        "| | "
        + " | ".join(f"{size:,}" for size in arguments.sizes)
        + " |\n"
        + "|---" * (len(measured) + 1)
        + f"|\n{rows}\n"
    )
    medians = {name.split(":")[0]: [f[name] for f in measured] for name in names if name.endswith("median ms")}
    curves = {name: curve for name, curve in medians.items() if all(curve)}  # a median of nothing is zero
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "scale.md").write_text(table, encoding="utf-8")
    drawn = lines("Median latency by records in the store", arguments.sizes, curves, "ms, 32 connections")
    (RESULTS / "scale.svg").write_text(drawn, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
