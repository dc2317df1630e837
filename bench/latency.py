"""`make bench-latency`: what is computed anew for each request, by how late its answers come.

Finding is asked in an open loop: requests leave at fixed times whatever has come back, and a latency counts from when
a request was due. Reasoning is asked over four connections, each one waiting for its answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import cycle, islice
from urllib.parse import quote, urlsplit

import yaml

from app.indexes.edges import Facts
from app.indexes.effects import Reasoner
from app.indexes.graph import Bound, Graph
from app.indexes.worlds import Perturbation, Question
from bench.measure import HERE, ROOT, UVICORN, Side, alternate, free_port, ours, resident, served
from bench.store import build

QUALITY = ROOT / "tests" / "quality"
WORK = ROOT / "var" / "bench"
RESULTS = ROOT / "bench" / "results"
Ask = tuple[str, str, bytes]
"""Method, path and body of a request."""


class Connection:
    """One connection that stays open; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, address: str) -> Connection:
        """Connect."""
        parts = urlsplit(address)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def ask(self, request: Ask) -> None:
        """Send a request and read its whole answer. Ends the run where that is an error."""
        method, path, body = request
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n"
        self.writer.write(f"{head}content-type: application/json\r\n\r\n".encode() + body)
        status = await self.reader.readline()
        length = 0
        while (line := await self.reader.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = await self.reader.readexactly(length)
        if b" 200 " not in status:
            raise SystemExit(f"{method} {path}: {status.decode()} {answer[:500]!r}")


async def open_loop(address: str, requests: Iterator[Ask], rate: float, seconds: float) -> list[float]:
    """Milliseconds from when each request was due to the end of its answer."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(64):
        free.put_nowait(await Connection.to(address))
    late: list[float] = []

    async def one(due: float, request: Ask) -> None:
        connection = await free.get()
        await connection.ask(request)
        late.append((time.perf_counter() - due) * 1000)
        free.put_nowait(connection)

    began = time.perf_counter()
    tasks = []
    for number, request in enumerate(islice(requests, int(rate * seconds))):
        due = began + number / rate
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(one(due, request)))
    await asyncio.gather(*tasks)
    return late


async def closed_loop(address: str, requests: Iterator[Ask], connections: int, seconds: float) -> list[float]:
    """Milliseconds each answer took, over connections that wait for each."""
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def client() -> None:
        connection = await Connection.to(address)
        while time.perf_counter() < end:
            began = time.perf_counter()
            await connection.ask(next(requests))
            took.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(client() for _ in range(connections)))
    return took


def post(path: str, **body: object) -> Ask:
    """A request with a body."""
    return "POST", path, json.dumps(body).encode()


def finding() -> dict[str, list[Ask]]:
    """Requests of each kind, from the quality sets."""
    kinds = yaml.safe_load((QUALITY / "search.yaml").read_text(encoding="utf-8"))
    typed = [str(query) for pairs in kinds.values() for query in pairs]
    sentences = [item["text"] for item in yaml.safe_load((QUALITY / "annotate-blind.yaml").read_text(encoding="utf-8"))]
    whole = " ".join(sentences)
    texts = [(whole[start:] + whole)[:2000] for start in range(0, len(whole), 97)]
    return {
        "search": [("GET", f"/v1/search?q={quote(query)}", b"") for query in typed],
        "suggest": [("GET", f"/v1/suggest?q={quote(query[:end])}", b"") for query in typed for end in (2, 4, 6)],
        "resolve": [("GET", f"/v1/resolve?name={quote(query)}", b"") for query in typed],
        "annotate, 2 KB": [post("/v1/annotate", text=text) for text in texts],
    }


def reasoning() -> dict[str, list[Ask]]:
    """Questions and paths, from the quality set."""
    items = yaml.safe_load((QUALITY / "effects.yaml").read_text(encoding="utf-8"))
    questions = [
        post(
            "/v1/effects",
            perturbations=item["perturbations"],
            readouts=[item["readout"]],
            context=item.get("context", {}),
            horizon=item.get("horizon"),
        )
        for item in items
    ]
    ends = [(item["perturbations"][0]["entity"], item["readout"]) for item in items]
    ways = [("GET", f"/v1/graph/paths?source={a}&target={b}&max_hops=8", b"") for a, b in ends if a != b]
    changes = [
        post("/v1/effects", perturbations=item["perturbations"], context=item.get("context", {})) for item in items
    ]
    return {"effects": questions, "effects on what is nearest": changes, "paths": ways}


def synthetic(edges: int, seed: int) -> Reasoner:
    """A graph of so many random signed steps between a fifth as many hormones."""
    chance = random.Random(seed)
    facts = Facts()
    nodes = [f"hormones/h{number}" for number in range(edges // 5)]
    for number in range(edges):
        subject, target = chance.sample(nodes, 2)
        sign = chance.choice(["increase", "decrease"])
        sexes = chance.choice([[], [], [], ["male"], ["female"]])
        facts.interactions[f"interactions/i{number}"] = {
            "id": f"interactions/i{number}", "name": "", "subject": {"id": subject}, "object": {"id": target},
            "predicate": "stimulates" if sign == "increase" else "inhibits", "effect": sign, "direct": True,
            "subject_aspect": "level", "object_aspect": "level", "catalysts": [], "requires": [], "modulates": [],
            "substrate_effect": None, "timescale": None, "status": "established", "context": {"sex": sexes},
            "sources": [],
        }  # fmt: skip
    return Reasoner(Graph(facts))


def large(edges: int, asked: int) -> dict[str, float]:
    """Seconds of the slowest question, path and loop search on a large random graph."""
    began = time.perf_counter()
    reasoner = synthetic(edges, 1974)
    figures = {f"graph of {edges:,} steps: seconds to build": time.perf_counter() - began}
    chance = random.Random(11)
    nodes = sorted(reasoner.graph.nodes)
    slowest: dict[str, float] = {"effects": 0, "paths": 0, "loops": 0}
    cut = 0
    for _ in range(asked):
        source, target, *others = chance.sample(nodes, 12)
        began = time.perf_counter()
        cut += reasoner.answer(Question([Perturbation(source, 1, True)], [target, *others], {})).truncated
        slowest["effects"] = max(slowest["effects"], time.perf_counter() - began)
        searches = {
            "paths": partial(reasoner.graph.paths, [source], [target], _any, Bound(12, 100)),
            "loops": partial(reasoner.graph.circles, [source], _any, Bound(8, 100)),
        }
        for what, search in searches.items():
            began = time.perf_counter()
            search()
            slowest[what] = max(slowest[what], time.perf_counter() - began)
    figures |= {f"graph of {edges:,} steps: seconds, slowest {what}": value for what, value in slowest.items()}
    return figures | {f"graph of {edges:,} steps: answers that say truncated, of {asked}": cut}


def _any(_: int) -> bool:
    return True


def told(what: str, goal: str, took: Sequence[float]) -> str:
    """A row of the table."""
    ordered = sorted(took)
    middle, last = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    print(f"{what}: median {middle:.1f} ms, p99 {last:.1f} ms, greatest {ordered[-1]:.1f} ms")
    return f"| {what} | {len(ordered):,} | {middle:.1f} | {last:.1f} | {ordered[-1]:.1f} | {goal} |"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="Example: python -m bench.latency --seconds 10")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--edges", type=int, default=100_000)
    seconds = parser.parse_args().seconds
    edges = parser.parse_args().edges
    WORK.mkdir(parents=True, exist_ok=True)
    store = WORK / "latency.db"
    build(store, 0)
    rows, ratios = [], []
    figures: dict[str, float] = {}
    with ExitStack() as stack:
        port, peer = free_port(), free_port()
        command, env = ours(store, port, ENDOATLAS_CACHE_BYTES="0")
        pid, _ = stack.enter_context(served(command, port, "/readyz", **env))
        address = f"http://127.0.0.1:{port}"
        for what, requests in finding().items():
            asyncio.run(open_loop(address, cycle(requests), 200, 2))
            took = asyncio.run(open_loop(address, cycle(requests), 500, seconds))
            rows.append(told(f"{what}, 500/s", "p99 ≤ 10", took))
        for what, requests in reasoning().items():
            asyncio.run(closed_loop(address, cycle(requests), 4, 2))
            took = asyncio.run(closed_loop(address, cycle(requests), 4, seconds))
            rows.append(told(f"{what}, 4 connections", "p99 ≤ 100", took))
        figures["MB resident, after it all"] = resident(pid)
        empty = [str(HERE / "uvicorn"), "bench.peers.empty:app", *UVICORN, "--port", str(peer)]
        stack.enter_context(served(empty, peer, "/ready"))
        for what, requests in finding().items():
            file = WORK / "posts"
            file.write_text("\n".join(f"{method} {path} {body.decode()}" for method, path, body in requests), "utf-8")
            mine = Side("ours", address, file, pid, {})
            theirs = Side("empty FastAPI POST", f"http://127.0.0.1:{peer}", file, pid, {"EMPTY": "1"})
            ratios.append(alternate(what, mine, theirs, 5, 3))
    figures |= large(edges, 40)
    head = "| what | answers | median ms | p99 ms | greatest ms | goal |\n|---|---|---|---|---|---|\n"
    more = "\n".join(f"| {name} | {value:,.2f} |" for name, value in figures.items())
    against = "\n".join(
        f"| {each.what} | {each.first_rate:,.0f} | {each.second_rate:,.0f} "
        f"| {each.ratio:.2f} ({each.low:.2f}-{each.high:.2f}) |"
        for each in ratios
    )
    closed = f"| closed loop, 32 connections | ours/s | empty FastAPI POST/s | ratio |\n|---|---|---|---|\n{against}"
    RESULTS.mkdir(exist_ok=True)
    text = head + "\n".join(rows) + f"\n\n{closed}\n\n| figure | |\n|---|---|\n{more}\n"
    (RESULTS / "latency.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
