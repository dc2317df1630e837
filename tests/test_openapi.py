"""The OpenAPI document: valid, drift-free, kind to generators, and true of the running service."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from pydantic import TypeAdapter

from app.resources import RESOURCES
from tests.conftest import ROOT, endoatlas

Json = Any
BIN = Path(sys.executable).parent
OPERATIONS = ROOT / "tests" / "operations.txt"


@pytest.fixture(scope="module")
def document(server: str) -> Json:
    return httpx.get(f"{server}/openapi.json").json()


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_it_is_valid_openapi_3_1(document: Json) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document, cls=OpenAPIV31SpecValidator)


def test_the_committed_document_is_the_one_that_is_served(sqlite_database: str, server: str) -> None:
    printed = endoatlas("openapi", database_url=sqlite_database)
    assert printed.stdout == httpx.get(f"{server}/openapi.json").text
    assert printed.stdout == (ROOT / "openapi.json").read_text(), "run `make openapi`"


def test_operation_ids_are_stable(document: Json) -> None:
    """A changed or lost id breaks generated clients: `tests/operations.txt` only grows."""
    ids = sorted(f"{operation['operationId']} {path}" for path, operation in operations(document))
    assert len({line.split()[0] for line in ids}) == len(ids)
    assert ids == OPERATIONS.read_text().splitlines()
    for resource in RESOURCES:
        assert {f"list_{resource.name}", f"get_{resource.singular}"} <= {line.split()[0] for line in ids}


def test_schemas_are_named_once_for_each_concept(document: Json) -> None:
    schemas = document["components"]["schemas"]
    assert not [name for name in schemas if name.endswith(("-Input", "-Output")) or "__" in name or "[" in name]
    bodies = [json.dumps({**schema, "title": "", "description": ""}, sort_keys=True) for schema in schemas.values()]
    twins = [name for name, body in zip(schemas, bodies, strict=True) if bodies.count(body) > 1]
    assert not twins


def anonymous(schema: Json, path: str) -> Iterator[str]:
    """Object schemas that stand inline where a generator would have to invent a name."""
    if isinstance(schema, dict):
        if schema.get("properties"):
            yield path
        for key, value in schema.items():
            yield from anonymous(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for position, value in enumerate(schema):
            yield from anonymous(value, f"{path}/{position}")


def test_no_object_is_anonymous(document: Json) -> None:
    inline = list(anonymous(document["paths"], "paths"))
    for name, schema in document["components"]["schemas"].items():
        for field, value in schema.get("properties", {}).items():
            inline += anonymous({k: v for k, v in value.items() if k != "examples"}, f"{name}/{field}")
    assert not inline


def test_schemas_may_grow(document: Json) -> None:
    served = {name: schema for name, schema in document["components"]["schemas"].items() if name != "ResolveRequest"}
    assert not [name for name, schema in served.items() if schema.get("additionalProperties") is False]
    assert not [name for name, schema in served.items() if "enum" in schema]


def test_everything_is_described(document: Json) -> None:
    for path, operation in operations(document):
        assert operation["summary"], path
        assert operation["tags"], path
        for parameter in operation.get("parameters", []):
            assert parameter.get("description") or parameter["name"] == "kind", (path, parameter["name"])
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, value in schema.get("properties", {}).items():
            assert value.get("description") or "$ref" in value, f"{name}.{field} has no description"


def test_errors_are_documented_as_problems(document: Json) -> None:
    for path, operation in operations(document):
        assert "200" in operation["responses"]
        for status, response in operation["responses"].items():
            if status != "200":
                assert response["content"].keys() == {"application/problem+json"}, (path, status)
        assert {"422", "503"} <= operation["responses"].keys(), path
        if "{slug}" in path:
            assert "404" in operation["responses"]


def test_examples_are_real_records_that_fit_their_schema(document: Json, server: str) -> None:
    for resource in RESOURCES:
        (example,) = document["components"]["schemas"][resource.model.__name__]["examples"]
        assert example == httpx.get(f"{server}/v1/{example['id']}").json()
        slug = document["paths"][f"/v1/{resource.name}/{{slug}}"]["get"]["parameters"][0]["examples"]["slug"]["value"]
        assert example["id"] == f"{resource.name}/{slug}"


def test_every_record_fits_its_served_schema(document: Json, server: str) -> None:
    """Checked with jsonschema, in the schema as partners see it."""
    import jsonschema

    for resource in RESOURCES:
        schema = {
            "$ref": f"#/components/schemas/{resource.model.__name__}",
            "components": document["components"],
        }
        checker = jsonschema.Draft202012Validator(schema)
        for line in httpx.get(f"{server}/v1/exports/{resource.name}.jsonl").text.splitlines():
            record = json.loads(line)
            assert record.keys() == set(document["components"]["schemas"][resource.model.__name__]["properties"])
            assert not list(checker.iter_errors(record)), record["id"]


def test_schemathesis_finds_nothing_with_every_check(server: str, tmp_path: Path) -> None:
    answer = subprocess.run(
        [
            str(BIN / "schemathesis"), "--config-file", str(ROOT / "tests" / "schemathesis.toml"), "run",
            f"{server}/openapi.json", "--checks", "all", "--warnings", "off", "--no-color",
        ],
        env={"PATH": str(BIN), "SCHEMATHESIS_HOOKS": "tests.schemathesis_hooks", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout[-5000:]
    assert "No issues found" in answer.stdout


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[Any]:
    """The client that openapi-python-client makes of the document, imported."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(httpx.get(f"{server}/openapi.json").text)
    answer = subprocess.run(
        [
            str(BIN / "openapi-python-client"), "generate", "--path", "openapi.json", "--meta", "none",
            "--output-path", "generated_client",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "unable" not in answer.stdout.lower(), answer.stdout
    sys.path.insert(0, str(folder))
    yield importlib.import_module("generated_client")
    sys.path.remove(str(folder))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_a_generated_client_reads_every_resource_by_the_ids_it_is_given(
    generated: Any, server: str, resource: Any
) -> None:
    api = f"generated_client.api.{resource.name}"
    list_all = importlib.import_module(f"{api}.list_{resource.name}")
    get = importlib.import_module(f"{api}.get_{resource.singular}")
    referring = importlib.import_module(f"{api}.list_{resource.singular}_references")
    with generated.Client(base_url=server, raise_on_unexpected_status=True) as client:
        listing = list_all.sync(client=client, limit=5)
        assert listing.items
        for item in listing.items:
            record = get.sync(item.id, client=client)
            assert record.to_dict() == item.to_dict()
            assert record.to_dict() == httpx.get(f"{server}/v1/{item.id}").json()
            assert referring.sync(item.id, client=client).total >= 0


def test_a_generated_client_posts(generated: Any, server: str) -> None:
    module = importlib.import_module("generated_client.api.finding.resolve_many_names")
    request = importlib.import_module("generated_client.models.resolve_request").ResolveRequest
    with generated.Client(base_url=server, raise_on_unexpected_status=True) as client:
        answer = module.sync(client=client, body=request(names=["LH", "E2"]))
    assert [item.query for item in answer.items] == ["LH", "E2"]


def test_models_read_back_nothing_that_is_derived() -> None:
    """The two schema modes of one model: what a file may hold, and what is served."""
    for resource in RESOURCES:
        adapter: TypeAdapter[Any] = TypeAdapter(resource.model)
        written = adapter.json_schema(mode="validation")["properties"].keys()
        served = adapter.json_schema(mode="serialization")["properties"].keys()
        assert served - written == resource.model.derived_fields()
