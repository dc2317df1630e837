"""The service as it is run: workers, new releases under load, a stop that loses nothing, and a proxy before it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import string
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from app.resources import RESOURCES
from app.seed.load import Rendered, render
from app.seed.read import read
from tests.conftest import ENDOATLAS, ROOT, environment, eventually, fill, free_port, serving


def renamed(seeds: Path, summary: str) -> list[Rendered]:
    """The small seed folder, with another summary for LH."""
    file = seeds / "hormones" / "lh.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"summary": summary}, sort_keys=False))
    return render(read(seeds, RESOURCES).records)


@pytest.mark.parametrize(
    "more", [["--workers", "2"], ["--server", "granian", "--workers", "2"]], ids=["uvicorn", "granian"]
)
def test_every_worker_sees_a_new_release_within_five_seconds(seeds: Path, tmp_path: Path, more: list[str]) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    fill(url, renamed(seeds, "The one before."))
    with serving(url, more=more) as server:
        workers = workers_of(server)
        assert len(workers) == 2
        before = httpx.get(f"{server}/v1/release").json()["id"]
        fill(url, renamed(seeds, "The one after."))
        time.sleep(5)
        answers = [httpx.get(f"{server}/v1/hormones/lh") for _ in range(40)]
        assert {answer.json()["summary"] for answer in answers} == {"The one after."}
        assert before not in {answer.headers["knowledge-release"] for answer in answers}


def workers_of(server: str) -> set[str]:
    """The processes that answer, by what they count; each is found where the other can be asked."""
    end = time.monotonic() + 15
    found: set[str] = set()
    while len(found) < 2 and time.monotonic() < end:
        text = httpx.get(f"{server}/metrics").text
        found |= {line.split('worker="')[1].split('"')[0] for line in text.splitlines() if "release{" in line}
        time.sleep(0.2)
    return found


def test_workers_count_together(sqlite_database: str) -> None:
    with serving(sqlite_database, more=["--workers", "2"]) as server:
        workers_of(server)
        for _ in range(60):
            assert httpx.get(f"{server}/v1/hormones/lh").status_code == 200
        time.sleep(2.5)
        text = httpx.get(f"{server}/metrics").text
        lines = [
            line for line in text.splitlines() if 'route="/v1/hormones/{slug}"' in line and "requests_total" in line
        ]
        assert sum(float(line.rsplit(" ", 1)[1]) for line in lines) == 60


def test_answers_are_of_one_release_while_releases_change(seeds: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    releases = [renamed(seeds, summary) for summary in ("The first of them.", "The second of them.")]
    fill(url, releases[0])
    wrong: list[str] = []
    seen: dict[str, str] = {}
    done = threading.Event()

    def ask(server: str) -> None:
        with httpx.Client(base_url=server, timeout=30) as client:
            number = 0
            while not done.is_set():
                number += 1
                for path in ("/v1/hormones/lh", f"/v1/hormones?limit={number % 9 + 1}"):
                    answer = client.get(path)
                    if answer.status_code != 200:
                        wrong.append(answer.text)
                        continue
                    data = answer.json()
                    lh = (
                        data
                        if "summary" in data
                        else next(item for item in data["items"] if item["id"] == "hormones/lh")
                    )
                    release = answer.headers["knowledge-release"]
                    if seen.setdefault(release, lh["summary"]) != lh["summary"]:
                        wrong.append(f"{release} says {lh['summary']}")

    with serving(url, more=["--workers", "2"]) as server:
        threads = [threading.Thread(target=ask, args=(server,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(6):
            time.sleep(0.7)
            fill(url, releases[(number + 1) % 2])
        time.sleep(2)
        done.set()
        for thread in threads:
            thread.join()
    assert not wrong, wrong[:3]
    assert len(seen) == 2


def test_no_request_is_dropped_when_the_service_is_stopped(sqlite_database: str) -> None:
    """Every request sent is answered, on kept connections too: an answer first says that it is the last one there."""
    port = free_port()
    process = subprocess.Popen(
        [*ENDOATLAS, "serve", "--port", str(port)], env=environment(sqlite_database), stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(150):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        dropped: list[str] = []
        answered, told = [0], [0]

        def ask(number: int) -> None:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                while True:
                    number += 1
                    try:
                        answer = client.get(f"/v1/tissues?limit={number % 60 + 1}")
                    except httpx.HTTPError as error:
                        dropped.append(repr(error))
                        return
                    answered[0] += answer.status_code == 200
                    if answer.headers.get("connection") == "close":
                        told[0] += 1
                        return

        threads = [threading.Thread(target=ask, args=(17 * number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        assert eventually(lambda: answered[0] > len(threads), 30)
        before = answered[0]
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(timeout=30)
        assert process.wait(timeout=20) in {0, -signal.SIGTERM}
        assert not dropped
        assert told[0] == len(threads)
        assert answered[0] > before > 0
    finally:
        process.kill()
        process.wait()


def test_the_log_is_json_whatever_is_asked(sqlite_database: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as file, serving(sqlite_database, log=file) as server:
        httpx.get(f"{server}/v1/hormones?q=a%0A%7B%22forged%22%3A1%7D", headers={"x-request-id": "mine"})
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert all({"time", "level", "logger", "message"} <= entry.keys() for entry in entries)
    asked = next(entry for entry in entries if entry.get("request_id") == "mine")
    assert (asked["method"], asked["path"], asked["route"], asked["status"]) == (
        "GET",
        "/v1/hormones",
        "/v1/hormones",
        200,
    )
    assert asked["release"]
    assert asked["milliseconds"] > 0
    assert "%0A" in asked["query"]


@contextmanager
def proxy(folder: Path, *replicas: str) -> Iterator[str]:
    """A real nginx with the configuration in `deploy`, before replicas on this machine."""
    port = free_port()
    names = {
        "CACHE_FOLDER": str(folder / "cache"),
        "LISTEN": f"127.0.0.1:{port}",
        "REPLICA_1": replicas[0].removeprefix("http://"),
        "REPLICA_2": replicas[1].removeprefix("http://"),
    }
    template = (ROOT / "deploy" / "nginx" / "endoatlas.conf.template").read_text()
    # As envsubst of the nginx image does: only names that are given, and nginx's own variables stay.
    configuration = template
    for name, value in names.items():
        configuration = configuration.replace(f"${{{name}}}", value)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary} {configuration} }}\n"
    )
    if os.geteuid() == 0:
        main.write_text(f"user root; {main.read_text()}")
    process = subprocess.Popen([shutil.which("nginx") or "nginx", "-c", str(main), "-e", f"{folder}/error.log"])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_behind_the_proxy(seeds: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    fill(url, renamed(seeds, "The one before."))
    with serving(url) as first, serving(url) as second, proxy(tmp_path, first, second) as site:
        plain = {"accept-encoding": "identity"}
        path = f"{site}/v1/hormones/lh"
        answers = [httpx.get(path, headers=plain) for _ in range(3)]
        assert [answer.headers["x-cache"] for answer in answers] == ["MISS", "HIT", "HIT"]
        assert answers[0].content == httpx.get(f"{first}/v1/hormones/lh", headers=plain).content
        tag = answers[0].headers["etag"]
        unmodified = httpx.get(path, headers=plain | {"if-none-match": tag})
        assert (unmodified.status_code, unmodified.content) == (304, b"")
        for coding in ("gzip", "br"):
            with httpx.stream("GET", f"{site}/v1/hormones", headers={"accept-encoding": coding}) as answer:
                assert answer.headers["content-encoding"] == coding
        assert (
            httpx.post(f"{site}/v1/resolve", json={"names": ["LH"]}).json()["items"][0]["match"]["id"] == "hormones/lh"
        )
        assert httpx.get(f"{site}/v1/hormones/nothing").status_code == 404
        assert httpx.get(f"{site}/metrics").status_code == 404

        fill(url, renamed(seeds, "The one after."))
        end = time.monotonic() + 20
        while httpx.get(path, headers=plain).json()["summary"] != "The one after.":
            assert time.monotonic() < end, "the proxy never saw the new release"
            time.sleep(0.5)
        release = httpx.get(f"{first}/v1/release").json()["id"]
        assert httpx.get(path, headers=plain).headers["knowledge-release"] == release
        still = httpx.get(f"{site}/v1/hormones?limit=1", headers=plain)
        assert still.headers["knowledge-release"] == release

        first.process.terminate()
        for _ in range(20):
            assert httpx.get(f"{site}/v1/hormones?limit=2", headers=plain).status_code == 200, "one replica is left"
        second.process.terminate()
        time.sleep(6)
        stale = httpx.get(path, headers=plain)
        assert stale.status_code == 200
        assert stale.headers["x-cache"] in {"STALE", "UPDATING"}
        assert stale.json()["summary"] == "The one after."
        assert httpx.get(f"{site}/v1/hormones?limit=3", headers=plain).status_code in {502, 504}, "never asked before"


def test_the_compose_file_names_what_is_in_the_repository() -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    assert set(compose["services"]) == {"primary", "standby", "loader", "api-1", "api-2", "proxy"}
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (ROOT / "deploy" / source).exists(), source
    template = (ROOT / "deploy" / "nginx" / "endoatlas.conf.template").read_text()
    wanted = {name for _, _, name, _ in string.Template.pattern.findall(template) if name}
    assert wanted == set(compose["services"]["proxy"]["environment"])
