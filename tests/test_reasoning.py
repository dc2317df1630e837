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

from app.resources import RESOURCES
from app.seed.load import render
from app.seed.rules import check
from tests.conftest import client_of, endoatlas, fill

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
        # What a lost gland did falls with it; in a man its LH finds no other cells that make steroids of it.
        ("tissues/testis", FALLS, "progesterone", {"sex": "male"}, FALLS),
        ("tissues/liver", FALLS, "processes/gluconeogenesis", {}, FALLS),
        ("tissues/liver", FALLS, "compounds/glucose", {}, FALLS),
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
    assert fields["exposure"] == {"continuous": FALLS, "pulsatile": RISES, "single_dose": "unknown"}
    assert {path["sign"] for path in effect["paths"]} == {1, -1}


@pytest.mark.parametrize("changed", ["gip", "cortisol", "leptin"])
def test_what_is_read_beside_it_changes_no_answer(client: TestClient, changed: str) -> None:
    body = {"perturbations": [{"entity": changed, "direction": RISES, "held": True}]}
    together = client.post("/v1/effects", json=body).json()["effects"]
    assert len(together) > 5
    for effect in together[::4]:
        alone = client.post("/v1/effects", json=body | {"readouts": [effect["entity"]["id"]]}).json()["effects"]
        assert alone == [effect]


def test_a_lost_receptor_is_not_moved_by_a_drug_that_acts_in_one_tissue(client: TestClient) -> None:
    changes = [
        {"entity": "proteins/drd2", "direction": FALLS, "held": True},
        {"entity": "bromocriptine", "direction": RISES, "held": True},
    ]
    body = {"perturbations": changes, "readouts": ["prolactin"], "context": {"sex": "male"}}
    assert client.post("/v1/effects", json=body).json()["effects"][0]["direction"] == RISES


def test_every_woman_who_cycles_has_phases(client: TestClient) -> None:
    for stage in ("premenopausal", "perimenopausal", "adult"):
        effect = ask(client, "estradiol", RISES, "LH", sex="female", life_stage=stage, cycle_phase="luteal")
        assert effect["direction"] == FALLS


def test_no_direction_no_confidence(client: TestClient) -> None:
    body = {"perturbations": [{"entity": "octreotide", "direction": RISES, "held": True}]}
    for effect in client.post("/v1/effects", json=body).json()["effects"]:
        assert (effect["confidence"] > 0) == (effect["direction"] in {RISES, FALLS, "unchanged"})
        if effect["direction"] in {RISES, FALLS}:
            assert effect["paths"]


def test_no_path_is_unknown_and_never_unchanged(client: TestClient) -> None:
    effect = ask(client, "sildenafil", RISES, "TSH")
    assert (effect["direction"], effect["confidence"], effect["paths"]) == ("unknown", 0, [])


def test_contested_and_refuted_statements_are_never_used(client: TestClient) -> None:
    seen = 0
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
            seen += len(used)
    assert seen


def test_what_is_held_is_not_moved_by_its_own_regulation(client: TestClient) -> None:
    held = ask(client, "testosterone", RISES, "testosterone", sex="male")
    assert held["direction"] == RISES
    assert ask(client, "testosterone", RISES, "LH", sex="male", held=False)["direction"] == FALLS


def test_changes_that_pull_apart_leave_it_open(client: TestClient) -> None:
    """Less testosterone raises LH, more estradiol lowers it: amounts decide, and none is told."""
    less = {"entity": "hormones/testosterone", "direction": FALLS, "held": True}
    more = {"entity": "hormones/estradiol", "direction": RISES, "held": True}
    given = []
    for changes in ([less], [more], [less, more], [less, {**more, "direction": FALLS}]):
        body = {"perturbations": changes, "readouts": ["LH"], "context": {"sex": "male"}}
        given.append(client.post("/v1/effects", json=body).json()["effects"][0])
    assert [effect["direction"] for effect in given] == [RISES, FALLS, "ambiguous", RISES]
    assert {path["steps"][0]["source"]["id"] for path in given[2]["paths"]} == {less["entity"], more["entity"]}


def test_what_takes_place_in_a_lost_gland_no_longer_does(client: TestClient) -> None:
    """Without a pituitary the lack of cortisol raises no ACTH, and without ovaries there is no cycle."""
    lost = {"direction": FALLS, "held": True}
    body = {"perturbations": [{"entity": "tissues/anterior-pituitary", **lost}], "readouts": ["ACTH"]}
    assert client.post("/v1/effects", json=body).json()["effects"][0]["direction"] == FALLS
    woman = {"sex": "female", "life_stage": "premenopausal"}
    body = {"perturbations": [{"entity": "ovary", **lost}], "readouts": ["FSH", "LH"], "context": woman}
    for effect in client.post("/v1/effects", json=body).json()["effects"]:
        assert (effect["direction"], effect["depends_on"]) == (RISES, [])
    for made in ("progesterone", "hormones/inhibin-a", "hormones/inhibin-b"):
        effect = client.post("/v1/effects", json={**body, "readouts": [made]}).json()["effects"][0]
        assert effect["direction"] == FALLS
    refused = problem(client, body | {"context": {"cycle_phase": "luteal"}})
    assert "without ovaries" in refused["detail"]


