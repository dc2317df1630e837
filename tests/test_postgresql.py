"""PostgreSQL as it is run: a role that can only read, a streaming standby, the loss of a server, and its return."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import reading_engine, writing_engine
from app.seed.load import Rendered
from tests.conftest import ROOT, eventually, fill, serving
from tests.postgres import USER, Postgres, address


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, postgresql: object) -> Path:
    """A folder that the server's user may write, which the session's own server has seen to for its parents."""
    del postgresql
    folder = tmp_path_factory.mktemp("servers")
    for name in ("primary", "standby"):
        (folder / name).mkdir()
        if USER is not None:
            shutil.chown(folder / name, USER)
    if USER is not None:
        folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def primary(folder: Path, shipped: list[Rendered]) -> Iterator[Postgres]:
    server = Postgres.primary(folder / "primary")
    fill(address(server), shipped)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def standby(folder: Path, primary: Postgres) -> Iterator[Postgres]:
    server = primary.standby(folder / "standby")
    yield server
    server.stop()


def test_a_role_that_can_only_read_is_enough_to_serve(primary: Postgres) -> None:
    roles = (ROOT / "deploy" / "postgres" / "reader.sql").read_text()
    engine = writing_engine(address(primary), 5)
    with engine.begin() as connection:
        connection.execute(text(roles))
    engine.dispose()
    url = address(primary, user="endoatlas_reader")
    reader = writing_engine(url, 5)
    for statement in ("DELETE FROM records", "CREATE TABLE x (y int)", "UPDATE releases SET id = 'x'"):
        with pytest.raises(DBAPIError, match="permission denied"), reader.begin() as connection:
            connection.execute(text(statement))
    reader.dispose()
    with serving(url) as server:
        assert httpx.get(f"{server}/v1/hormones?limit=1").status_code == 200


def test_a_session_is_read_only_and_bounded_in_time(primary: Postgres) -> None:
    engine = reading_engine(address(primary), 2)
    with engine.connect() as connection:
        for name, value in (
            ("default_transaction_read_only", "on"),
            ("statement_timeout", "2s"),
            ("lock_timeout", "2s"),
            ("transaction_isolation", "repeatable read"),
        ):
            assert connection.scalar(text(f"SHOW {name}")) == value
    with engine.connect() as connection, pytest.raises(DBAPIError, match="statement timeout"):
        connection.execute(text("SELECT pg_sleep(5)"))
    engine.dispose()


def test_no_read_is_lost_when_the_primary_stops(primary: Postgres, standby: Postgres) -> None:
    with (
        serving(address(primary, standby)) as first,
        serving(address(standby, primary)) as second,
        httpx.Client(timeout=30) as client,
    ):
        release = client.get(f"{first}/v1/release").json()["id"]
        assert eventually(lambda: client.get(f"{second}/readyz").status_code == 200), "the standby is served from"
        assert client.get(f"{second}/v1/release").json()["id"] == release
        failures: list[str] = []
        answers = [0]
        done = threading.Event()

        def read(server: str, start: int) -> None:
            with httpx.Client(timeout=30) as reader:
                number = start
                while not done.is_set():
                    number += 1
                    # Each is another list, so that it comes from the store and not from the cache.
                    answer = reader.get(
                        f"{server}/v1/interactions",
                        params={"limit": number % 200 + 1, "q": chr(97 + number // 200 % 26)},
                    )
                    answers[0] += 1
                    if answer.status_code != 200 or answer.headers["knowledge-release"] != release:
                        failures.append(f"{answer.status_code} {answer.text[:200]}")

        threads = [
            threading.Thread(target=read, args=(server, 1000 * number))
            for number, server in enumerate((first, first, second, second))
        ]
        for thread in threads:
            thread.start()
        time.sleep(1.5)
        before = answers[0]
        primary.stop()
        try:
            time.sleep(3)
            after = answers[0]
        finally:
            done.set()
            for thread in threads:
                thread.join()
            primary.start()
        assert not failures, failures[:3]
        assert after - before > 20, "reads went on after the stop"


def test_what_is_held_is_served_while_the_store_is_gone(primary: Postgres) -> None:
    with serving(address(primary)) as server, httpx.Client(base_url=server, timeout=30) as client:
        held = client.get("/v1/hormones", params={"limit": 3})
        release = held.headers["knowledge-release"]
        assert client.get("/v1/compounds?limit=9").status_code == 200
        primary.stop()
        try:
            assert eventually(lambda: client.get("/readyz").status_code == 503), "readiness says no"
            said = client.get("/readyz").json()
            assert said["type"] == "/problems/not-ready"
            assert "connection" in said["detail"]
            assert client.get("/healthz").status_code == 200
            for path in ("/v1/hormones?limit=3", "/v1/compounds?limit=9", "/v1/hormones/lh", "/v1/glossary/cortisol"):
                began = time.monotonic()
                answer = client.get(path)
                assert answer.status_code == 200
                assert answer.headers["knowledge-release"] == release
                assert time.monotonic() - began < 1
            unheld = client.get("/v1/hormones", params={"limit": 4})
            assert unheld.status_code == 503
            assert unheld.headers["retry-after"]
            assert unheld.json()["type"] == "/problems/store-unavailable"
        finally:
            primary.start()
        assert eventually(lambda: client.get("/readyz").status_code == 200), "it recovers by itself"
        assert client.get("/v1/hormones", params={"limit": 4}).status_code == 200


def test_hits_do_not_wait_for_a_slow_miss(primary: Postgres) -> None:
    blocker = writing_engine(address(primary), 5)
    with serving(address(primary)) as server, httpx.Client(base_url=server, timeout=30) as client:
        client.get("/v1/hormones/lh")
        with blocker.begin() as connection:
            connection.execute(text("LOCK TABLE records IN ACCESS EXCLUSIVE MODE"))
            slow = [
                threading.Thread(
                    target=httpx.get, args=(f"{server}/v1/tissues?limit={number}",), kwargs={"timeout": 30}
                )
                for number in range(1, 10)
            ]
            for thread in slow:
                thread.start()
            time.sleep(0.3)
            assert all(client.get("/v1/hormones/lh").status_code == 200 for _ in range(50))
            assert all(thread.is_alive() for thread in slow), "the misses were waiting all the while"
        for thread in slow:
            thread.join()
    blocker.dispose()
