"""The shipped knowledge: how much there is, and that what editors are given fits it."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from app.resource import Resource
from app.resources import RESOURCES
from app.seed.canonical import schema
from app.seed.load import Rendered
from app.seed.read import seed_files
from tests.conftest import SEEDS


def test_the_first_slice_is_there(shipped: list[Rendered]) -> None:
    keys = [record.key for record in shipped]
    interactions = [key for key in keys if key.startswith("interactions/")]
    assert len(keys) - len(interactions) >= 200
    assert len(interactions) >= 150
    assert {key.split("/")[0] for key in keys} == {resource.name for resource in RESOURCES}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_editors_get_the_schema_of_the_model(resource: Resource) -> None:
    committed = (SEEDS / "schemas" / f"{resource.name}.json").read_text()
    assert committed == schema(resource), "run `endoatlas fmt`"
    checker = jsonschema.Draft202012Validator(json.loads(committed))
    for file in seed_files(SEEDS, resource)[:20]:
        data = yaml.safe_load(file.read_text())
        plain = json.loads(json.dumps(data, default=str))
        assert not list(checker.iter_errors(plain)), file


def test_computed_masses_agree_with_published_ones(shipped: list[Rendered]) -> None:
    """Published average masses, g/mol, from the drugs' labels and PubChem."""
    published = {
        "peptides/sermorelin": 3357.9,
        "peptides/ipamorelin": 711.9,
        "peptides/tesamorelin": 5135.9,
        "peptides/leuprorelin": 1209.4,
        "compounds/anastrozole": 293.4,
        "compounds/testosterone-cypionate": 412.6,
        "compounds/ibutamoren": 528.7,
    }
    computed = {record.key: record.data.get("molecular_weight") for record in shipped if record.key in published}
    assert computed == pytest.approx(published, abs=0.1)


def test_every_receptor_and_enzyme_of_the_gonadal_axis_is_joined(shipped: list[Rendered]) -> None:
    """No dangling piece: each ligand's receptor has a ligand, and each protein takes part in an interaction."""
    data = {record.key: record.data for record in shipped}
    ends = {
        entry[end]["id"]
        for entry in data.values()
        if entry["id"].startswith("interactions/")
        for end in ("subject", "object")
    } | {catalyst["id"] for entry in data.values() for catalyst in entry.get("catalysts", ())}
    subunits = {part["protein"]["id"] for entry in data.values() for part in entry.get("subunits", ())}
    loose = {key for key in data if key.startswith("proteins/")} - ends - subunits
    assert not loose
