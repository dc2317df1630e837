"""`make soak`: ten minutes of requests with a new release each minute; no answer may fail or mix two releases."""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException

from app.db import writing_engine
from app.seed.load import Rendered, load, migrate
from bench.compare import RESULTS, WORK
from bench.measure import free_port, ours, resident, served
from bench.store import shipped


def edition(records: list[Rendered], number: int) -> list[Rendered]:
    """The records with a number in each summary, so that an answer shows which release it was read from."""

    def stamped(record: Rendered) -> Rendered:
        document = re.sub(rb'("summary":")', rb"\1Edition %d. " % number, record.document, count=1)
        return Rendered(record.key, document, hashlib.sha256(document).digest())

    return [stamped(record) for record in records]


class Watchers:
    """Clients that ask for records and lists, and hold each answer against the release it names."""

    def __init__(self, port: int, keys: list[str]) -> None:
        self.port, self.keys = port, keys
        self.done = threading.Event()
        self.editions: dict[str, set[str]] = {}
        self.failures: list[str] = []
        self.answers = 0

    def run(self, seed: int) -> None:
        """Ask until told to stop."""
        chance = random.Random(seed)  # no secret
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.done.is_set():
            path = f"/v1/{chance.choice(self.keys)}"
            if chance.random() < 0.3:
                path = f"/v1/interactions?limit={chance.randint(1, 60)}"
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, HTTPException) as error:
                self.failures.append(f"{path}: {error!r}")
                connection.close()
                continue
            self.answers += 1
            release = answer.headers.get("knowledge-release", "none")
            found = set(re.findall(rb'"summary":"Edition (\d+)\.', body))
            self.editions.setdefault(release, set()).update(number.decode() for number in found)
            if answer.status != 200 or len(found) != 1:
                self.failures.append(f"{path}: status {answer.status}, editions {found}")


def main() -> None:
    """Run, and write what was seen."""
    example = "Example: python -m bench.soak --minutes 10 --every 60"
    parser = argparse.ArgumentParser(description=__doc__, epilog=example)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--every", type=float, default=60, help="seconds from release to release")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    store = WORK / "soak.db"
    for old in WORK.glob("soak.db*"):
        old.unlink()
    records = shipped()
    engine = writing_engine(f"sqlite:///{store}", 60)
    migrate(engine)
    load(engine, edition(records, 0))
    port = free_port()
    command, environment = ours(store, port)
    with served(command, port, "/readyz", **environment) as (pid, _):
        watchers = Watchers(port, [record.key for record in records])
        threads = [threading.Thread(target=watchers.run, args=(seed,)) for seed in range(4)]
        before = resident(pid)
        for thread in threads:
            thread.start()
        number, end, next_release = 0, time.monotonic() + arguments.minutes * 60, time.monotonic() + arguments.every
        while time.monotonic() < end:
            if time.monotonic() >= next_release:
                number, next_release = number + 1, next_release + arguments.every
                load(engine, edition(records, number))
                print(
                    f"release {number}: {watchers.answers:,} answers, {len(watchers.failures)} failed, "
                    f"{resident(pid):.0f} MB"
                )
            time.sleep(0.5)
        watchers.done.set()
        for thread in threads:
            thread.join()
        after = resident(pid)
    mixed = [release for release, numbers in watchers.editions.items() if len(numbers) != 1]
    result = {
        "minutes": arguments.minutes,
        "releases": number + 1,
        "releases seen": len(watchers.editions),
        "answers": watchers.answers,
        "failed": len(watchers.failures),
        "releases with answers of another edition": len(mixed),
        "MB resident at the start": round(before),
        "MB resident at the end": round(after),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "soak.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))
    if watchers.failures or mixed:
        sys.exit("\n".join([*watchers.failures[:10], *mixed]))


if __name__ == "__main__":
    main()
