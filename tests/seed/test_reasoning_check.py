"""`endoatlas check --reasoning`: what the graph contradicts fails the check, what it lacks is listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import endoatlas

INTERACTIONS = "interactions/male.yaml"


def step(subject: str, predicate: str, target: str, **more: Any) -> dict[str, Any]:
    """An interaction of the small seed folder."""
    slug = f"{subject.split('/')[1]}-{predicate.replace('_', '-')}-{target.split('/')[1]}"
    return {
        "id": f"interactions/{slug}",
        "subject": subject,
        "predicate": predicate,
        "object": target,
        "kind": "regulation",
        "status": "established",
        "evidence": [{"source": "sources/textbook"}],
        **more,
    }


def listed(seeds: Path, *added: dict[str, Any]) -> tuple[int, str]:
    file = seeds / INTERACTIONS
    file.write_text(yaml.safe_dump([*yaml.safe_load(file.read_text()), *added], sort_keys=False), encoding="utf-8")
    assert endoatlas("fmt", str(seeds)).returncode == 0
    run = endoatlas("check", str(seeds), "--reasoning")
    assert not run.stderr.strip(), run.stderr
    return run.returncode, run.stdout


LH, TESTOSTERONE, RECEPTOR = "hormones/lh", "hormones/testosterone", "proteins/lhcgr"


@pytest.mark.parametrize(
    ("added", "kind", "told"),
    [
        ([step(LH, "inhibits", TESTOSTERONE)], "opposite_steps", "say the opposite"),
        ([step(RECEPTOR, "inhibits", TESTOSTERONE)], "receptor_against_hormone", "receptor's step"),
    ],
)
def test_a_contradiction_fails_the_check(seeds: Path, added: list[dict[str, Any]], kind: str, told: str) -> None:
    code, text = listed(seeds, *added)
    assert code == 1
    line = next(line for line in text.splitlines() if f"[{kind}]" in line)
    assert told in line
    assert INTERACTIONS in line


def test_a_gap_is_listed_and_fails_nothing(seeds: Path) -> None:
    code, text = listed(seeds, step(TESTOSTERONE, "increases", "compounds/cholesterol", direct=False))
    assert code == 0, text
    assert "[dead_end]" in text
    assert "[net_effect_without_steps]" in text
    assert text.splitlines()[-1].startswith("0 contradictions")


def test_a_net_effect_that_the_steps_reverse_is_listed(seeds: Path) -> None:
    code, text = listed(
        seeds,
        step(TESTOSTERONE, "converts_to", "compounds/cholesterol", kind="conversion"),
        step(LH, "decreases", "compounds/cholesterol", direct=False),
    )
    line = next(line for line in text.splitlines() if "[net_effect_contradicted]" in line)
    assert "the steps give increase" in line
    assert INTERACTIONS in line
    assert code == 0


def test_a_circumstance_of_its_own_makes_no_contradiction(seeds: Path) -> None:
    preovulatory = step(LH, "inhibits", TESTOSTERONE, context={"sex": ["female"]})
    code, text = listed(seeds, preovulatory | {"id": f"{preovulatory['id']}-female"})
    assert "[opposite_steps]" in text  # the other step holds everywhere
    assert code == 1
