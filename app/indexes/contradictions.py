"""What the graph reveals of the knowledge it is made of: statements that contradict each other, and steps that lack.

A curator reads the list. A contradiction is wrong somewhere. All else is a gap: a question that is answered with
`unknown`, or with `ambiguous` because the steps do not give what a source states.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

from app.indexes.edges import (
    APART,
    CONVERSIONS,
    NOT_CAUSAL,
    SOUND,
    Edge,
    Fields,
    context_of,
    entity_of,
    key_of,
    restricted,
)
from app.indexes.effects import Reasoner
from app.indexes.worlds import ContradictionError, Perturbation, Question
from app.vocabulary import Effect, Phase, Predicate

Json = Any
SIGN = {Effect.INCREASE: 1, Effect.DECREASE: -1}
OPPOSITE = {"increase": "decrease", "decrease": "increase"}
ASKED = ("sex", "life_stage", "cycle_phase", "exposure", "level")


class Finding(NamedTuple):
    """Something a curator should look at."""

    kind: str
    key: str
    """The record to begin with."""
    message: str
    contradiction: bool
    """Whether something is wrong, rather than missing."""


def opposite_steps(reasoner: Reasoner) -> Iterator[Finding]:
    """Two steps of opposite sign between the same two that hold in the same circumstances."""
    by_pair: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in reasoner.graph.edges:
        if edge.status in SOUND and edge.sign and not edge.structural:
            by_pair[edge.source, edge.target].append(edge)
    for edges in by_pair.values():
        for one, other in combinations(edges, 2):
            apart = one.side * other.side < 0
            if one.sign != other.sign and not apart and restricted(_where(one), _where(other)) is not None:
                message = f"and {other.via} say the opposite in the same circumstances"
                yield Finding("opposite_steps", one.via, message, contradiction=True)


def _where(edge: Edge) -> Fields:
    return {name: values for name, values in edge.context.items() if name != "conditions_absent"}


def receptor_against_hormone(reasoner: Reasoner) -> Iterator[Finding]:
    """A hormone's step that every receptor step of it to the same target contradicts."""
    graph = reasoner.graph
    steps: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for entry in graph.facts.interactions.values():
        level = entry["subject_aspect"] not in APART
        causal = entry["direct"] and entry["predicate"] not in NOT_CAUSAL and entry["status"] in SOUND
        if causal and level and entry["effect"] in SIGN:
            steps[key_of(entry["subject"]), key_of(entry["object"])].append(entry)
    for (subject, target), entries in steps.items():
        for entry in entries:
            receptors = [
                receptor
                for receptor, how in graph.ligands.get(subject, ())
                if how["effect"] == Effect.INCREASE and "tissue" not in context_of(how)
            ]
            mediated = [other for receptor in receptors for other in steps.get((receptor, target), ())]
            here = [other for other in mediated if restricted(context_of(other), context_of(entry)) is not None]
            if here and all(other["effect"] != entry["effect"] for other in here):
                message = f"is contradicted by the receptor's step {here[0]['id']}"
                yield Finding("receptor_against_hormone", entry["id"], message, contradiction=True)


def dead_ends(reasoner: Reasoner) -> Iterator[Finding]:
    """A receptor or enzyme that something acts on and that acts on nothing."""
    graph = reasoner.graph
    for key, nodes in graph.nodes.items():
        reached = any(graph.edges[number].status in SOUND for node in nodes for number in graph.into.get(node, ()))
        acts = any(entity_of(graph.edges[number].target) != key for node in nodes for number in graph.out.get(node, ()))
        if key.startswith("proteins/") and reached and not acts:
            yield Finding(
                "dead_end", key, "is acted on and acts on nothing: what follows from it?", contradiction=False
            )


def net_effects(reasoner: Reasoner) -> Iterator[Finding]:
    """A net effect that the steps do not give."""
    for (subject, target), edges in reasoner.graph.net.items():
        for edge in edges:
            if edge.status not in SOUND or not edge.sign:
                continue
            change = edge.side or 1
            expected = "increase" if edge.sign * change > 0 else "decrease"
            direction = _direction(reasoner, subject, target, change, edge.context)
            if direction == OPPOSITE[expected]:
                message = f"is a net {expected}, but the steps give {direction}"
                yield Finding("net_effect_contradicted", edge.via, message, contradiction=False)
            elif direction == "unknown":
                yield Finding("net_effect_without_steps", edge.via, "no steps lead there", contradiction=False)
            elif direction == "ambiguous":
                message = f"is a net {expected}, but the steps leave it open"
                yield Finding("net_effect_left_open", edge.via, message, contradiction=False)


def _direction(reasoner: Reasoner, subject: str, target: str, change: int, context: Fields) -> str:
    asked = {name: min(values) for name, values in context.items() if name in ASKED and values}
    asked["horizon"] = min(context.get("phase", [Phase.SUSTAINED.value]))
    changed = Perturbation(subject, change, held=True)
    present = context.get("conditions", frozenset())
    try:
        answer = reasoner.answer(Question([changed], [target], asked, present, plain=True))
    except ContradictionError:
        return "nobody"
    return answer.outcomes[0].direction


def positive_axes(reasoner: Reasoner) -> Iterator[Finding]:
    """A feedback loop of an axis that drives itself on without any circumstance that would end it."""
    for axis in reasoner.graph.facts.axes.values():
        for loop in axis["feedback_loops"]:
            steps = [reasoner.graph.facts.interactions[step["id"]] for step in loop["interactions"]]
            bounded = any(context_of(step).keys() & {"cycle_phase", "life_stage", "phase", "level"} for step in steps)
            if loop["sign"] == 1 and not bounded:
                message = f"has a loop that drives itself on: {loop['name']}"
                yield Finding("positive_loop", axis["id"], message, contradiction=False)


def drugs_against_their_class(reasoner: Reasoner) -> Iterator[Finding]:
    """An inhibitor of one enzyme that does not lower what the enzyme makes."""
    interactions = reasoner.graph.facts.interactions.values()
    inhibitors = [
        entry for entry in interactions if entry["predicate"] == Predicate.INHIBITOR_OF and entry["status"] in SOUND
    ]
    targets = Counter(
        subject for subject, _ in {(key_of(each["subject"]), key_of(each["object"])) for each in inhibitors}
    )
    made: dict[str, set[str]] = defaultdict(set)
    for entry in interactions:
        if entry["predicate"] in CONVERSIONS and entry["status"] in SOUND and entry["direct"]:
            for catalyst in entry["catalysts"]:
                made[key_of(catalyst)].add(key_of(entry["object"]))
    for entry in inhibitors:
        if targets[key_of(entry["subject"])] == 1:
            for product in sorted(made[key_of(entry["object"])]):
                direction = _direction(reasoner, key_of(entry["subject"]), product, 1, context_of(entry))
                if direction == "increase":
                    message = f"should lower {product}, which the enzyme makes, but the steps raise it"
                    yield Finding("drug_against_its_class", entry["id"], message, contradiction=True)


CHECKS: tuple[Callable[[Reasoner], Iterator[Finding]], ...] = (
    opposite_steps,
    receptor_against_hormone,
    dead_ends,
    net_effects,
    positive_axes,
    drugs_against_their_class,
)
"""Everything that is looked for."""
