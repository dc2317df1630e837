"""What rises and falls when something changes: signs of press perturbations, in every world a question leaves open.

The qualitative analysis of signed digraphs (Levins 1974), with an ensemble of strengths in place of symbols (Dambacher,
Li and Rossignol 2002; Raymond and others 2011). Where those works draw matrices and reject the unstable
ones, each node's inputs are scaled to less than its own decay here: every sample is stable, and the new levels are the
fixed point of a contraction. docs/effects.md tells it in full.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise, product
from math import prod
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.indexes.edges import BROUGHT, SOUND, Edge, entity_of
from app.indexes.graph import Bound, Graph, Path
from app.vocabulary import Exposure, Level, LifeStage, Phase, Sex, Species, Status, Timescale

Floats = npt.NDArray[np.float32]
World = Mapping[str, str | None]
SAMPLES = 200
"""Sets of strengths tried in each world."""
STRENGTHS = 4096
"""Rows of strengths, drawn once; edges take them in turn."""
WEAKEST = 0.1
"""The weakest step, as a share of the strongest."""
GAIN = 0.5
"""What a node's inputs add up to, as a share of its own decay. Below 1 every sample is stable; the less, the more the
shorter of two ways decides. Chosen on the questions of tests/quality/effects.yaml, where 0.3 to 0.9 differ little."""
DECIDED = 0.8
"""Share of samples that must agree for a direction to be told."""
MOVED = 0.5
"""Share of samples that must move at all: steps that hold for a rise or a fall only may leave most as they are."""
ROUNDS = 150
"""At most so many iterations towards the new levels."""
LOOKS = 4
"""Iterations between looks at whether they have arrived."""
CLOSE = 0.02
"""Relative change of what is read, below which an iteration has arrived."""
FARTHEST = 24
"""Half-steps from what is changed over an edge to what is read; what lies farther off is left out."""
LARGEST = 2_500
"""Edges a question is answered on; of more, the farthest are left out."""
WORK = 20_000
"""Edges over all worlds together."""
TRUST: Mapping[str, float] = {Status.ESTABLISHED: 0.96, Status.SUPPORTED: 0.9, Status.PRELIMINARY: 0.7}
"""What a step takes from confidence by how well it stands. Set by hand: a chain is less sure than its steps."""
SHOWN = 3
"""Paths shown for each direction."""
LONGEST = 12
"""Steps of the longest path shown."""
SEARCHED = 24
"""Paths looked at to choose from."""
STEPS, LEAST = 4_000, 100
"""Steps of the search for them: for all that is read together, and at least for each."""

YOUNG = (LifeStage.FETAL, LifeStage.INFANT, LifeStage.CHILD, LifeStage.PUBERTAL)
WOMEN = (
    LifeStage.PREMENOPAUSAL, LifeStage.PERIMENOPAUSAL, LifeStage.POSTMENOPAUSAL, LifeStage.PREGNANT,
    LifeStage.LACTATING,
)  # fmt: skip
"""Stages that are of women only."""
CYCLING = (LifeStage.PREMENOPAUSAL, LifeStage.ADULT)
UNASKED = (LifeStage.PREMENOPAUSAL, LifeStage.POSTMENOPAUSAL)
"""Stages looked at where a question names none and steps tell them apart."""
SLOW = (Timescale.WEEKS, Timescale.MONTHS, Timescale.YEARS)
"""What does not show within the first hours or days."""
RISEN = frozenset({Level.PHYSIOLOGICAL, Level.HIGH, Level.SUPRAPHYSIOLOGICAL})
FALLEN = frozenset({Level.DEFICIENT, Level.PHYSIOLOGICAL})
FIELDS = ("sex", "life_stage", "cycle_phase", "exposure", "level", "horizon")
DIRECTIONS = {1: "increase", -1: "decrease"}


class ContradictionError(ValueError):
    """The context of a question fits nobody."""


class Perturbation(NamedTuple):
    """A change that is asked about."""

    entity: str
    direction: int
    """1 where it rises, -1 where it falls."""
    held: bool
    """Whether its level is kept from outside, so that its own regulation no longer moves it."""


class Question(NamedTuple):
    """What is changed, what is read, and in whom."""

    perturbations: Sequence[Perturbation]
    readouts: Sequence[str]
    context: Mapping[str, str]
    """By field, the one value that holds; of `FIELDS`."""
    conditions: frozenset[str] = frozenset()
    """Conditions that are present."""
    statuses: frozenset[str] = SOUND
    """How well a step has to stand."""
    plain: bool = False
    """Whether only what the steps give is wanted: no paths, no check against net effects that sources state."""


@dataclass(frozen=True)
class Outcome:
    """What becomes of one thing that is read."""

    entity: str
    direction: str
    """increase, decrease, unchanged, ambiguous or unknown."""
    confidence: float
    """Share of samples that agree, in the world where fewest do, less for each step; 0 where nothing is known."""
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


class _Result(NamedTuple):
    """What one world shows of one thing: the direction and the share of samples for it."""

    direction: str
    share: float


class Reasoner:
    """Answers questions on one graph. Everything is drawn once from a fixed seed: answers hold for a release."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        drawn = np.random.default_rng(1974)
        self._strengths = drawn.uniform(WEAKEST, 1, (STRENGTHS, SAMPLES)).astype(np.float32)
        self._signs = np.where(drawn.random((STRENGTHS, SAMPLES)) < 0.5, -1, 1).astype(np.float32)

    def node(self, entity: str) -> str:
        """The node that stands for a record when it is read."""
        nodes = self.graph.nodes.get(entity, [entity])
        return next((node for node in nodes if node.endswith(BROUGHT)), nodes[0])

    def reach(self, perturbed: Iterable[str], statuses: frozenset[str] = SOUND) -> list[str]:
        """Records that a change of some can reach, nearest first."""
        edges = self.graph.edges
        nodes = self.graph.distances(perturbed, lambda number: edges[number].status in statuses, FARTHEST)
        return list(dict.fromkeys(entity_of(node) for node in nodes if not node.startswith("interactions/")))

    def answer(self, question: Question) -> Answer:
        """The direction of each thing that is read.

        Raises `ContradictionError` where the context fits nobody.
        """
        asked = _Asked(self.graph, question, [self.node(entity) for entity in question.readouts])
        worlds = asked.worlds()
        results: dict[tuple[int, ...], list[_Result]] = {}
        seen: list[tuple[World, tuple[int, ...]]] = []
        work, truncated = 0, asked.truncated
        for world in worlds:
            active = asked.active(world)
            if active not in results:
                work += len(active)
                if work > WORK and results:
                    truncated = True
                    break
                results[active] = self._solve(asked, active)
            seen.append((world, active))
        outcomes = []
        for position, entity in enumerate(question.readouts):
            told = [(world, results[active][position], active) for world, active in seen]
            outcomes.append(self._outcome(asked, entity, told))
        return Answer(outcomes, truncated)

    def _solve(self, asked: _Asked, active: tuple[int, ...]) -> list[_Result]:
        """Directions of what is read in one world."""
        ends = (*asked.changed, *asked.read)
        steps = _Steps.of(self.graph, asked.between(active), ends, self._strengths, self._signs)
        pressed = np.zeros((len(steps.place), SAMPLES), np.float32)
        for node, direction in asked.changed.items():
            pressed[steps.place[node]] = direction
        levels = _new_levels(pressed, steps, [steps.place[node] for node in asked.read])
        return [_result(levels[steps.place[node]]) for node in asked.read]

    def _outcome(self, asked: _Asked, entity: str, told: Sequence[tuple[World, _Result, tuple[int, ...]]]) -> Outcome:
        nets = [
            (edge, edge.sign * each.direction)
            for each in asked.question.perturbations
            for edge in self.graph.net.get((each.entity, entity), ())
            if edge.status in asked.question.statuses and edge.side != -each.direction
        ]
        stated = [edge.via for edge, _ in nets]
        known = [(world, result, active) for world, result, active in told if result.direction != "unknown"]
        if not known:
            unmoved = [
                self.graph.unmoved[pair]
                for each in asked.question.perturbations
                if (pair := (each.entity, entity)) in self.graph.unmoved
            ]
            if unmoved:
                return Outcome(entity, "unchanged", 1.0, stated=unmoved)
            return Outcome(entity, "unknown", 0.0, stated=stated)
        direction = _agreed(result.direction for _, result, _ in known)
        confidence = min(result.share for _, result, _ in known)
        by_field = _by_field([(world, result.direction) for world, result, _ in told])
        depends = {name: values for name, values in by_field.items() if len(set(values.values())) > 1}
        assumed = dict(asked.assumed)
        if direction != "ambiguous":
            for name, values in depends.items():
                assumed[name] = [value for value, found in values.items() if found != "unknown"]
            depends = {}
        paths = [] if asked.question.plain else self._paths(asked, entity, known, direction)
        wrong = [
            edge
            for edge, moved in nets
            if DIRECTIONS.get(-moved) == direction and any(asked.holds(edge, world) for world, _, _ in known)
        ]
        if wrong and not asked.question.plain:
            direction, assumed = "ambiguous", dict(asked.assumed)
        if direction in DIRECTIONS.values():
            confidence *= max((_trust(path) for path in paths), default=TRUST[Status.ESTABLISHED] ** LONGEST)
        return Outcome(entity, direction, round(confidence, 3), depends, assumed, paths, stated)

    def _paths(
        self, asked: _Asked, entity: str, known: Sequence[tuple[World, _Result, tuple[int, ...]]], direction: str
    ) -> list[Path]:
        """Paths for each direction that some world shows; both where a world leaves it open."""
        found: dict[int, list[Path]] = {1: [], -1: []}
        wanted = {DIRECTIONS[sign]: sign for sign in found}
        looked: set[str] = set()
        for _, result, active in known:
            if result.direction not in looked:
                looked.add(result.direction)
                for moved, path in asked.paths(entity, active):
                    if result.direction == "ambiguous" or moved == wanted.get(result.direction):
                        kept = found[moved]
                        if len(kept) < SHOWN and path not in kept:
                            kept.append(path)
        both = [*found[1], *found[-1]]
        return sorted(both, key=lambda path: len(path.steps)) if direction != "ambiguous" else both


