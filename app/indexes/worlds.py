"""A question on the graph: the part it is about, the worlds it leaves open, and which steps hold in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

from app.indexes.edges import SOUND, Edge, entity_of
from app.indexes.graph import SLOW, Allowed, Bound, Graph, Path
from app.indexes.levels import Mask
from app.vocabulary import Effect, Exposure, Level, LifeStage, Phase, Sex, Species, Status

World = Mapping[str, str | None]
FARTHEST, SLACK = 24, 16
"""Half-steps from what is changed over an edge to what is read: at most, and more than the shortest way has."""
EXPLORED, LARGEST = 4_000, 2_500
"""Nodes looked at from either end, and edges a question is answered on; of more, the farthest are left out."""
LONGEST = 12
"""Steps of the longest path shown."""
SEARCHED = 12
"""Paths looked at to choose from."""
STEPS = 4_000
"""Steps of the search for them."""
YOUNG = (LifeStage.FETAL, LifeStage.INFANT, LifeStage.CHILD, LifeStage.PUBERTAL)
WOMEN = (
    LifeStage.PREMENOPAUSAL, LifeStage.PERIMENOPAUSAL, LifeStage.POSTMENOPAUSAL, LifeStage.PREGNANT,
    LifeStage.LACTATING,
)  # fmt: skip
"""Stages that are of women only."""
CYCLING = (LifeStage.PUBERTAL, LifeStage.ADULT, LifeStage.PREMENOPAUSAL, LifeStage.PERIMENOPAUSAL)
OVARY = "tissues/ovary"
UNASKED = (LifeStage.PREMENOPAUSAL, LifeStage.POSTMENOPAUSAL)
"""Stages looked at where a question names none and steps tell them apart."""
RISEN = frozenset({Level.PHYSIOLOGICAL, Level.HIGH, Level.SUPRAPHYSIOLOGICAL})
FALLEN = frozenset({Level.DEFICIENT, Level.PHYSIOLOGICAL})
FIELDS = ("sex", "life_stage", "cycle_phase", "exposure", "level", "horizon")


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


class Asked:
    """A question on a graph: what is changed, and where steps hold."""

    def __init__(self, graph: Graph, question: Question) -> None:
        self.graph, self.question = graph, question
        self.changed = {each.entity: each.direction for each in question.perturbations}
        self.held = {each.entity for each in question.perturbations if each.held}
        self.lost = graph.facts.within(key for key in self.held if self.changed[key] < 0)
        """What is removed, with its parts: steps that take place there alone no longer do."""
        self._check()
        self.present = question.conditions | {key for key, direction in self.changed.items() if direction > 0}
        self.givers = dict(self.changed)
        """Records whose exposure and level the question speaks of: what is changed, and receptors it activates."""
        for key, direction in self.changed.items():
            for receptor, how in graph.ligands.get(key, ()):
                if how["effect"] == Effect.INCREASE:
                    self.givers.setdefault(receptor, direction)

    def _check(self) -> None:
        """Raise `ContradictionError` where the context fits nobody."""
        sex, stage, phase = map(self.question.context.get, ("sex", "life_stage", "cycle_phase"))
        if sex == Sex.MALE and (stage in WOMEN or phase):
            raise ContradictionError("men have no cycle, menopause or pregnancy")
        if phase and stage and stage not in CYCLING:
            raise ContradictionError(f"who is {stage} has no cycle")
        if phase and OVARY in self.lost:
            raise ContradictionError("without ovaries there is no cycle")

    @cached_property
    def ahead(self) -> dict[str, int]:
        """Half-steps from what is changed to each node that it can reach."""
        return self.graph.distances(self.changed, self.usable, FARTHEST, most=EXPLORED)

    @cached_property
    def usable(self) -> Allowed:
        """Whether an edge, by its number, may be used at all: what is held is moved by nothing."""
        graph = self.graph
        mask = graph.sound(self.question.statuses)
        for number in graph.conditional:
            mask[number] = mask[number] and self.applies(graph.edges[number])
        for key in self.held:
            for node in graph.nodes.get(key, ()):
                for number in graph.into.get(node, ()):
                    if node == key or ("@" in node and graph.ends[number][0] != key):
                        mask[number] = False
        return mask.__getitem__

    def applies(self, edge: Edge) -> bool:
        """Whether a step, or a net effect, stands well enough, and holds in people with these conditions."""
        context = edge.context
        return (
            edge.status in self.question.statuses
            and ("conditions" not in context or bool(context["conditions"] & self.present))
            and ("conditions_absent" not in context or not context["conditions_absent"] & self.present)
            and ("tissue" not in context or not context["tissue"] <= self.lost or edge.source in self.lost)
            and (
                "species" not in context
                or Species.HUMAN in context["species"]
                or Status.PRELIMINARY in self.question.statuses
            )
        )

    def holds(self, edge: Edge, world: World) -> bool:
        """Whether a step, or a net effect, holds in a world."""
        context, phase = edge.context, world["horizon"]
        if phase == Phase.ACUTE and edge.timescale in SLOW:
            return False
        gone = edge.source in self.lost  # what it did at any time of life, it does no longer
        return not context or (
            ("sex" not in context or world["sex"] is None or world["sex"] in context["sex"])
            and (gone or "life_stage" not in context or bool(context["life_stage"] & _stage(world["life_stage"])))
            and (gone or "cycle_phase" not in context or world["cycle_phase"] in context["cycle_phase"])
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


class Part:
    """What of the graph lies between what a question changes and one thing that is read, and the worlds it is in."""

    def __init__(self, asked: Asked, read: str) -> None:
        self.asked, self.read = asked, read
        self.edges, self.truncated = self._between()

    def _between(self) -> tuple[list[int], bool]:
        """Edges on ways from what is changed to what is read, the nearest where there are too many."""
        graph, ahead, usable = self.asked.graph, self.asked.ahead, self.asked.usable
        farthest = min(FARTHEST, ahead.get(self.read, 0) + SLACK)
        behind = graph.distances([self.read], usable, farthest, back=True, most=EXPLORED, rest=ahead)
        near: dict[int, list[int]] = defaultdict(list)
        for node in ahead.keys() & behind.keys():
            for number in graph.out.get(node, ()):
                length = ahead[node] + graph.lengths[number] + behind.get(graph.edges[number].target, FARTHEST + 1)
                if length <= farthest and usable(number):
                    near[length].append(number)
        kept: list[int] = []
        truncated = max(len(ahead), len(behind)) >= EXPLORED
        for length in sorted(near):
            kept += sorted(near[length])[: LARGEST - len(kept)]
            truncated = truncated or len(kept) == LARGEST
        return sorted(kept), truncated

    @cached_property
    def _mentioned(self) -> dict[str, set[str]]:
        """By field, the values that steps name."""
        found: dict[str, set[str]] = defaultdict(set)
        for number in self.edges:
            for name, values in self.asked.graph.edges[number].context.items():
                found[name] |= values
        return found

    @property
    def assumed(self) -> dict[str, list[str]]:
        """What is taken for granted although the question does not say it."""
        unsaid = "life_stage" not in self.asked.question.context and self._mentioned["life_stage"] & set(YOUNG)
        return {"life_stage": [LifeStage.ADULT.value]} if unsaid else {}

    def worlds(self) -> list[World]:
        """Every combination of what the question leaves open and steps tell apart."""
        given = self.asked.question.context
        found: list[World] = []
        for person in self._people():
            named = self._told_apart(person)
            choices = [[given[name]] if name in given else named[name] for name in FIELDS[3:]]
            found += [{**person, **dict(zip(FIELDS[3:], choice, strict=True))} for choice in product(*choices)]
        return found

    def _people(self) -> Iterator[World]:
        given = self.asked.question.context
        both: list[str | None] = [sex.value for sex in sorted(Sex)] if self._sexed else [None]
        named = [given["cycle_phase"]] if "cycle_phase" in given else sorted(self._mentioned["cycle_phase"])
        phases: list[str | None] = [*named] or [None]
        for sex in [given["sex"]] if "sex" in given else both:
            for stage in self._stages(sex):
                cycles = phases if self._cycles(sex, stage) else phases[:0] if "cycle_phase" in given else [None]
                for cycle in cycles:
                    yield dict(zip(FIELDS, (sex, stage, cycle, None, None, None), strict=True))

    def _told_apart(self, person: World) -> dict[str, list[str | None]]:
        """Exposures and levels that steps which hold in a person tell apart, and horizons that some step names.

        Where the phase of the cycle is open, it brings the level with it that steps name together with it: estradiol
        is high before ovulation.
        """
        sets: dict[str, list[frozenset[str]]] = {"exposure": [], "level": []}
        brought: set[str] = set()
        early_or_late = False
        for edge, _ in self._alike:
            direction = self.asked.givers.get(entity_of(edge.source), 0)
            named = edge.context
            if named.keys() & {"exposure", "level", "phase"} and self.asked.holds(edge, person):
                if direction and "exposure" in named:
                    sets["exposure"].append(named["exposure"])
                if direction > 0 and named.get("level", frozenset()) & RISEN:
                    sets["level"].append(named["level"] & RISEN)
                    brought |= named["level"] & RISEN if "cycle_phase" in named else set()
                early_or_late = early_or_late or "phase" in named
        if any(Level.PHYSIOLOGICAL in named for named in sets["level"]):
            sets["level"].append(frozenset({Level.DEFICIENT.value, *frozenset.union(*sets["level"])}))
        told: dict[str, list[str | None]] = {
            name: [None] if not found or frozenset.intersection(*found) else [*sorted(frozenset.union(*found))]
            for name, found in sets.items()
        }
        if brought and "cycle_phase" not in self.asked.question.context:
            told["level"] = [*sorted(brought)]
        return told | {"horizon": [Phase.ACUTE.value, Phase.SUSTAINED.value] if early_or_late else [None]}

    @property
    def _sexed(self) -> bool:
        return bool(
            self._mentioned["sex"] or self._mentioned["cycle_phase"] or self._mentioned["life_stage"] & set(WOMEN)
        )

    def _stages(self, sex: str | None) -> list[str]:
        """Stages of life to look at. A woman whose ovaries are removed is past menopause, whatever her age."""
        stages = self._ages(sex)
        if sex == Sex.FEMALE and OVARY in self.asked.lost:
            stages = [LifeStage.POSTMENOPAUSAL.value if stage in CYCLING else stage for stage in stages]
        return list(dict.fromkeys(stages))

    def _ages(self, sex: str | None) -> list[str]:
        given = self.asked.question.context.get("life_stage")
        if given:
            return [given] if sex != Sex.MALE or given not in WOMEN else []
        if "cycle_phase" in self.asked.question.context:
            return [LifeStage.PREMENOPAUSAL.value] if sex != Sex.MALE else []
        apart = self._mentioned["cycle_phase"] or self._mentioned["life_stage"] & set(UNASKED)
        return [stage.value for stage in UNASKED] if sex == Sex.FEMALE and apart else [LifeStage.ADULT.value]

    @staticmethod
    def _cycles(sex: str | None, stage: str) -> bool:
        return sex != Sex.MALE and stage in CYCLING

    def active(self, world: World) -> Mask:
        """Which edges hold in a world; of those that say the same of a pair, the first, or one that holds both ways."""
        mask = bytearray(len(self.edges))
        for edge, rows in self._alike:
            if self.asked.holds(edge, world):
                for row in rows:
                    mask[row] = 1
        for rivals in self._rivals:
            on = [row for row in rivals if mask[row]]
            for row in on[1:]:
                mask[row] = 0
        return np.frombuffer(mask, np.bool_)

    @cached_property
    def _alike(self) -> list[tuple[Edge, list[int]]]:
        """Rows of edges that hold in the same worlds, with one of them."""
        groups: dict[object, tuple[Edge, list[int]]] = {}
        for row, number in enumerate(self.edges):
            edge = self.asked.graph.edges[number]
            key = self.asked.graph.circumstances[number], edge.source in self.asked.lost
            groups.setdefault(key, (edge, []))[1].append(row)
        return list(groups.values())

    @cached_property
    def _rivals(self) -> list[list[int]]:
        """Rows of edges that say the same of a pair, those that hold for a rise and a fall first."""
        pairs: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for row, number in enumerate(self.edges):
            edge = self.asked.graph.edges[number]
            pairs[edge.source, edge.target, edge.sign].append(row)
        several = (rows for rows in pairs.values() if len(rows) > 1)
        return [sorted(rows, key=lambda row: self.asked.graph.edges[self.edges[row]].side != 0) for rows in several]

    def _allowed(self, active: Mask) -> Allowed:
        return {number for number, on in zip(self.edges, active, strict=True) if on}.__contains__

    def shortest(self, active: Mask) -> list[Edge]:
        """The edges of the shortest way in a world."""
        return self.asked.graph.shortest(self.asked.changed, self.read, self._allowed(active), FARTHEST)

    def paths(self, entity: str, active: Mask, wanted: int) -> Iterator[tuple[int, Path]]:
        """Ways to what is read, each with the direction in which it moves it: the one that is wanted, 0 for any."""
        allowed = self._allowed(active)
        nodes = self.asked.graph.nodes.get(entity, ())
        for key, direction in self.asked.changed.items():
            bound = Bound(LONGEST, SEARCHED, STEPS, direction, wanted)
            found = self.asked.graph.paths([key], nodes, allowed, bound)
            yield from ((direction * path.sign, path) for path in found.paths if path.sign)


def _stage(stage: str | None) -> frozenset[str]:
    """All that holds in a stage of life: women before menopause are adults too."""
    own = frozenset({stage}) if stage else frozenset[str]()
    return own if stage in YOUNG else own | {LifeStage.ADULT}
