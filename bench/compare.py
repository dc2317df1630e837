"""`make bench`: ours and its peers on the same records, in turn, for at least five pairs."""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from bench import hit
from bench.chart import bars
from bench.measure import HERE, PEERS, ROOT, UVICORN, Ratio, Side, alternate, free_port, ours, resident, served
from bench.peers.model import fill
from bench.store import build

WORK = ROOT / "var" / "bench"
RESULTS = ROOT / "bench" / "results"
GOALS = {
    "hot record": 0.95,
    "2,000 records": 0.75,
    "304": 1.0,
    "list of 50, Datasette": 6.0,
    "list of 50, FastAPI and ORM": 10.0,
}


def get(address: str) -> Any:
    """What an address answers, as data."""
    with urlopen(Request(address)) as answer:
        return json.load(answer)


def prepare(size: int) -> tuple[Path, Path, list[str]]:
    """The store, the ORM peers' database, and the keys of the interactions, by name."""
    WORK.mkdir(parents=True, exist_ok=True)
    store, peers = WORK / "store.db", WORK / "peers.db"
    build(store, size)
    with sqlite3.connect(store) as connection:
        connection.execute(
            "CREATE VIEW interactions_page AS SELECT r.key, i.sort_name, CAST(r.document AS TEXT) AS document "
            "FROM interactions i JOIN records r ON r.key = i.key"
        )
        rows = connection.execute(
            "SELECT r.key, r.document FROM interactions i JOIN records r ON r.key = i.key ORDER BY i.sort_name, r.key"
        ).fetchall()
    fill(peers, (row[1] for row in rows))
    return store, peers, [row[0] for row in rows]


class Bench:
    """Servers that run until the end, and what was measured between them."""

    def __init__(self, stack: ExitStack, store: Path, pairs: int, seconds: float) -> None:
        self.stack, self.store, self.pairs, self.seconds = stack, store, pairs, seconds
        self.ratios: list[Ratio] = []
        self.figures: dict[str, float] = {}

    def start(self, name: str, command: Callable[[int], list[str]], urls: list[str], probe: str, **env: str) -> Side:
        """Start a side."""
        port = free_port()
        pid, ready = self.stack.enter_context(served(command(port), port, probe, **env))
        file = WORK / f"{name.replace(' ', '-')}.urls"
        file.write_text("\n".join(urls), encoding="utf-8")
        self.figures[f"{name}: seconds until ready"] = ready
        return Side(name, f"http://127.0.0.1:{port}", file, pid, {})

    def ours(self, name: str, urls: list[str], **environment: str) -> Side:
        """Start this service."""
        _, env = ours(self.store, 0, **environment)
        return self.start(name, lambda port: ours(self.store, port)[0], urls, "/readyz", **env)

    def bare(self, name: str, target: Side, urls: list[str]) -> Side:
        """Start the bare app over what another side answers."""
        file = WORK / "bare.urls"
        file.write_text("\n".join(urls), encoding="utf-8")
        command = [str(HERE / "uvicorn"), "bench.peers.bare:app", *UVICORN, "--port"]
        return self.start(
            name, lambda port: [*command, str(port)], urls, urls[0], TARGET=target.address, URLS=str(file)
        )

    def compare(self, what: str, first: Side, second: Side) -> None:
        """Measure a pair of sides."""
        self.ratios.append(alternate(what, first, second, self.pairs, self.seconds))


def same_facts(first: list[dict[str, Any]], second: list[dict[str, Any]], what: str) -> None:
    """Hold what a peer answers against ours. Ends the run where a fact differs."""
    fields = ("id", "name", "summary", "subject", "predicate", "object", "effect", "kind", "direct", "mechanism")

    def facts(items: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            item["id"]: {name: item[name] for name in fields}
            | {"evidence": [(entry["source"], entry["stance"], entry["note"]) for entry in item["evidence"]]}
            for item in items
        }

    mine, theirs = facts(first), facts(second)
    shared = mine.keys() & theirs.keys()
    if len(shared) < 40 or any(mine[key] != theirs[key] for key in shared):
        raise SystemExit(f"{what} does not answer the same facts")


def records(bench: Bench, keys: list[str]) -> None:
    """Records and 304, against the bare app."""
    one = [f"/v1/{keys[0]}"]
    many = [f"/v1/{key}" for key in keys[:2000]]
    service = bench.ours("ours", one)
    bare = bench.bare("bare ASGI", service, one)
    bench.compare("hot record", service, bare)
    with urlopen(service.address + one[0]) as answer:
        tag = answer.headers["etag"]
    unmodified = Side("ours", service.address, service.urls, service.pid, {"IF_NONE_MATCH": tag})
    bench.compare("304", unmodified, bare)
    rotating = bench.ours("ours, 2,000 records", many)
    all_bare = bench.bare("bare ASGI, 2,000 records", rotating, many)
    bench.compare("2,000 records", rotating, all_bare)
    bench.figures["ours: MB resident, after it all"] = resident(rotating.pid)


