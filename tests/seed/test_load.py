"""A load makes one release of the seed data, whole or not at all, on both databases."""

from __future__ import annotations

import pickle
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml
from sqlalchemy import Engine, create_engine, func, select, text, update
from sqlalchemy.exc import DBAPIError

from app import db
from app.db import reading_engine, writing_engine
from app.resources import RESOURCES
from app.seed.load import Rendered, load, migrate, open_store, render
from app.seed.read import read
from tests.conftest import (
    ENDOATLAS,
    KINDS,
    ROOT,
    client_of,
    endoatlas,
    environment,
    eventually,
    fill,
    own_postgresql,
    serving,
)


def served(engine: Engine) -> str:
    """The id of the release a store serves."""
    with open_store(engine).read() as reading:
        return reading.release_id


def rendered_from(seeds: Path) -> list[Rendered]:
    return render(read(seeds, RESOURCES).records)


def edit(file: Path, **fields: object) -> None:
    data = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump(data | fields, sort_keys=False, width=110))


def test_the_first_load_adds_everything_and_the_second_does_nothing(seeds: Path, empty_database: str) -> None:
    first = endoatlas("load", str(seeds), database_url=empty_database)
    assert first.returncode == 0, first.stderr
    assert "13 added, 0 changed, 0 removed" in first.stdout
    second = endoatlas("load", str(seeds), database_url=empty_database)
    assert "nothing changed" in second.stdout
    with client_of(empty_database) as client:
        assert client.get("/v1/releases").json()["total"] == 1


def test_a_release_id_is_the_same_wherever_the_content_is_loaded(
    seeds: Path, new_database: Callable[[str], str]
) -> None:
    ids = set()
    for kind in KINDS:
        url = new_database(kind)
        fill(url, rendered_from(seeds))
        engine = reading_engine(url, 5)
        ids.add(served(engine))
        engine.dispose()
    assert len(ids) == 1
    edit(seeds / "tissues/testis.yaml", summary="The male gonad, described otherwise.")
    url = new_database("sqlite")
    fill(url, rendered_from(seeds))
    engine = reading_engine(url, 5)
    assert served(engine) not in ids


def test_a_release_tells_what_was_added_changed_and_removed(seeds: Path, empty_database: str) -> None:
    fill(empty_database, rendered_from(seeds))
    with client_of(empty_database) as client:
        first = client.get("/v1/release").json()["id"]
    (seeds / "compounds/cholesterol.yaml").unlink()
    shutil.copy(seeds / "tissues/testis.yaml", seeds / "tissues/ovary.yaml")
    edit(seeds / "tissues/ovary.yaml", name="Ovary")
    edit(seeds / "tissues/testis.yaml", name="Testicle")
    fill(empty_database, rendered_from(seeds))
    with client_of(empty_database) as client:
        changes = {
            item["id"]: item["change"] for item in client.get("/v1/changes", params={"since": first}).json()["items"]
        }
        assert changes == {
            "compounds/cholesterol": "removed",
            "tissues/ovary": "added",
            "tissues/testis": "changed",
            "interactions/lhcgr-expressed-in-testis": "changed",
            "axes/male-gonadal-axis": "changed",
            "hormones/lh": "changed",
            "proteins/lhcgr": "changed",
        }
        assert client.get("/v1/compounds/cholesterol").status_code == 404
        assert client.get("/v1/hormones/lh").json()["targets"][0]["name"] == "Testicle"
        release = client.get("/v1/release").json()
        assert (release["added"], release["changed"], release["removed"]) == (1, 5, 1)
    fill(empty_database, rendered_from(ROOT / "tests/seeds"))
    with client_of(empty_database) as client:
        assert client.get("/v1/release").json()["id"] == first
        assert client.get("/v1/changes", params={"since": first}).json()["items"] == []


def test_references_stand_in_the_store_as_enforced_links(database: str) -> None:
    engine = writing_engine(database, 5)
    with engine.begin() as connection:
        total = connection.scalar(select(func.count()).select_from(db.links)) or 0
        assert total > 1000
        with pytest.raises(DBAPIError, match=r"(?i)foreign key"), connection.begin_nested():
            connection.execute(
                db.links.insert(), {"key": "hormones/lh", "position": 9999, "field": "f", "target": "hormones/none"}
            )
    engine.dispose()


def test_the_service_cannot_write(database: str) -> None:
    engine = reading_engine(database, 5)
    with engine.connect() as connection, pytest.raises(DBAPIError, match=r"(?i)read.?only"):
        connection.execute(update(db.records).values(name="x"))
    engine.dispose()


