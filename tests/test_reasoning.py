"""Reasoning: neighbours, paths, loops, and what rises and falls. Directions are what any textbook gives."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.conftest import client_of, endoatlas, fill
from tests.seed.test_load import rendered_from

RISES, FALLS = "increase", "decrease"


@pytest.fixture(scope="module")
def client(memory_client: TestClient) -> TestClient:
    return memory_client


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/v1/graph/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ask(client: TestClient, changed: str, direction: str, read: str, **more: Any) -> Any:
    """What becomes of one thing when another changes and is held there."""
    perturbation = {"entity": changed, "direction": direction, "held": more.pop("held", True)}
    horizon = {"horizon": more.pop("horizon")} if "horizon" in more else {}
    body = {"perturbations": [perturbation], "readouts": [read], "context": more, **horizon}
    answer = client.post("/v1/effects", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["effects"][0]


def problem(client: TestClient, body: Any) -> Any:
    answer = client.post("/v1/effects", json=body)
    assert answer.status_code == 422, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("changed", "direction", "read", "context", "expected"),
    [
        # A drug that inhibits an enzyme lowers what the enzyme makes, and feedback answers.
        ("anastrozole", RISES, "hormones/estradiol", {"sex": "male"}, FALLS),
        ("anastrozole", RISES, "LH", {"sex": "male"}, RISES),
        # What an enzyme uses rises only where the conversion depletes it.
        ("proteins/cyp21a2", FALLS, "hormones/17-hydroxyprogesterone", {}, RISES),
        # A receptor's loss is not made good by more of its hormone.
        ("proteins/esr1", FALLS, "LH", {"sex": "male"}, RISES),
        # An antagonist blocks what the receptor's agonists do, only where it acts.
        ("clomifene", RISES, "LH", {"sex": "male"}, RISES),
        # An ester acts through its active moiety.
        ("testosterone enanthate", RISES, "LH", {"sex": "male"}, FALLS),
        # A gland that is lost takes its hormones with it.
        ("tissues/thyroid-gland", FALLS, "TSH", {}, RISES),
        # A binding protein's total is not the free hormone.
        ("testosterone", RISES, "biomarkers/total-testosterone", {"sex": "male"}, RISES),
        # Exposure decides what a receptor does.
        ("leuprorelin", RISES, "LH", {"sex": "male", "exposure": "continuous", "horizon": "sustained"}, FALLS),
        ("leuprorelin", RISES, "LH", {"sex": "male", "exposure": "continuous", "horizon": "acute"}, RISES),
    ],
)
def test_a_change_has_the_direction_the_textbooks_give(
    client: TestClient, changed: str, direction: str, read: str, context: dict[str, str], expected: str
) -> None:
    effect = ask(client, changed, direction, read, **context)
    assert effect["direction"] == expected, effect
    assert effect["confidence"] > 0.5
    assert effect["paths"]
    assert not effect["depends_on"]


def test_what_decides_the_direction_is_named(client: TestClient) -> None:
    effect = ask(client, "GnRH", RISES, "testosterone", sex="male", horizon="sustained")
    assert effect["direction"] == "ambiguous"
    fields = {
        dependence["field"]: {value["value"]: value["direction"] for value in dependence["values"]}
        for dependence in effect["depends_on"]
    }
    assert fields["exposure"] == {"continuous": FALLS, "pulsatile": RISES}
    assert {path["sign"] for path in effect["paths"]} == {1, -1}


def test_no_path_is_unknown_and_never_unchanged(client: TestClient) -> None:
    effect = ask(client, "sildenafil", RISES, "TSH")
    assert (effect["direction"], effect["confidence"], effect["paths"]) == ("unknown", 0, [])


def test_contested_and_refuted_statements_are_never_used(client: TestClient) -> None:
    for conflict in client.get("/v1/conflicts", params={"limit": 200}).json()["items"]:
        if conflict["field"] == "status":
            record = client.get(f"/v1/{conflict['record']['id']}").json()
            status = ["established", "supported", "preliminary", "contested", "refuted"]
            body = {
                "perturbations": [{"entity": record["subject"]["id"], "direction": RISES}],
                "readouts": [record["object"]["id"]],
                "status": status,
            }
            effect = client.post("/v1/effects", json=body).json()["effects"][0]
            used = {step["status"] for path in effect["paths"] for step in path["steps"]}
            assert not used & {"contested", "refuted"}


def test_what_is_held_is_not_moved_by_its_own_regulation(client: TestClient) -> None:
    held = ask(client, "testosterone", RISES, "testosterone", sex="male")
    assert held["direction"] == RISES
    assert ask(client, "testosterone", RISES, "LH", sex="male", held=False)["direction"] == FALLS


def test_several_changes_add_up(client: TestClient) -> None:
    changes = [
        {"entity": "hormones/testosterone", "direction": FALLS, "held": True},
        {"entity": "hormones/estradiol", "direction": FALLS, "held": True},
    ]
    body = {"perturbations": changes, "readouts": ["LH"], "context": {"sex": "male"}}
    effect = client.post("/v1/effects", json=body).json()["effects"][0]
    assert effect["direction"] == RISES


def test_where_nothing_is_named_the_nearest_are_read(client: TestClient) -> None:
    body = {"perturbations": [{"entity": "cortisol", "direction": RISES, "held": True}]}
    answer = client.post("/v1/effects", json=body).json()
    read = [effect["entity"]["id"] for effect in answer["effects"]]
    assert len(read) == len(set(read)) == 50
    assert answer["truncated"] is True
    assert "hormones/acth" in read


def test_answers_are_the_same_wherever_they_are_given(client: TestClient, sqlite_database: str) -> None:
    body = {"perturbations": [{"entity": "estradiol", "direction": RISES}]}
    with client_of(sqlite_database) as other:
        assert other.post("/v1/effects", json=body).content == client.post("/v1/effects", json=body).content


def test_what_a_source_states_against_the_steps_leaves_it_open(seeds: Path, empty_database: str) -> None:
    """LH raises testosterone by its steps; a net effect that says otherwise leaves the answer open, and is shown."""
    file = seeds / "interactions" / "male.yaml"
    net = {
        "id": "interactions/lh-decreases-testosterone", "subject": "hormones/lh", "predicate": "decreases",
        "object": "hormones/testosterone", "kind": "regulation", "direct": False, "status": "established",
        "context": {"sex": ["female"]}, "evidence": [{"source": "sources/textbook"}],
    }  # fmt: skip
    file.write_text(yaml.safe_dump([*yaml.safe_load(file.read_text()), net], sort_keys=False), encoding="utf-8")
    assert endoatlas("fmt", str(seeds)).returncode == 0
    fill(empty_database, rendered_from(seeds))
    with client_of(empty_database) as client:
        answers = {sex: ask(client, "LH", RISES, "testosterone", sex=sex) for sex in ("female", "male")}
    assert (answers["female"]["direction"], answers["male"]["direction"]) == ("ambiguous", RISES)
    assert [reference["id"] for reference in answers["female"]["stated"]] == [net["id"]]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"perturbations": []}, "perturbations"),
        ({"perturbations": [{"entity": "nonesuch", "direction": RISES}]}, "'nonesuch' names nothing"),
        (
            {
                "perturbations": [
                    {"entity": "LH", "direction": RISES},
                    {"entity": "hormones/lh", "direction": FALLS},
                ]
            },
            "changed already",
        ),
        ({"perturbations": [{"entity": "LH", "direction": RISES}], "readouts": ["LH"] * 10_000}, "200"),
        (
            {
                "perturbations": [{"entity": "LH", "direction": RISES}],
                "context": {"sex": "male", "cycle_phase": "luteal"},
            },
            "fits nobody",
        ),
        ({"perturbations": [{"entity": "LH", "direction": "sideways"}]}, "direction"),
        ({"perturbations": [{"entity": "LH", "direction": RISES}], "status": ["refuted"]}, "no step"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_why(client: TestClient, body: Any, told: str) -> None:
    answer = problem(client, body)
    assert told in answer["detail"] or any(told in str(error) for error in answer["errors"])


def test_too_long_paths_are_refused(client: TestClient) -> None:
    answer = client.get("/v1/graph/paths", params={"source": "LH", "target": "FSH", "max_hops": 50})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "query.max_hops"


def test_ways_back_are_asked_of_loops(client: TestClient) -> None:
    answer = client.get("/v1/graph/paths", params={"source": "LH", "target": "hormones/lh"})
    assert answer.status_code == 422
    assert "/v1/graph/loops" in answer.json()["detail"]


@pytest.fixture(scope="module")
def entities(client: TestClient) -> list[str]:
    """Records that something acts on, or that act."""
    pages = [client.get("/v1/interactions", params={"limit": 200, "q": word}).json() for word in ("secret", "receptor")]
    return sorted({end["id"] for page in pages for item in page["items"] for end in (item["subject"], item["object"])})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_path_is_a_chain_of_sourced_steps(client: TestClient, entities: list[str], data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(entities))
    target = data.draw(st.sampled_from([key for key in entities if key != source]))
    hops = data.draw(st.integers(1, 8))
    sex = data.draw(st.sampled_from(["male", "female"]))
    found = get(client, "paths", source=source, target=target, max_hops=hops, sex=sex)
    lengths = [path["length"] for path in found["paths"]]
    assert lengths == sorted(lengths)
    for path in found["paths"]:
        steps = path["steps"]
        assert len(steps) == path["length"] <= hops
        assert (steps[0]["source"]["id"], steps[-1]["target"]["id"]) == (source, target)
        assert all(one["target"] == other["source"] for one, other in pairwise(steps))
        passed = [step["source"]["id"] for step in steps] + [target]
        assert len(set(passed)) == len(passed)
        assert path["sign"] == prod(step["sign"] for step in steps)
        for step in steps:
            assert step["sources"] or not step["via"]["id"].startswith("interactions/")
            assert step["status"] in {"established", "supported"}
            assert sex in step["context"].get("sex", [sex])


def test_loops_have_the_sign_of_their_steps_and_a_class(client: TestClient) -> None:
    loops = get(client, "loops", axis="adrenal-axis", limit=100)["loops"]
    around = {tuple(sorted(record["id"] for record in loop["path"])): loop for loop in loops if loop["sign"] == -1}
    long = around["hormones/acth", "hormones/cortisol", "proteins/mc2r", "proteins/nr3c1"]
    assert long["loop"] == "long"
    for loop in loops:
        assert len(loop["path"]) == len(loop["interactions"]) == loop["length"]
    assert {loop["loop"] for loop in get(client, "loops", entity="prolactin")["loops"]} >= {"short"}


def test_a_neighbourhood_holds_both_ends_of_its_steps(client: TestClient) -> None:
    for direction in ("in", "out", "both"):
        found = get(client, "neighbors", entity="cortisol", direction=direction, depth=2)
        nodes = {node["id"]: node["distance"] for node in found["nodes"]}
        assert nodes["hormones/cortisol"] == 0
        assert max(nodes.values()) == 2
        for edge in found["edges"]:
            assert {edge["source"]["id"], edge["target"]["id"]} <= nodes.keys()
        first = [edge for edge in found["edges"] if "hormones/cortisol" in {edge["source"]["id"], edge["target"]["id"]}]
        ends = {"in": "target", "out": "source"}
        if direction in ends:
            assert any(edge[ends[direction]]["id"] == "hormones/cortisol" for edge in first)


def test_a_statement_that_is_not_sound_shows_only_where_asked_for(client: TestClient) -> None:
    sound = get(client, "neighbors", entity="ipamorelin")
    every = get(client, "neighbors", entity="ipamorelin", status=["established", "supported", "preliminary", "refuted"])
    assert {edge["status"] for edge in sound["edges"]} <= {"established", "supported"}
    assert len(every["edges"]) >= len(sound["edges"])