def test_what_is_released_within_a_tissue_acts_there(client: TestClient) -> None:
    """Leptin raises the alpha-MSH of the hypothalamus, which curbs appetite and tans nobody."""
    assert ask(client, "leptin", RISES, "appetite")["direction"] == FALLS
    assert ask(client, "alpha-MSH", RISES, "skin pigmentation")["direction"] == RISES
    ways = ask(client, "proteins/lepr", RISES, "skin pigmentation")["paths"]
    steps = {(step["source"]["id"], step["target"]["id"]) for path in ways for step in path["steps"]}
    assert ("hormones/alpha-msh", "proteins/mc1r") not in steps


def test_where_nothing_is_named_the_nearest_are_read(client: TestClient) -> None:
    body = {"perturbations": [{"entity": "cortisol", "direction": RISES, "held": True}]}
    answer = client.post("/v1/effects", json=body).json()
    read = [effect["entity"]["id"] for effect in answer["effects"]]
    assert len(read) == len(set(read)) == 25
    assert answer["truncated"] is True
    assert {key.split("/")[0] for key in read[:4]} == {"hormones", "biomarkers", "processes", "conditions"}


def test_answers_are_the_same_wherever_they_are_given(client: TestClient, sqlite_database: str) -> None:
    body = {"perturbations": [{"entity": "estradiol", "direction": RISES}]}
    with client_of(sqlite_database) as other:
        assert other.post("/v1/effects", json=body).content == client.post("/v1/effects", json=body).content


def stating(seeds: Path, database: str, *nets: dict[str, Any]) -> None:
    """A store of the small seed folder, in which LH raises testosterone by its steps, with more statements."""
    file = seeds / "interactions" / "male.yaml"
    written = yaml.safe_load(file.read_text())
    for net in nets:
        subject, end = net.get("subject", "hormones/lh"), net.get("object", "hormones/testosterone")
        stem = f"{subject.split('/')[1]}-{net['predicate'].replace('_', '-')}-{end.split('/')[1]}"
        base = {"id": f"interactions/{stem}", "subject": subject, "object": end, "kind": "regulation", "direct": False}
        written.append(base | {"status": "established", "evidence": [{"source": "sources/textbook"}]} | net)
    file.write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
    assert endoatlas("fmt", str(seeds)).returncode == 0
    reading, problems = check(seeds, RESOURCES)
    assert not problems, problems
    fill(database, render(reading.records))


def test_what_a_source_states_against_the_steps_leaves_it_open(seeds: Path, empty_database: str) -> None:
    """In its own circumstances only, and only where nothing else is changed."""
    stating(seeds, empty_database, {"predicate": "decreases", "context": {"sex": ["female"]}})
    with client_of(empty_database) as client:
        answers = {sex: ask(client, "LH", RISES, "testosterone", sex=sex) for sex in ("female", "male")}
        changes = [{"entity": entity, "direction": RISES, "held": True} for entity in ("LH", "compounds/cholesterol")]
        body = {"perturbations": changes, "readouts": ["testosterone"], "context": {"sex": "female"}}
        together = client.post("/v1/effects", json=body).json()["effects"][0]
    assert (answers["female"]["direction"], answers["male"]["direction"]) == ("ambiguous", RISES)
    assert [reference["id"] for reference in answers["female"]["stated"]] == ["interactions/lh-decreases-testosterone"]
    assert together["direction"] == RISES


def test_a_statement_about_the_ill_says_nothing_of_others(seeds: Path, empty_database: str) -> None:
    illness = {"name": "Illness", "summary": "An illness of tests.", "condition_class": "disease"}
    (seeds / "conditions").mkdir()
    (seeds / "conditions" / "illness.yaml").write_text(yaml.safe_dump(illness), encoding="utf-8")
    stating(seeds, empty_database, {"predicate": "decreases", "context": {"conditions": ["conditions/illness"]}})
    with client_of(empty_database) as client:
        assert ask(client, "LH", RISES, "testosterone")["direction"] == RISES
        assert ask(client, "LH", RISES, "testosterone", conditions=["illness"])["direction"] == "ambiguous"


def test_unchanged_is_what_a_source_states_for_just_that(seeds: Path, empty_database: str) -> None:
    none = {"predicate": "associated_with", "effect": "none", "kind": "association", "object": "compounds/cholesterol"}
    stating(seeds, empty_database, none | {"context": {"sex": ["male"]}})
    with client_of(empty_database) as client:
        assert ask(client, "LH", RISES, "cholesterol", sex="male")["direction"] == "unchanged"
        assert ask(client, "LH", RISES, "cholesterol", sex="female")["direction"] == "unknown"
        changes = [{"entity": entity, "direction": RISES, "held": True} for entity in ("LH", "proteins/lhcgr")]
        body = {"perturbations": changes, "readouts": ["cholesterol"], "context": {"sex": "male"}}
        assert client.post("/v1/effects", json=body).json()["effects"][0]["direction"] == "unknown"


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
        ({"perturbations": [{"entity": "LH", "direction": RISES}], "readouts": ["LH"] * 10_000}, "at most 50"),
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
    assert "refuted" in {edge["status"] for edge in every["edges"]}


def test_paths_say_where_there_are_more(client: TestClient) -> None:
    for limit, more in ((1, True), (100, False)):
        found = get(client, "paths", source="anastrozole", target="LH", max_hops=4, limit=limit, sex="male")
        assert found["truncated"] is more