LOADER = """
import os, pickle, signal, sys, time
from app.db import writing_engine
from app.seed.load import load
with open(sys.argv[1], "rb") as file:
    rendered = pickle.load(file)
engine = writing_engine(sys.argv[2], 5)
loader = os.getpid()
if len(sys.argv) > 3 and os.fork() == 0:  # kills in time, however busy the process is that tests
    time.sleep(float(sys.argv[3]))
    if os.getppid() == loader:
        os.kill(loader, signal.SIGKILL)
    os._exit(0)
started = time.monotonic()
load(engine, rendered)
print(time.monotonic() - started)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_moment_of_a_load_the_old_release_still_serves(
    kind: str, seeds: Path, tmp_path: Path, new_database: Callable[[str], str], shipped: list[Rendered]
) -> None:
    """SIGKILL at 20 random moments of a load, up to a little past its usual end."""
    url = new_database(kind)
    fill(url, rendered_from(seeds))
    sources = [record for record in shipped if record.key.startswith("sources/")]  # these refer to nothing else
    (tmp_path / "sources").write_bytes(pickle.dumps(sources))
    loader = [sys.executable, "-c", LOADER, str(tmp_path / "sources")]
    reference = new_database(kind)
    fill(reference, rendered_from(seeds))

    def loading(database: str, *seconds: float) -> str:
        """What a load says, killed after so many seconds: how many it took, or nothing."""
        command = [*loader, database, *map(str, seconds)]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=not seconds).stdout

    usual = float(loading(reference))
    chance = random.Random(20)
    finished = 0
    with client_of(url, cache_bytes=0) as client:  # each answer is read from the store
        old = client.get("/v1/release").json()["id"]
        whole = {key: client.get(f"/v1/{key}").content for key in ("hormones/lh", "axes/male-gonadal-axis")}
        for _ in range(20):
            loading(url, chance.uniform(0, 1.1) * usual)
            release = client.get("/v1/release").json()
            if release["id"] == old:
                assert {key: client.get(f"/v1/{key}").content for key in whole} == whole
                assert client.get("/v1/records").json()["total"] == 13
            else:
                finished += 1
                usual *= 0.8  # the machine may be faster than it was
                assert client.get("/v1/records").json()["total"] == release["records"]
                fill(url, rendered_from(seeds))
    assert finished < 20, "no load was interrupted"
    assert loading(url)


def test_two_reads_of_one_request_never_see_two_releases(seeds: Path, empty_database: str) -> None:
    """A load lands between two reads: the service's snapshot does not see it, a plain connection does."""
    fill(empty_database, rendered_from(seeds))
    latest = select(db.releases.c.id).order_by(db.releases.c.sequence.desc()).limit(1)
    name = select(db.records.c.name).where(db.records.c.key == "tissues/testis")

    reader = reading_engine(empty_database, 5)
    with reader.connect() as connection, connection.begin():
        before = connection.scalar(latest), connection.scalar(name)
        edit(seeds / "tissues/testis.yaml", name="Testicle")
        fill(empty_database, rendered_from(seeds))
        assert (connection.scalar(latest), connection.scalar(name)) == before
    with reader.connect() as connection, connection.begin():
        after = connection.scalar(latest), connection.scalar(name)
    reader.dispose()
    assert after[0] != before[0]
    assert after[1] == "Testicle"

    plain = create_engine(empty_database)
    with plain.connect() as connection, connection.begin():
        first = connection.scalar(latest)
        edit(seeds / "tissues/testis.yaml", name="Orchis")
        fill(empty_database, rendered_from(seeds))
        second = connection.scalar(latest)
    plain.dispose()
    assert first != second, "default isolation keeps requests in one release after all: the service need not ask for it"


@pytest.mark.parametrize("kind", KINDS)
def test_a_load_while_serving_is_seen_and_fails_no_request(
    kind: str, seeds: Path, new_database: Callable[[str], str]
) -> None:
    url = new_database(kind)
    fill(url, rendered_from(seeds))
    seen: set[str] = set()
    failed: list[str] = []
    stop = threading.Event()

    def ask(address: str) -> None:
        with httpx.Client(base_url=address, timeout=30) as client:
            while not stop.is_set():
                for path in ("/v1/tissues/testis", "/v1/exports/tissues.csv", "/v1/tissues?facets=true"):
                    answer = client.get(path)
                    if answer.status_code != 200:
                        failed.append(answer.text)
                    seen.add(f"{answer.headers.get('knowledge-release')} {'Testicle' in answer.text}")

    with serving(url) as address:
        askers = [threading.Thread(target=ask, args=(address,)) for _ in range(4)]
        for asker in askers:
            asker.start()
        for name in ("Testicle", "Testis") * 5:
            edit(seeds / "tissues/testis.yaml", name=name)
            fill(url, rendered_from(seeds))
        stop.set()
        for asker in askers:
            asker.join()
    assert not failed
    assert len(seen) == 2, "a release was seen with another one's content"


