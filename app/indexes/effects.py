"""What rises and falls when something changes: signs of press perturbations, in every world a question leaves open.

The qualitative analysis of signed digraphs (Levins 1974), with an ensemble of strengths in place of symbols (Dambacher,
Li and Rossignol 2002; Raymond and others 2011). Where those works draw matrices and reject the unstable
ones, each node's inputs are scaled to less than its own decay here: every sample is stable, and the new levels are the
fixed point of a contraction. docs/effects.md tells it in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import NamedTuple

from app.indexes.edges import ANYWHERE, BROUGHT, SOUND, Edge, entity_of
from app.indexes.graph import Graph, Path, steps_of
from app.indexes.levels import Draws, Floats, Mask, Steps
from app.indexes.worlds import FARTHEST, FIELDS, Asked, Part, Question, World
from app.vocabulary import Status

DECIDED = 0.9
"""Share of samples that must agree for a direction to be told. Of the questions at hand, 0.8 answers three more of 211
definite ones rightly, and five fewer of 49 that truly compete."""
MOVED = 0.5
"""Share of samples that must move at all: steps that hold for a rise or a fall only may leave most as they are."""
WORK, ALL_WORK = 20_000, 150_000
"""Edges over all worlds together: for one thing that is read, and for all of them."""
TRUST: Mapping[str, float] = {Status.ESTABLISHED: 0.96, Status.SUPPORTED: 0.9, Status.PRELIMINARY: 0.7}
"""What a step takes from confidence by how well it stands. Set by hand: a chain is less sure than its steps."""
SHOWN = 3
"""Paths shown for each direction."""
DIRECTIONS = {1: "increase", -1: "decrease"}


@dataclass(frozen=True)
class Outcome:
    """What becomes of one thing that is read."""

    entity: str
    direction: str
    """increase, decrease, unchanged, ambiguous or unknown."""
    confidence: float
    """Share of samples that agree, in the world where fewest do, less for each step of the shortest way; 0 where no
    direction is told."""
    depends_on: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By field left open, the direction for each of its values; where the direction is not the same."""
    assumed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By field left open, the only values for which there is an answer."""
    paths: Sequence[Path] = ()
    stated: Sequence[str] = ()
    """Net effects between the two that sources state. They give no direction; one that they contradict is ambiguous."""


class Answer(NamedTuple):
    """Outcomes in the order asked."""

    outcomes: list[Outcome]
    truncated: bool
    """Whether part of the graph, some worlds, or the last of what is read was left out."""


class _Result(NamedTuple):
    """The direction of one thing, and the share of samples for it."""

    direction: str
    share: float


class _Told(NamedTuple):
    """What one world shows of one thing, and the steps that hold there."""

    world: World
    direction: str
    share: float
    active: Mask


class Reasoner:
    """Answers questions on one graph. Everything is drawn once from a fixed seed: answers hold for a release."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._draws = Draws()

    def node(self, entity: str) -> str:
        """The node that stands for a record when it is read."""
        nodes = self.graph.nodes.get(entity, [entity])
        return next((node for node in nodes if node.endswith((BROUGHT, ANYWHERE))), nodes[0])

    def reach(self, perturbed: Iterable[str], statuses: frozenset[str] = SOUND) -> list[str]:
        """Records that a change of some can reach, nearest first."""
        edges = self.graph.edges
        nodes = self.graph.distances(perturbed, lambda number: edges[number].status in statuses, FARTHEST)
        return list(dict.fromkeys(entity_of(node) for node in nodes if not node.startswith("interactions/")))

    def answer(self, question: Question) -> Answer:
        """The direction of each thing that is read.

        Raises `ContradictionError` where the context fits nobody.
        """
        asked = Asked(self.graph, question)
        outcomes: list[Outcome] = []
        truncated, work = False, 0
        for entity in question.readouts:
            with self.graph.turn:
                part = Part(asked, self.node(entity))
                told, cut = self._told(asked, part)
                outcomes.append(self._outcome(part, entity, told))
            work += len(told) * _solved(asked) * len(part.edges)
            truncated = truncated or cut or part.truncated
            if work > ALL_WORK and len(outcomes) < len(question.readouts):
                return Answer(outcomes, truncated=True)
        return Answer(outcomes, truncated)

    def _told(self, asked: Asked, part: Part) -> tuple[list[_Told], bool]:
        """What each world shows of one thing, and whether worlds were left out."""
        steps = Steps.of(self.graph, part.edges, (*asked.changed, part.read), self._draws)
        results: dict[bytes, _Result] = {}
        solved = _solved(asked)
        told: list[_Told] = []
        for world in part.worlds():
            active = part.active(world)
            key = active.tobytes()
            if key not in results:
                if len(results) * solved * len(part.edges) > WORK:
                    return told, True
                results[key] = _together(asked.changed, partial(steps.levels, read=part.read, active=active))
            told.append(_Told(world, *results[key], active))
        return told, False

    def _outcome(self, part: Part, entity: str, told: Sequence[_Told]) -> Outcome:
        asked = part.asked
        nets = self._stated(asked, self.graph.net, entity)
        stated = [edge.via for edge in nets]
        known = [one for one in told if one.direction != "unknown"]
        if not known:
            unmoved = self._stated(asked, self.graph.unmoved, entity)
            everywhere = [edge for edge in unmoved if all(asked.holds(edge, one.world) for one in told)]
            if everywhere and len(asked.changed) == 1:
                return Outcome(entity, "unchanged", 1.0, stated=[edge.via for edge in everywhere])
            return Outcome(entity, "unknown", 0.0, stated=stated)
        direction = _agreed(one.direction for one in known)
        by_field = _by_field([(one.world, one.direction) for one in told])
        depends = {name: values for name, values in by_field.items() if len(set(values.values())) > 1}
        assumed = dict(part.assumed)
        paths = [] if asked.question.plain else self._paths(part, entity, known, direction)
        if direction == "ambiguous":
            return Outcome(entity, direction, 0.0, depends, assumed, paths, stated)
        if not asked.question.plain and _contradicted(asked, nets, direction, known):
            return Outcome(entity, "ambiguous", 0.0, {}, assumed, paths, stated)
        for name, values in depends.items():
            assumed[name] = [value for value, found in values.items() if found != "unknown"]
        different = {one.active.tobytes(): one.active for one in known}
        confidence = min(one.share for one in known) * min(map(_trust, map(part.shortest, different.values())))
        return Outcome(entity, direction, round(confidence, 3), {}, assumed, paths, stated)

    @staticmethod
    def _stated(asked: Asked, among: Mapping[tuple[str, str], Sequence[Edge]], entity: str) -> list[Edge]:
        """Statements about what is changed and what is read that apply to the people asked about."""
        return [
            edge
            for changed, direction in asked.changed.items()
            for edge in among.get((changed, entity), ())
            if edge.side != -direction and asked.applies(edge)
        ]

    def _paths(self, part: Part, entity: str, known: Sequence[_Told], direction: str) -> list[Path]:
        """Paths for each direction that some world shows; both where a world leaves it open."""
        found: dict[int, list[Path]] = {1: [], -1: []}
        wanted = {DIRECTIONS[sign]: sign for sign in found}
        looked: set[str] = set()
        for one in known:
            if one.direction not in looked:
                looked.add(one.direction)
                for moved, path in part.paths(entity, one.active, wanted.get(one.direction, 0)):
                    kept = found[moved]
                    if len(kept) < SHOWN and path not in kept:
                        kept.append(path)
        both = [*found[1], *found[-1]]
        return sorted(both, key=lambda path: len(path.steps)) if direction != "ambiguous" else both


