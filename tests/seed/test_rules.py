"""Every rule refuses what breaks it, and says where and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.resources import RESOURCES
from app.seed.read import Fault
from app.seed.rules import RULES, check
from tests.conftest import endoatlas

Data = Any
Change = Callable[[Data], None]
INTERACTIONS = "interactions/male.yaml"


def problems_after(seeds: Path, file: str, change: Change) -> list[Fault]:
    """Change the data of one file, write it back, and hold the folder against the rules."""
    path = seeds / file
    data = yaml.safe_load(path.read_text())
    change(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False, width=110))
    return check(seeds, RESOURCES)[1]


def put(value: Any, *path: str | int) -> Change:
    """A change that puts a value at a path."""

    def change(data: Data) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return change


NOTE = {"field": "shoe_size", "text": "Not a field."}
SYNONYM = {"name": "lutropin", "type": "exact"}
BREACHES: dict[str, tuple[str, Change, str, str]] = {
    "dangling_reference": (INTERACTIONS, put("hormones/nothing", 1, "object"), "object", "does not exist"),
    "duplicate_name": ("hormones/testosterone.yaml", put([SYNONYM], "synonyms"), "synonyms[0]", "hormones/lh"),
    "repeated_name": (
        "hormones/lh.yaml", put("luteinizing-hormone", "synonyms", 0, "name"), "synonyms[0]", "repeats",
    ),
    "shared_identifier": (
        "hormones/lh.yaml", put(["CHEBI:17347", "CHEBI:17347"], "xrefs"), "xrefs", "",
    ),
    "taken_path": ("glossary/index.yaml", lambda _: None, "glossary/index", "the path of the index"),
    "forbidden_effect": (INTERACTIONS, put("decrease", 0, "effect"), "effect", "agonist_of"),
    "wrong_end": (INTERACTIONS, put("tissues/testis", 0, "object"), "object", "does not take"),
    "slug_follows": (INTERACTIONS, put("interactions/lh-raises-testosterone", 1, "id"), "id", "does not follow"),
    "established_needs_tier_a": (
        INTERACTIONS, put("sources/web-page", 0, "evidence", 0, "source"), "status", "tier A",
    ),
    "supported_needs_human_study": (
        INTERACTIONS,
        lambda data: data[0].update(status="supported", evidence=[{"source": "sources/web-page"}]),
        "status",
        "tier A to C",
    ),
    "dispute_needs_both_sides": (INTERACTIONS, put("contested", 0, "status"), "evidence", "both sides"),
    "unsourced_number": ("hormones/lh.yaml", put([], "half_life", 0, "sources"), "half_life[0]", "without a source"),
    "unsourced_statement": (
        "hormones/lh.yaml",
        put([{"text": "A headache", "sources": []}], "adverse_effects"),
        "adverse_effects[0]",
        "without a source",
    ),
    "disputed_note_is_whole": (
        "hormones/lh.yaml",
        put([{"field": "half_life", "text": "Disputed.", "claim": "LH lasts a day."}], "notes"),
        "notes[0]",
        "without claim, status or a side",
    ),
    "note_names_a_field": ("hormones/lh.yaml", put([NOTE], "notes"), "notes[0].field", "shoe_size"),
    "verified_identifier": (
        "sources/web-page.yaml", lambda data: data.update(verified=False, doi="10.1000/182"), "verified", "verified",
    ),
    "verdict_fits": (
        "sources/web-page.yaml",
        put([{"citation": "A 2001", "verdict": "corrected"}], "cites"),
        "cites[0]",
        "does not fit",
    ),
    "loop_closes": (
        "axes/male-gonadal-axis.yaml",
        put(["interactions/lh-stimulates-testosterone"], "feedback_loops", 0, "interactions"),
        "feedback_loops[0]",
        "starts at hormones/lh",
    ),
    "part_of_is_a_tree": (
        "tissues/testis.yaml", put("tissues/testis", "part_of"), "part_of", "tissues/testis > tissues/testis",
    ),
    "axis_is_drawn": (
        "axes/male-gonadal-axis.yaml", put(["hormones/lh", "hormones/fsh"], "levels", 0, "hormones"), "levels[0]",
        "hormones/fsh has no step",
    ),
}  # fmt: skip


def test_the_small_seed_folder_breaks_no_rule(seeds: Path) -> None:
    assert check(seeds, RESOURCES)[1] == []


def test_every_rule_has_a_failing_example() -> None:
    assert {rule.__name__ for rule in RULES} == BREACHES.keys()
    assert all((rule.__doc__ or "").strip() for rule in RULES)


@pytest.mark.parametrize("rule", BREACHES)
def test_a_breach_is_found_where_it_stands(seeds: Path, rule: str) -> None:
    file, change, field, message = BREACHES[rule]
    if rule == "shared_identifier":
        problems_after(seeds, "hormones/testosterone.yaml", put(["CHEBI:17347"], "xrefs"))
    if rule == "taken_path":
        (seeds / "glossary/luteinizing-hormone.yaml").rename(seeds / file)
    found = [problem for problem in problems_after(seeds, file, change) if problem.rule == rule]
    assert found, f"{rule} was not reported"
    problem = found[-1] if rule == "shared_identifier" else found[0]
    assert message in problem.message
    assert field in problem.field
    assert problem.mend
    assert problem.file == seeds / (file if rule != "shared_identifier" else "hormones/testosterone.yaml")
    last_field = field.split(".")[-1].split("[")[0]
    line = problem.file.read_text().splitlines()[problem.line - 1]
    if rule not in {
        "duplicate_name",
        "repeated_name",
        "unsourced_number",
        "unsourced_statement",
        "loop_closes",
        "axis_is_drawn",
        "verdict_fits",
        "taken_path",
    }:
        assert last_field in line or line.lstrip().startswith("- ")


@pytest.mark.parametrize(
    ("file", "change", "field", "rule", "message", "mend"),
    [
        ("hormones/lh.yaml", put("x" * 201, "summary"), "summary", "summary_length", "has 201", "shorten it by 1"),
        ("hormones/lh.yaml", put("steriod", "hormone_class"), "hormone_class", "schema", "none of", "steroid"),
        ("hormones/lh.yaml", put("a", "sumary"), "sumary", "schema", "is no field", "`summary`"),
        ("hormones/lh.yaml", put([], "receptors"), "receptors", "schema", "follows from other records", "remove it"),
        ("hormones/lh.yaml", put("hormones/lh", "id"), "", "schema", "follows from the file's path", "remove `id`"),
        ("hormones/lh.yaml", put("proteins/lhcgr", "sources", ), "sources", "schema", "valid list", "schema"),
        ("hormones/lh.yaml", put(40, "half_life", 0, "low"), "half_life[0]", "schema", "low above its high", "schema"),
        ("hormones/lh.yaml", put("ell", "half_life", 0, "unit"), "half_life[0].unit", "schema", "none of", "one of"),
        ("hormones/lh.yaml", lambda data: data.pop("roles"), "roles", "schema", "is missing", "add it"),
        (INTERACTIONS, put("sources/textbook", 1, "object"), "object", "schema", "not of the form", "write it as"),
        (INTERACTIONS, put("interactions/lh-agonist-of-lhcgr", 1, "id"), "id", "duplicate_key", "too", "merge"),
    ],
)  # fmt: skip
def test_a_record_that_does_not_fit_its_schema(
    seeds: Path, file: str, change: Change, field: str, rule: str, message: str, mend: str
) -> None:
    problem = next(p for p in problems_after(seeds, file, change) if p.rule == rule)
    assert problem.field == field
    assert message in problem.message
    assert mend in problem.mend
    assert str(problem).startswith(f"{seeds / file}:{problem.line}: ")


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("name: LH\nname: again\n", 2, "field_twice"),
        ("name: LH\nsummary: [\n", 3, "syntax"),
        ("name: LH\n# a remark\nsummary: s\n", 2, "comment"),
        ("name: LH # a remark\n", 1, "comment"),
        ("- name: LH\n", 1, "schema"),
        ("name: 2023-13-45\n", 1, "syntax"),
        ("name: \x01\n", 1, "syntax"),
        ("? [a]\n: b\n", 1, "syntax"),
        ("5\n", 1, "schema"),
    ],
)
def test_a_file_that_cannot_be_read(seeds: Path, text: str, line: int, rule: str) -> None:
    (seeds / "hormones/lh.yaml").write_text(text)
    problem = next(p for p in check(seeds, RESOURCES)[1] if p.file.name == "lh.yaml")
    assert (problem.line, problem.rule) == (line, rule)


def test_a_file_that_is_not_utf_8(seeds: Path) -> None:
    (seeds / "hormones/lh.yaml").write_bytes(b"name: \xff\n")
    assert any(p.file.name == "lh.yaml" and "UTF-8" in p.message for p in check(seeds, RESOURCES)[1])


def test_a_file_out_of_canonical_form_is_reported_and_mended(seeds: Path) -> None:
    lh = seeds / "hormones/lh.yaml"
    wanted = lh.read_text()
    lh.write_text("summary: x\n" + wanted.replace("summary: Pituitary", "description: Pituitary"))
    assert "not_canonical" in {p.rule for p in check(seeds, RESOURCES)[1]}
    lh.write_text(yaml.safe_dump(yaml.safe_load(wanted), sort_keys=True))
    assert [p.rule for p in check(seeds, RESOURCES)[1]] == ["not_canonical"]
    assert endoatlas("fmt", str(seeds)).returncode == 0
    assert lh.read_text() == wanted


def test_formatting_refuses_to_lose_a_comment(seeds: Path) -> None:
    lh = seeds / "hormones/lh.yaml"
    lh.write_text("# mine\n" + lh.read_text())
    before = lh.read_text()
    answer = endoatlas("fmt", str(seeds))
    assert answer.returncode == 1
    assert "lh.yaml:1" in answer.stderr
    assert lh.read_text() == before


def test_all_problems_are_listed_at_once_and_nothing_is_loaded(seeds: Path, tmp_path: Path) -> None:
    problems_after(seeds, "hormones/lh.yaml", put("x" * 201, "summary"))
    problems_after(seeds, INTERACTIONS, put("decrease", 1, "effect"))
    problems_after(seeds, "tissues/testis.yaml", put("organelle-ish", "tissue_class"))
    answer = endoatlas("load", str(seeds), database_url=f"sqlite:///{tmp_path}/store.db")
    assert answer.returncode == 1
    for words in ("summary_length", "forbidden_effect", "tissue_class", "mend:", "nothing was loaded"):
        assert words in answer.stderr
    assert not (tmp_path / "store.db").exists()


def test_a_reference_to_a_theme_is_no_reference_to_an_interaction(seeds: Path) -> None:
    change = put(["interactions/male"], "cascade")
    rules = [fault.rule for fault in problems_after(seeds, "axes/male-gonadal-axis.yaml", change)]
    assert "dangling_reference" in rules


def test_nothing_in_a_seed_folder_is_overlooked(seeds: Path) -> None:
    (seeds / "hormone").mkdir()
    (seeds / "hormones" / "fsh.yml").write_text("name: FSH")
    faults = {fault.file.name: fault.rule for fault in check(seeds, RESOURCES)[1]}
    assert faults == {"hormone": "stray_file", "fsh.yml": "stray_file"}
