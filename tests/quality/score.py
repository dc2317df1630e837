"""`make quality`: how often search is right first, how well mentions are found, and how often a predicted direction is
the one any textbook gives; with every miss.

`*-blind.yaml` was written before the code, by someone who had not seen it, those with a number later,
by others who had not; each was scored once before anything it showed was mended. The rest was at hand while the code
was tuned.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from app.resources import RESOURCES
from app.seed.load import render
from app.seed.rules import check
from tests.conftest import SEEDS, client_of, fill

SURE = 0.8
"""Confidence with which a wrong direction would be worst."""
HERE = Path(__file__).resolve().parent


def queries(file: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Kind, query and the records that may come first."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if isinstance(content, list):
        for item in content:
            yield item["kind"], item["query"], item["expect"]
    else:
        for kind, pairs in content.items():
            for query, expect in pairs.items():
                yield kind, str(query), expect if isinstance(expect, list) else [expect]


def score_search(client: Any, file: Path) -> float:
    """The share of queries whose first hit is right."""
    asked, right = 0, 0
    for kind, query, expect in queries(file):
        found = client.get("/v1/search", params={"q": query, "limit": 3}).json()["items"]
        asked += 1
        if found and found[0]["id"] in expect:
            right += 1
        else:
            print(f"  {kind}: {query!r} gives {[item['id'] for item in found]}, not {expect}")
    print(f"{file.name}: {right} of {asked} first hits right, {right / asked:.1%}")
    return right / asked


def places(text: str, marks: list[dict[str, Any]]) -> dict[tuple[int, int], list[str]]:
    """Where the marks of a sentence stand, and which records each may mean."""
    found = {}
    for mark in marks:
        matches = [match.start() for match in re.finditer(re.escape(mark["text"]), text)]
        start = matches[mark.get("nth", 1) - 1]
        found[start, start + len(mark["text"])] = mark["entity"]
    return found


def score_annotate(client: Any, file: Path) -> tuple[float, int]:
    """F1 over all mentions, and how many false marks the negative sentences have."""
    hits, missed, false, negative = 0, 0, 0, 0
    for item in yaml.safe_load(file.read_text(encoding="utf-8")):
        wanted = places(item["text"], item["marks"])
        given = {}
        for mark in client.post("/v1/annotate", json={"text": item["text"]}).json()["annotations"]:
            keys = [
                reference["id"] for reference in (mark["entity"], mark["glossary"], *mark["candidates"]) if reference
            ]
            given[mark["start"], mark["end"]] = keys
        good = {place for place, keys in given.items() if set(keys) & set(wanted.get(place, []))}
        hits, missed, false = hits + len(good), missed + len(wanted) - len(good), false + len(given) - len(good)
        negative += len(given) if item["kind"] == "negative" else 0
        if len(good) < len(wanted) or len(good) < len(given):
            lost = [item["text"][start:end] for start, end in wanted.keys() - good]
            extra = [(item["text"][start:end], given[start, end]) for start, end in given.keys() - good]
            print(f"  {item['text']!r}: missed {lost}, wrong {extra}")
    f1 = 2 * hits / (2 * hits + missed + false)
    print(f"{file.name}: F1 {f1:.3f} ({hits} right, {missed} missed, {false} wrong), {negative} in negative sentences")
    return f1, negative


def as_expected(effect: dict[str, Any], item: dict[str, Any]) -> bool:
    """Whether the direction is the expected one, and what it depends on is named with the expected directions."""
    found = {
        (dependence["field"], value["value"]): value["direction"]
        for dependence in effect["depends_on"]
        for value in dependence["values"]
    }
    wanted = {
        (name, value): direction
        for name, values in item.get("depends_on", {}).items()
        for value, direction in values.items()
    }
    return effect["direction"] == item["expect"] and wanted.items() <= found.items()


def score_effects(client: Any, file: Path) -> dict[str, float]:
    """The share of questions of each kind that are answered as expected; and how many definite ones are flipped."""
    asked, right = Counter[str](), Counter[str]()
    for item in yaml.safe_load(file.read_text(encoding="utf-8")):
        body = {
            "perturbations": item["perturbations"],
            "readouts": [item["readout"]],
            "context": item.get("context", {}),
            "horizon": item.get("horizon"),
        }
        effect = client.post("/v1/effects", json=body).json()["effects"][0]
        kind, good = item["kind"], as_expected(effect, item)
        asked[kind] += 1
        right[kind] += good
        if not good:
            given = f"{effect['direction']} ({effect['confidence']})"
            depends = {
                part["field"]: {at["value"]: at["direction"] for at in part["values"]} for part in effect["depends_on"]
            }
            print(f"  {item['question']} gives {given}, not {item['expect']} {item.get('depends_on', '')}; {depends}")
            flipped = kind == "definite" and effect["direction"] in {"increase", "decrease"}
            right["flipped"] += flipped
            right["flipped surely"] += flipped and effect["confidence"] >= SURE
    shares = {kind: right[kind] / number for kind, number in asked.items()}
    told = ", ".join(f"{kind} {right[kind]} of {number} ({shares[kind]:.1%})" for kind, number in asked.items())
    print(f"{file.name}: {told}; {right['flipped']} flipped, {right['flipped surely']} with confidence {SURE} or more")
    return shares


def main() -> None:
    """Score every set in this folder."""
    reading, problems = check(SEEDS, RESOURCES)
    if problems:
        sys.exit("\n".join(map(str, problems)))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.db"
        fill(url, render(reading.records))
        with client_of(url) as client:
            for file in sorted(HERE.glob("search*.yaml")):
                score_search(client, file)
            for file in sorted(HERE.glob("annotate*.yaml")):
                score_annotate(client, file)
            for file in sorted(HERE.glob("effects*.yaml")):
                score_effects(client, file)


if __name__ == "__main__":
    main()