class _Asked:
    """A question on a graph: the part between what is changed and what is read, and where its steps hold."""

    def __init__(self, graph: Graph, question: Question, read: Sequence[str]) -> None:
        self.graph, self.question, self.read = graph, question, read
        self.changed = {each.entity: each.direction for each in question.perturbations}
        self.held = {each.entity for each in question.perturbations if each.held}
        self.present = question.conditions | {key for key, direction in self.changed.items() if direction > 0}
        self.givers = dict(self.changed)
        """Records whose exposure and level the question speaks of: what is changed, and receptors it activates."""
        for key, direction in self.changed.items():
            for receptor, how in graph.ligands.get(key, ()):
                if how["effect"] == "increase":
                    self.givers.setdefault(receptor, direction)
        self.edges, self.truncated = self._part()
        self._between: dict[tuple[int, ...], list[int]] = {}

    def _usable(self, number: int) -> bool:
        edge = self.graph.edges[number]
        context = edge.context
        return (
            edge.status in self.question.statuses
            and edge.target not in self.held
            and ("conditions" not in context or bool(context["conditions"] & self.present))
            and ("conditions_absent" not in context or not context["conditions_absent"] & self.present)
            and ("species" not in context or Species.HUMAN in context["species"] or self._preliminary)
        )

    @property
    def _preliminary(self) -> bool:
        return Status.PRELIMINARY in self.question.statuses

    def _part(self) -> tuple[list[int], bool]:
        """Edges on ways from what is changed to what is read, the nearest where there are too many."""
        ahead = self.graph.distances(self.changed, self._usable, FARTHEST)
        behind = self.graph.distances(self.read, self._usable, FARTHEST, back=True)
        near: dict[int, list[int]] = defaultdict(list)
        for node in ahead.keys() & behind.keys():
            for number in self.graph.out.get(node, ()):
                target = self.graph.edges[number].target
                if target in behind and self._usable(number):
                    near[ahead[node] + self.graph.lengths[number] + behind[target]].append(number)
        kept: list[int] = []
        for length in sorted(near):
            if length > FARTHEST or (len(kept) + len(near[length]) > LARGEST and kept):
                return sorted(kept), True
            kept += near[length][:LARGEST]
        return sorted(kept), False

    @cached_property
    def _mentioned(self) -> dict[str, set[str]]:
        """By field, the values that steps name."""
        found: dict[str, set[str]] = defaultdict(set)
        for number in self.edges:
            for name, values in self.graph.edges[number].context.items():
                found[name] |= values
        return found

    @property
    def assumed(self) -> dict[str, list[str]]:
        """What is taken for granted although the question does not say it."""
        unsaid = "life_stage" not in self.question.context and self._mentioned["life_stage"] & set(YOUNG)
        return {"life_stage": [LifeStage.ADULT.value]} if unsaid else {}

    def worlds(self) -> list[World]:
        """Every combination of what the question leaves open and steps tell apart."""
        given = self.question.context
        found: list[World] = []
        for person in self._people():
            named = self._told_apart(person)
            choices = [[given[name]] if name in given else named[name] for name in FIELDS[3:]]
            found += [{**person, **dict(zip(FIELDS[3:], choice, strict=True))} for choice in product(*choices)]
        if not found:
            raise ContradictionError("no person has that sex, life stage and cycle phase together")
        return found

    def _people(self) -> Iterator[World]:
        given = self.question.context
        both: list[str | None] = [sex.value for sex in sorted(Sex)] if self._sexed else [None]
        named = [given["cycle_phase"]] if "cycle_phase" in given else sorted(self._mentioned["cycle_phase"])
        phases: list[str | None] = [*named] or [None]
        for sex in [given["sex"]] if "sex" in given else both:
            for stage in self._stages(sex):
                cycles = phases if self._cycles(sex, stage) else phases[:0] if "cycle_phase" in given else [None]
                for cycle in cycles:
                    yield dict(zip(FIELDS, (sex, stage, cycle, None, None, None), strict=True))

    def _told_apart(self, person: World) -> dict[str, list[str | None]]:
        """Exposures and levels that steps which hold in a person tell apart, and horizons that some step names."""
        sets: dict[str, list[frozenset[str]]] = {"exposure": [], "level": []}
        early_or_late = False
        for number in self.edges:
            edge = self.graph.edges[number]
            direction = self.givers.get(entity_of(edge.source), 0)
            named = edge.context
            if named.keys() & {"exposure", "level", "phase"} and self.holds(edge, person):
                if direction and "exposure" in named:
                    sets["exposure"].append(named["exposure"])
                if direction > 0 and named.get("level", frozenset()) & RISEN:
                    sets["level"].append(named["level"] & RISEN)
                early_or_late = early_or_late or "phase" in named
        if any(Level.PHYSIOLOGICAL in named for named in sets["level"]):
            sets["level"].append(frozenset({Level.DEFICIENT, *frozenset.union(*sets["level"])}))
        told: dict[str, list[str | None]] = {
            name: [None] if not found or frozenset.intersection(*found) else [*sorted(frozenset.union(*found))]
            for name, found in sets.items()
        }
        return told | {"horizon": [Phase.ACUTE.value, Phase.SUSTAINED.value] if early_or_late else [None]}

    @property
    def _sexed(self) -> bool:
        return bool(
            self._mentioned["sex"] or self._mentioned["cycle_phase"] or self._mentioned["life_stage"] & set(WOMEN)
        )

    def _stages(self, sex: str | None) -> list[str]:
        given = self.question.context.get("life_stage")
        if given:
            return [given] if sex != Sex.MALE or given not in WOMEN else []
        if "cycle_phase" in self.question.context:
            return [LifeStage.PREMENOPAUSAL.value] if sex != Sex.MALE else []
        apart = self._mentioned["cycle_phase"] or self._mentioned["life_stage"] & set(UNASKED)
        return [stage.value for stage in UNASKED] if sex == Sex.FEMALE and apart else [LifeStage.ADULT.value]

    @staticmethod
    def _cycles(sex: str | None, stage: str) -> bool:
        return sex != Sex.MALE and stage in CYCLING

    def active(self, world: World) -> tuple[int, ...]:
        """Edges that hold in a world; of those that say the same of a pair, the first."""
        kept: dict[tuple[str, str, int], int] = {}
        for number in self.edges:
            edge = self.graph.edges[number]
            if self.holds(edge, world):
                pair = edge.source, edge.target, edge.sign
                if pair not in kept or (edge.side == 0 and self.graph.edges[kept[pair]].side != 0):
                    kept[pair] = number
        return tuple(sorted(kept.values()))

    def holds(self, edge: Edge, world: World) -> bool:
        """Whether a step, or a net effect, holds in a world."""
        context, phase = edge.context, world["horizon"]
        if phase == Phase.ACUTE and edge.timescale in SLOW:
            return False
        return not context or (
            ("sex" not in context or world["sex"] in context["sex"])
            and ("life_stage" not in context or bool(context["life_stage"] & _stage(world["life_stage"])))
            and ("cycle_phase" not in context or world["cycle_phase"] in context["cycle_phase"])
            and ("phase" not in context or phase is None or phase in context["phase"])
            and ("exposure" not in context or self._exposed(edge, context["exposure"], world["exposure"]))
            and ("level" not in context or self._at_level(edge, context["level"], world["level"]))
        )

    def _exposed(self, edge: Edge, named: frozenset[str], asked: str | None) -> bool:
        source = entity_of(edge.source)
        if source in self.givers:
            return asked is None or asked in named
        own = self.graph.exposure(source)
        return bool(named & own) if own else named != {Exposure.CONTINUOUS}

    def _at_level(self, edge: Edge, named: frozenset[str], asked: str | None) -> bool:
        direction = self.givers.get(entity_of(edge.source), 0)
        if direction < 0 and asked not in FALLEN:
            return bool(named & FALLEN)
        if direction and asked == Level.DEFICIENT:
            return bool(named & FALLEN)  # it rises from a lack to what health needs
        if direction:
            return asked is None or asked in named
        return named != {Level.SUPRAPHYSIOLOGICAL}  # the body does not come there by itself

    def between(self, active: tuple[int, ...]) -> list[int]:
        """Of the edges of a world, those on a way from what is changed to what is read."""
        if active not in self._between:
            allowed = set(active).__contains__
            ahead = self.graph.distances(self.changed, allowed, 2 * FARTHEST)
            behind = self.graph.distances(self.read, allowed, 2 * FARTHEST, back=True)
            ends = ((number, self.graph.edges[number]) for number in active)
            self._between[active] = [number for number, at in ends if at.source in ahead and at.target in behind]
        return self._between[active]

    def paths(self, entity: str, active: tuple[int, ...]) -> Iterator[tuple[int, Path]]:
        """Ways to what is read, each with the direction in which it moves it."""
        allowed = set(self.between(active)).__contains__
        nodes = self.graph.nodes.get(entity, ())
        for key, direction in self.changed.items():
            for path in self.graph.paths(
                [key], nodes, allowed, Bound(LONGEST, SEARCHED, max(STEPS // len(self.read), LEAST))
            ).paths:
                moved = direction
                for step in path.steps:
                    if any(edge.side == -moved for edge in step.edges):
                        break
                    moved *= step.sign
                else:
                    if moved:
                        yield moved, path


class _Steps(NamedTuple):
    """Edges as arrays. Nodes with most inputs come first, and edges are ordered by which input of its node each is:
    all first inputs, all second ones and so on. The sums over inputs are then sums of slices.
    """

    place: Mapping[str, int]
    """Where each node stands."""
    sources: npt.NDArray[np.intp]
    weights: Floats
    """One row an edge, one column a sample."""
    slices: Sequence[tuple[int, int]]
    rising: npt.NDArray[np.intp]
    falling: npt.NDArray[np.intp]
    """Rows that hold only for a source that rises, or falls."""

    @classmethod
    def of(cls, graph: Graph, numbers: Sequence[int], ends: Iterable[str], strengths: Floats, signs: Floats) -> _Steps:
        """The edges with strengths that agree with their signs, scaled so that a node's inputs make up the gain."""
        inputs: dict[str, list[int]] = defaultdict(list)
        for number in numbers:
            inputs[graph.edges[number].target].append(number)
        ordered = sorted(inputs, key=lambda node: (-len(inputs[node]), node))
        everywhere = dict.fromkeys((*ordered, *ends, *(graph.edges[number].source for number in numbers)))
        place = {node: position for position, node in enumerate(everywhere)}
        layers = [
            [inputs[node][rank] for node in ordered if len(inputs[node]) > rank]
            for rank in range(len(inputs[ordered[0]]) if ordered else 0)
        ]
        starts = [0, *accumulate(map(len, layers))]
        rows = np.array([number for layer in layers for number in layer], dtype=np.intp)
        edges = [graph.edges[number] for number in rows]
        weights = strengths[rows % STRENGTHS]
        weights[[edge.structural for edge in edges]] = 1
        slices = list(pairwise(starts))
        total = np.zeros((len(ordered), SAMPLES), np.float32)
        for start, end in slices:
            total[: end - start] += weights[start:end]
        for start, end in slices:
            weights[start:end] *= GAIN / total[: end - start]
        for row, edge in enumerate(edges):
            weights[row] *= edge.sign or signs[rows[row] % STRENGTHS]
        sides = np.array([edge.side for edge in edges])
        sources = np.array([place[edge.source] for edge in edges], dtype=np.intp)
        return cls(place, sources, weights, slices, np.flatnonzero(sides == 1), np.flatnonzero(sides == -1))


def _new_levels(pressed: Floats, steps: _Steps, read: Sequence[int]) -> Floats:
    """The levels at which each node's decay balances its inputs and what presses it: one row a node."""
    levels, quiet = pressed, 0
    for done in range(ROUNDS):
        inputs = levels[steps.sources]
        inputs[steps.rising] = np.maximum(inputs[steps.rising], 0)
        inputs[steps.falling] = np.minimum(inputs[steps.falling], 0)
        inputs *= steps.weights
        following = pressed.copy()
        for start, end in steps.slices:
            following[: end - start] += inputs[start:end]
        if done % LOOKS == 0:
            now = np.abs(following[read])
            settled = np.abs(following[read] - levels[read]).sum(axis=1) <= CLOSE * now.sum(axis=1)
            quiet = quiet + LOOKS if settled.all() else 0
        levels = following
        if quiet > FARTHEST:  # nothing comes late any more: no way is longer
            break
    return levels


def _result(levels: Floats) -> _Result:
    rising, falling = float((levels > 0).mean()), float((levels < 0).mean())
    share = max(rising, falling)
    if rising + falling < MOVED:
        return _Result("unknown", 0.0)
    if share < DECIDED:
        return _Result("ambiguous", share)
    return _Result(DIRECTIONS[1 if rising > falling else -1], share)


def _stage(stage: str | None) -> frozenset[str]:
    """All that holds in a stage of life: women before menopause are adults too."""
    own = frozenset({stage}) if stage else frozenset[str]()
    return own if stage in YOUNG else own | {LifeStage.ADULT}


def _trust(path: Path) -> float:
    return prod(TRUST[step.edges[-1].status] for step in path.steps if not step.edges[-1].structural)


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
