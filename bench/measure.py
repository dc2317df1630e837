"""Servers to compare, started one beside the other, and wrk asking them in turn."""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(sys.executable).parent
PEERS = ROOT / "var" / "bench" / "peers" / "bin"
CONNECTIONS = 32
UVICORN = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header", "--log-level", "warning"]


@dataclass(frozen=True)
class Side:
    """A server under test, and the file of paths it is asked for."""

    name: str
    address: str
    urls: Path
    pid: int
    headers: Mapping[str, str]


@contextmanager
def served(command: Sequence[str], port: int, probe: str, **environment: str) -> Iterator[tuple[int, float]]:
    """A server process; gives its id and the seconds until it answered."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}{probe}") as answer:
                    answer.read()
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"{' '.join(command)} ended by itself") from None
                time.sleep(0.01)
        yield process.pid, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def ours(store: Path, port: int, **environment: str) -> tuple[list[str], dict[str, str]]:
    """The command that serves a store with this service, one worker, and its environment."""
    command = [str(HERE / "endoatlas"), "serve", "--port", str(port)]
    return command, {"ENDOATLAS_DATABASE_URL": f"sqlite:///{store}", **environment}


def wrk(side: Side, seconds: float) -> tuple[float, float]:
    """Requests per second and median latency in milliseconds. Ends the run where an answer is an error."""
    script = str(ROOT / "bench" / "urls.lua")
    binary = shutil.which("wrk") or sys.exit("wrk is not installed: apt-get install wrk")
    printed = subprocess.run(
        [
            binary,
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{seconds:.0f}s",
            "--timeout",
            "20s",
            "--latency",
            "-s",
            script,
            side.address,
        ],
        env={**os.environ, "URLS": str(side.urls), **side.headers},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise SystemExit(f"{side.name} failed:\n{printed}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    median = re.search(r"50%\s+([\d.]+)(us|ms|s)", printed)
    assert rate is not None, printed
    assert median is not None, printed
    return float(rate[1]), float(median[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[median[2]]


@dataclass(frozen=True)
class Ratio:
    """Two sides in turn: each one's median rate, and the median, least and greatest of the ratios of the pairs."""

    what: str
    first: str
    second: str
    first_rate: float
    second_rate: float
    ratio: float
    low: float
    high: float


def alternate(what: str, first: Side, second: Side, pairs: int, seconds: float) -> Ratio:
    """Ask two sides in turn, `pairs` times."""
    rates = []
    for number in range(pairs):
        print(f"\r{what}: pair {number + 1} of {pairs} ", end="", flush=True)
        order = (first, second) if number % 2 == 0 else (second, first)
        measured = {side.name: wrk(side, seconds)[0] for side in order}
        rates.append((measured[first.name], measured[second.name]))
    ratios = [mine / theirs for mine, theirs in rates]
    mine, theirs = (statistics.median(column) for column in zip(*rates, strict=True))
    result = Ratio(what, first.name, second.name, mine, theirs, statistics.median(ratios), min(ratios), max(ratios))
    print(f"\r{what}: {first.name} {mine:,.0f}/s, {second.name} {theirs:,.0f}/s, ratio {result.ratio:.2f}")
    return result


def resident(pid: int) -> float:
    """Megabytes of memory a process holds."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024
