"""A fourteenth resource takes one module and one entry; routes, loading, export and OpenAPI follow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx

from tests.conftest import ROOT, serving

MODULE = '''"""Devices, made up for a test."""

from __future__ import annotations

from app.resource import Filter, Record, Resource, SourceRef, TissueRef
from app.vocabulary import Term


class DeviceClass(Term):
    """What a device does."""

    PUMP = "pump", "Gives a drug in small doses."
    SENSOR = "sensor", "Measures."


class Device(Record):
    """A device."""

    device_class: DeviceClass
    """What it does."""
    worn_on: TissueRef
    """Where it is worn."""
    weight: float
    """Its weight in grams."""


DEVICES = Resource(
    name="devices",
    singular="device",
    meaning="Devices that give hormones or measure them.",
    model=Device,
    filters=(
        Filter("device_class", "device_class", DeviceClass, "What it does.", single=True),
        Filter("worn_on", "worn_on", ("tissues",), "Where it is worn."),
    ),
    sorts=("weight",),
)
'''
SEED = """name: Portable GnRH pump
summary: Gives GnRH in pulses under the skin to restore ovulation or sperm production.
sources:
- sources/textbook
device_class: pump
worn_on: tissues/testis
weight: 90.5
"""


def test_a_new_resource_takes_one_module_and_one_entry(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for folder in ("app", "alembic", "tests/seeds"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "alembic.ini"):
        shutil.copy(ROOT / file, project)
    (project / "app/resources/devices.py").write_text(MODULE)
    entries = project / "app/resources/__init__.py"
    entries.write_text(
        entries.read_text()
        .replace(
            "from app.resources.glossary", "from app.resources.devices import DEVICES\nfrom app.resources.glossary"
        )
        .replace("    SOURCES,\n)", "    SOURCES,\n    DEVICES,\n)")
    )
    seeds = project / "tests/seeds"
    (seeds / "devices").mkdir()
    (seeds / "devices/gnrh-pump.yaml").write_text(SEED)
    url = f"sqlite:///{project}/store.db"
    run = [sys.executable, "-c", "import sys; sys.path.insert(0, '.'); from app.cli import app; app()"]
    environment = {**os.environ, "ENDOATLAS_DATABASE_URL": url, "PYTHONPATH": str(project)}

    def command(*arguments: str) -> None:
        answer = subprocess.run(arguments, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stdout + answer.stderr

    revise = [sys.executable, "-m", "alembic", "revision", "--autogenerate", "-m", "Add devices", "--rev-id", "0000a"]
    command(sys.executable, "-m", "alembic", "upgrade", "head")
    command(*revise)
    command(*run, "load", str(seeds))
    with serving(url, run, cwd=project, env=environment) as address:
        answer = httpx.get(f"{address}/v1/devices", params={"device_class": "pump", "facets": True}).json()
        assert answer["facets"] == {"device_class": {"pump": 1}, "worn_on": {"tissues/testis": 1}}
        assert answer["items"][0]["worn_on"] == {"id": "tissues/testis", "name": "Testis"}
        assert httpx.get(f"{address}/v1/devices?sort=-weight&worn_on=Testis").json()["total"] == 1
        assert httpx.get(f"{address}/v1/devices/Portable%20GnRH%20pump").json()["weight"] == 90.5
        referring = httpx.get(f"{address}/v1/tissues/testis/references").json()["items"]
        assert ("devices/gnrh-pump", "worn_on") in {(item["id"], item["field"]) for item in referring}
        assert httpx.get(f"{address}/v1/exports/devices.csv").text.splitlines()[1].startswith("devices/gnrh-pump")
        document = httpx.get(f"{address}/openapi.json").json()
        assert {"/v1/devices", "/v1/devices/{slug}", "/v1/devices/{slug}/references"} <= document["paths"].keys()
        assert document["components"]["schemas"]["DeviceClass"]["x-extensible-enum"] == ["pump", "sensor"]
        vocabularies = httpx.get(f"{address}/v1/vocabularies").json()["items"]
        assert "DeviceClass" in {vocabulary["name"] for vocabulary in vocabularies}
        assert "devices" in {resource["name"] for resource in httpx.get(f"{address}/v1").json()["resources"]}