def _together(changed: Mapping[str, int], levels: Callable[[Mapping[str, int]], Floats]) -> _Result:
    """The direction under all changes; of changes that pull apart, how much of each decides, and nobody says."""
    result = _result(levels(changed))
    if len(changed) > 1:
        alone = {_result(levels({key: direction})).direction for key, direction in changed.items()}
        if alone.issuperset(DIRECTIONS.values()):
            return _Result("ambiguous", result.share)
    return result


def _solved(asked: Asked) -> int:
    """How often levels are worked out in one world: for all changes, and for each of several."""
    return 1 + len(asked.changed) if len(asked.changed) > 1 else 1


def _result(levels: Floats) -> _Result:
    rising, falling = float((levels > 0).mean()), float((levels < 0).mean())
    share = max(rising, falling)
    if rising + falling < MOVED:
        return _Result("unknown", 0.0)
    if share < DECIDED:
        return _Result("ambiguous", share)
    return _Result(DIRECTIONS[1 if rising > falling else -1], share)


def _contradicted(asked: Asked, nets: Sequence[Edge], direction: str, known: Sequence[_Told]) -> bool:
    """Whether sources state the opposite where what was asked about is the only change."""
    if len(asked.changed) > 1:
        return False
    (change,) = asked.changed.values()
    against = [edge for edge in nets if DIRECTIONS.get(-edge.sign * change) == direction]
    return any(asked.holds(edge, one.world) for edge in against for one in known)


def _trust(way: Iterable[Edge]) -> float:
    return prod(TRUST[step.edges[-1].status] for step in steps_of(way) if not step.edges[-1].structural)


def _agreed(directions: Iterable[str]) -> str:
    found = set(directions)
    return found.pop() if len(found) == 1 else "ambiguous"


def _by_field(told: Sequence[tuple[World, str]]) -> dict[str, dict[str, str]]:
    """By field with several values, the direction for each of them."""
    found: dict[str, dict[str, str]] = {}
    for name in FIELDS:
        values = list(dict.fromkeys(world[name] for world, _ in told))
        if len(values) > 1:
            by_value = {}
            for value in values:
                directions = {direction for world, direction in told if world[name] == value}
                if value is not None:
                    by_value[value] = _agreed(directions - {"unknown"} or {"unknown"})
            found[name] = by_value
    return found