def lists(bench: Bench, peers: Path, keys: list[str]) -> None:
    """Pages of 50 that nobody asked for before, against Datasette and two ORM services."""
    service = bench.ours("ours, no cache", [], ENDOATLAS_CACHE_BYTES="0")
    urls, following = [], "/v1/interactions?limit=10"
    while following:
        page = get(service.address + following)
        cursor = page["next_cursor"]
        following = f"/v1/interactions?limit=10&cursor={quote(cursor)}" if cursor else ""
        urls.append(following.replace("limit=10", "limit=50") or "/v1/interactions?limit=50")
    service.urls.write_text("\n".join(urls), encoding="utf-8")
    starts = range(0, len(keys) - 50, 10)
    mine = get(f"{service.address}/v1/interactions?limit=50")["items"]

    datasette = bench.start(
        "Datasette",
        lambda port: [str(PEERS / "datasette"), "serve", str(bench.store), "--port", str(port)],
        [f"/store/interactions_page.json?_shape=array&_size=50&key__gte={quote(keys[at], safe='')}" for at in starts],
        "/-/versions.json",
    )
    rows = get(f"{datasette.address}/store/interactions_page.json?_shape=array&_size=50&_sort=sort_name")
    same_facts(mine, [json.loads(row["document"]) for row in rows], "Datasette")
    bench.compare("list of 50, Datasette", service, datasette)

    offsets = [f"/interactions?offset={at}&limit=50" for at in starts]
    orm = bench.start(
        "FastAPI and ORM",
        lambda port: [str(HERE / "uvicorn"), "bench.peers.orm:app", *UVICORN, "--port", str(port)],
        offsets,
        "/interactions?limit=1",
        PEER_DATABASE=str(peers),
    )
    same_facts(mine, get(f"{orm.address}/interactions?limit=50")["items"], "the ORM service")
    bench.compare("list of 50, FastAPI and ORM", service, orm)

    restful = bench.start(
        "Flask-RESTful",
        lambda port: [
            str(PEERS / "gunicorn"), "bench.peers.restful:app", "--threads", "8", "--keep-alive", "30",
            "--bind", f"127.0.0.1:{port}",
        ],
        offsets,
        "/interactions?limit=1",
        PEER_DATABASE=str(peers),
    )  # fmt: skip
    same_facts(mine, get(f"{restful.address}/interactions?limit=50")["items"], "Flask-RESTful")
    bench.compare("list of 50, Flask-RESTful", service, restful)


def table(ratios: list[Ratio], figures: dict[str, float]) -> str:
    """The results as Markdown."""
    rows = [
        f"| {r.what} | {r.first} | {r.first_rate:,.0f} | {r.second} | {r.second_rate:,.0f} "
        f"| **{r.ratio:.2f}** ({r.low:.2f}-{r.high:.2f}) | {f'≥ {GOALS[r.what]}' if r.what in GOALS else ''} |"
        for r in ratios
    ]
    head = (
        "| what | side | requests/s | side | requests/s | ratio, median (range) | goal |\n|---|---|---|---|---|---|---|"
    )
    more = "\n".join(f"| {name} | {value:,.2f} |" for name, value in figures.items())
    return f"{head}\n" + "\n".join(rows) + f"\n\n| figure | |\n|---|---|\n{more}\n"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="Example: python -m bench.compare --pairs 5 --seconds 4"
    )
    parser.add_argument("--size", type=int, default=0, help="records of the store; the shipped ones by default")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    arguments = parser.parse_args()
    store, peers, keys = prepare(arguments.size)
    ratios: list[Ratio] = []
    figures: dict[str, float] = {}
    for measure in (partial(records, keys=keys), partial(lists, peers=peers, keys=keys)):
        with ExitStack() as stack:
            bench = Bench(stack, store, arguments.pairs, arguments.seconds)
            measure(bench)
            ratios += bench.ratios
            figures |= bench.figures
    figures |= hit.measure(store, f"/v1/{keys[0]}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "compare.md").write_text(table(ratios, figures), encoding="utf-8")
    drawn = [(ratio.what, ratio.ratio, GOALS.get(ratio.what)) for ratio in ratios]
    (RESULTS / "compare.svg").write_text(bars("Requests per second, ours to the other side", drawn), encoding="utf-8")
    print(table(ratios, figures))


if __name__ == "__main__":
    main()
