"""What a hit costs this service in processor time, and how much of that its counters are.

Too little to be seen beside the noise of a load test: the server around it takes twenty times as long.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from app.main import create_app
from app.metrics import Series
from app.settings import Settings

TIMES, ROUNDS = 20_000, 9


def measure(store: Path, path: str) -> dict[str, float]:
    """Microseconds a hit, with and without counting: the medians of nine rounds in turn."""
    app = create_app(Settings(database_url=f"sqlite:///{store}"))
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [(b"host", b"localhost")]}

    async def receive() -> Any:
        raise AssertionError("a hit reads no body")

    async def send(_: Any) -> None:
        return None

    async def ask() -> None:
        for _ in range(TIMES):
            await app(dict(scope), receive, send)

    counted, uncounted = [], []
    with asyncio.Runner() as runner:
        runner.run(ask())
        for _ in range(ROUNDS):
            began = time.process_time()
            runner.run(ask())
            counted.append((time.process_time() - began) / TIMES * 1e6)
            with patch.object(Series, "observe", lambda *_: None):
                began = time.process_time()
                runner.run(ask())
                uncounted.append((time.process_time() - began) / TIMES * 1e6)
    whole, bare = statistics.median(counted), statistics.median(uncounted)
    return {"a hit in this service: µs of processor time": whole, "of it for counting: µs": whole - bare}