def test_an_unreachable_store_is_a_problem_that_passes(seeds: Path, tmp_path: Path) -> None:
    with own_postgresql(tmp_path / "data") as server:
        fill(server.get_uri(), rendered_from(seeds))
        with client_of(server.get_uri()) as client:
            assert client.get("/readyz").status_code == 200
            server.stop()
            assert client.get("/v1/hormones/lh").status_code == 200, "it is held in memory"
            answer = client.get("/v1/hormones")
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/store-unavailable")
            assert answer.headers["retry-after"] == "5"
            assert eventually(lambda: client.get("/readyz").status_code == 503)
            assert client.get("/healthz").status_code == 200
            server.start()
            assert eventually(lambda: client.get("/readyz").status_code == 200)
            assert client.get("/v1/hormones").status_code == 200


def test_migrations_make_the_schema_of_the_models_and_can_be_undone(empty_database: str) -> None:
    for command in (["upgrade", "head"], ["check"], ["downgrade", "base"], ["upgrade", "head"]):
        answer = subprocess.run(
            [str(Path(ENDOATLAS[0]).parent / "alembic"), *command],
            env=environment(empty_database),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("command", [["serve"], ["export", "nowhere"], ["openapi"]])
def test_a_store_that_cannot_be_served_is_refused_with_what_to_do(
    command: list[str], empty_database: str, tmp_path: Path
) -> None:
    def refused(url: str) -> str:
        answer = endoatlas(*command, database_url=url, cwd=tmp_path)
        assert answer.returncode == 1
        assert "Traceback" not in answer.stderr
        return answer.stderr

    assert "endoatlas load" in refused(empty_database)
    engine = writing_engine(empty_database, 5)
    migrate(engine)
    assert "holds no release" in refused(empty_database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    assert "does not know" in refused(empty_database)
    assert "no address" in refused("what:ever")
    assert "not supported" in refused("mysql://localhost/x") or "no address" in refused("mysql://localhost/x")


def test_a_folder_without_seed_files_is_refused(seeds: Path, empty_database: str, tmp_path: Path) -> None:
    fill(empty_database, rendered_from(seeds))
    (tmp_path / "nothing").mkdir()
    answer = endoatlas("load", str(tmp_path / "nothing"), database_url=empty_database)
    assert answer.returncode == 1
    assert "holds no seed file" in answer.stderr
    with client_of(empty_database) as client:
        assert client.get("/v1/hormones/lh").status_code == 200


def test_a_setting_that_cannot_be_used_is_named() -> None:
    answer = endoatlas("serve", database_url="sqlite:///x.db", ENDOATLAS_PORT="abc")
    assert answer.returncode == 1
    assert "ENDOATLAS_PORT='abc'" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "names no file"),
        ("postgresql+asyncpg://localhost/x", "not supported"),
        ("sqlite:////proc/none/store.db", "cannot be made"),
        ("postgresql://nobody@127.0.0.1:1/none", "Check ENDOATLAS_DATABASE_URL"),
        ("oracle://localhost/x", "postgresql://host/name"),
        ("not an address", "sqlite:///path"),
    ],
)
def test_a_load_into_an_unknown_database_says_so(seeds: Path, url: str, words: str) -> None:
    answer = endoatlas("load", str(seeds), database_url=url)
    assert answer.returncode == 1
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_load_into_a_newer_schema_is_refused(seeds: Path, empty_database: str) -> None:
    fill(empty_database, rendered_from(seeds))
    engine = writing_engine(empty_database, 5)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    answer = endoatlas("load", str(seeds), database_url=empty_database)
    assert answer.returncode == 1
    assert "schema revision 9999" in answer.stderr


def test_first_loads_at_the_same_time_do_not_mix(seeds: Path, empty_database: str) -> None:
    runs = [
        subprocess.Popen([*ENDOATLAS, "load", str(seeds)], env=environment(empty_database), stdout=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [run.wait(60) for run in runs] == [0, 0, 0]
    with client_of(empty_database) as client:
        assert client.get("/v1/releases").json()["total"] == 1


def test_rows_are_written_again_where_another_version_wrote_them(seeds: Path, empty_database: str) -> None:
    rendered = rendered_from(seeds)
    fill(empty_database, rendered)
    engine = writing_engine(empty_database, 5)
    with engine.begin() as connection:
        connection.execute(update(db.releases).values(layout="0000"))
        connection.execute(db.names.delete())
    assert "another version" in endoatlas("serve", database_url=empty_database).stderr
    outcome = load(engine, rendered)
    engine.dispose()
    assert outcome.unchanged
    with client_of(empty_database) as client:
        assert client.get("/v1/hormones/lutropin").json()["id"] == "hormones/lh"
